/** An order on the screen: moved by hand or by keys, shown at once, and kept on the server one change after another. */
import { computed, onBeforeUnmount, ref, type Ref } from "vue"

type Row = { id: string }
export type Order<T extends Row> = {
  rows: Readonly<Ref<T[] | undefined>>
  /** Puts it at this place; it is kept with the next `keep`. False where it stands there. */
  put: (id: string, place: number) => boolean
  keep: () => Promise<void>
}

/** `send` keeps that this one has been moved, in the order of all ids; `after` reads what stands there now. */
export function ordering<T extends Row>(
  known: () => T[] | undefined,
  send: (ids: string[], moved: string) => Promise<unknown>,
  after: () => Promise<void>,
): Order<T> {
  const wanted = ref<string[] | null>(null)
  const moved = new Set<string>()
  let keeping = false
  const rows = computed(() => {
    const all = known()
    if (!all || !wanted.value) return all
    const place = new Map(wanted.value.map((id, n) => [id, n]))
    return [...all].sort((one, other) => (place.get(one.id) ?? all.length) - (place.get(other.id) ?? all.length))
  })
  function put(id: string, place: number): boolean {
    const ids = (rows.value ?? []).map((one) => one.id)
    const from = ids.indexOf(id)
    const to = Math.max(0, Math.min(ids.length - 1, place))
    if (from < 0 || from === to) return false
    ids.splice(to, 0, ...ids.splice(from, 1))
    wanted.value = ids
    moved.add(id)
    return true
  }
  async function keep() {
    if (keeping || !wanted.value) return
    keeping = true
    try {
      // The last one first: what each stands before is then in its place already.
      while (moved.size) {
        const ids = wanted.value
        const next = [...moved].sort((one, other) => ids.indexOf(other) - ids.indexOf(one))[0]!
        moved.delete(next)
        await send(ids, next)
      }
    } finally {
      moved.clear()
      await after()
      wanted.value = null
      keeping = false
    }
  }
  return { rows, put, keep }
}

/** The grips of a list, which is an `ol`: arrows move by one, Home and End to an end; a pointer takes it along. */
export function byHand<T extends Row>(order: Order<T>, keep: () => void, told: (row: T) => void) {
  const held = ref("")
  const placeOf = (id: string) => order.rows.value?.findIndex((one) => one.id === id) ?? -1
  let letGo = () => {}
  onBeforeUnmount(() => held.value && letGo())

  function key(event: KeyboardEvent, row: T) {
    const at = placeOf(row.id)
    const last = (order.rows.value?.length ?? 1) - 1
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: last }[event.key]
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const grip = event.currentTarget as HTMLElement
    if (!order.put(row.id, to)) return
    told(row)
    keep()
    requestAnimationFrame(() => grip.focus())
  }
  /** It goes where the pointer is, and is kept when it is let go. */
  function take(event: PointerEvent, row: T) {
    if (event.button) return
    event.preventDefault()
    const grip = event.currentTarget as HTMLElement
    const list = grip.closest("ol")!
    grip.focus()
    held.value = row.id
    const move = (at: PointerEvent) => {
      const places = [...list.children].map((one) => one.getBoundingClientRect())
      const over = places.findIndex((one) => at.clientY < one.bottom)
      if (order.put(row.id, over < 0 ? places.length - 1 : over)) told(row)
    }
    letGo = () => {
      removeEventListener("pointermove", move)
      removeEventListener("pointerup", letGo)
      removeEventListener("pointercancel", letGo)
      held.value = ""
      keep()
    }
    addEventListener("pointermove", move)
    addEventListener("pointerup", letGo)
    addEventListener("pointercancel", letGo)
  }
  return { held, placeOf, key, take }
}
