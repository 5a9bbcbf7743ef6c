/** The rows that are chosen together. Lives as long as the list that they were chosen from. */
import { computed, ref, shallowRef } from "vue"

export const selection = shallowRef<ReadonlySet<string>>(new Set())
/** Boxes stand before all rows: something is chosen, or a finger is about to. */
export const begun = ref(false)
/** How far the work on the chosen rows has come, while it is under way. */
export const working = ref<{ through: number; of: number } | null>(null)
export const selecting = computed(() => begun.value || selection.value.size > 0 || working.value !== null)
let anchor: string | null = null

export function toggle(id: string): void {
  const next = new Set(selection.value)
  if (!next.delete(id)) next.add(id)
  anchor = id
  selection.value = next
}
/** Everything between the last one and this one, as a shift-click means it. */
export function stretch(id: string, shown: string[]): void {
  const from = anchor ? shown.indexOf(anchor) : -1
  const to = shown.indexOf(id)
  if (from < 0 || to < 0) return toggle(id)
  selection.value = new Set([...selection.value, ...shown.slice(Math.min(from, to), Math.max(from, to) + 1)])
}
export function choose(ids: Iterable<string>): void {
  selection.value = new Set(ids)
}
export function clearSelection(): void {
  selection.value = new Set()
  begun.value = false
  anchor = null
}
