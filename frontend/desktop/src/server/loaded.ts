/** Something read from the server once, kept on the screen while it is read again. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue"

export type Loaded<Value> = {
  value: ShallowRef<Value | null>
  failed: Ref<boolean>
  busy: Ref<boolean>
  load: () => Promise<void>
}

/** Starts reading at once. `failed` is set only while there is nothing older to show. */
export function loaded<Value>(read: () => Promise<Value>): Loaded<Value> {
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
  void load()
  return { value, failed, busy, load }
}
