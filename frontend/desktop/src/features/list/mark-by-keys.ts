/** The mark that keys move through the list; the order stands still for a while after each of them. */
import { computed, onBeforeUnmount, ref, watch, type ComputedRef } from "vue"

const KEYS_MS = 4000

/** `marked` is where the mark stands, or else the conversation that is open; `steering` says that keys are being used. */
export function markByKeys(open: ComputedRef<string | null>) {
  const cursor = ref<string | null>(null)
  const steering = ref(false)
  const marked = computed(() => cursor.value ?? open.value)
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Moves the mark by `by` rows of those that are shown. */
  function moveIn(shown: readonly string[], by: number, reveal: (at: number) => void) {
    steering.value = true
    clearTimeout(timer)
    timer = setTimeout(() => (steering.value = false), KEYS_MS)
    const at = marked.value ? shown.indexOf(marked.value) : -1
    const next = Math.min(shown.length - 1, Math.max(0, at + by))
    cursor.value = shown[next] ?? null
    reveal(next)
  }
  watch(open, (id) => {
    if (id) cursor.value = null
  })
  onBeforeUnmount(() => clearTimeout(timer))
  return { cursor, marked, steering, moveIn }
}
