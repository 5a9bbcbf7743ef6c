/** An order that stands still while somebody points at it: newcomers wait until the hand is gone. */
import { computed, shallowRef, watch, type Ref } from "vue"
import type { ConversationRow } from "@/server/types.ts"

/**
 * `shown` follows `order` unless `holding`. Meanwhile rows that left stay where they were (`lastKnown` has their words),
 * rows of a next page are added below, and `behind` counts the rows that would be new or higher up.
 */
export function holdOrder(
  order: Ref<string[]>,
  rows: Ref<ReadonlyMap<string, ConversationRow>>,
  holding: Ref<boolean>,
) {
  const shown = shallowRef<string[]>(order.value)
  const lastKnown = shallowRef<ReadonlyMap<string, ConversationRow>>(rows.value)
  /** What was last heard of each when the list last moved; of rows added below since, when they came. */
  let heard = rows.value
  let below = new Map<string, ConversationRow>()

  function release() {
    shown.value = order.value
    lastKnown.value = rows.value
    heard = rows.value
    below = new Map()
  }

  watch([order, holding], () => {
    if (!holding.value || !shown.value.length) return release()
    const last = shown.value.findLast((id) => rows.value.has(id))
    const from = last ? order.value.indexOf(last) : -1
    const standing = new Set(shown.value)
    const added = order.value.slice(from + 1).filter((id) => !standing.has(id))
    if (added.length) shown.value = [...shown.value, ...added]
    for (const id of added) below.set(id, rows.value.get(id)!)
    lastKnown.value = new Map([...lastKnown.value, ...rows.value])
  })

  const behind = computed(() => {
    if (shown.value === order.value) return 0
    const place = new Map(shown.value.map((id, at) => [id, at]))
    const newcomers = order.value.filter((id) => !place.has(id)).length
    const risen = order.value
      .filter((id) => place.has(id))
      .filter(
        (id, at) =>
          at < place.get(id)! && rows.value.get(id)!.last_at > ((below.get(id) ?? heard.get(id))?.last_at ?? ""),
      ).length
    return newcomers + risen
  })
  return { shown, lastKnown, behind, release }
}
