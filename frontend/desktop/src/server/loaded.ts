/** Something read from the server once, kept on the screen while it is read again. */
import { getCurrentScope, onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from "vue"
import { eventsOf, hear, hearReset } from "./live.ts"

export type Loaded<Value> = {
  value: ShallowRef<Value | null>
  failed: Ref<boolean>
  busy: Ref<boolean>
  load: () => Promise<void>
}

const SETTLE_MS = 300

/**
 * Starts reading at once, and reads again after an event whose kind begins with `follows`.
 * `failed` is set only while there is nothing older to show.
 */
export function loaded<Value>(read: () => Promise<Value>, follows = ""): Loaded<Value> {
  const value = shallowRef<Value | null>(null)
  const failed = ref(false)
  const busy = ref(false)
  let turn = 0
  async function load() {
    const mine = ++turn
    busy.value = true
    try {
      const found = await read()
      if (mine === turn) {
        value.value = found
        failed.value = false
      }
    } catch {
      if (mine === turn) failed.value = value.value === null
    } finally {
      if (mine === turn) busy.value = false
    }
  }
  if (follows && getCurrentScope()) {
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = () => {
      clearTimeout(timer)
      timer = setTimeout(() => void load(), SETTLE_MS)
    }
    const stop = [
      hear((frames) => eventsOf(frames).some((event) => event.kind.startsWith(follows)) && again()),
      hearReset(again),
    ]
    onScopeDispose(() => {
      clearTimeout(timer)
      for (const one of stop) one()
    })
  }
  void load()
  return { value, failed, busy, load }
}
