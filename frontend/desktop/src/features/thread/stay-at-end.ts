/** Where a thread stands: at its newest message until somebody scrolls away, and back there on request. */
import { nextTick, onBeforeUnmount, ref, watch, type ComputedRef } from "vue"
import type { VirtualizerHandle } from "virtua/vue"
import { loadOlder, thread } from "@/server/thread.ts"
import { t } from "@/words/index.ts"
import type { Item } from "./items.ts"

const NEAR_END = 80
const NEAR_START = 500

/** `arrived` counts what came while one read further up; `spoken` is what a screen reader says of it. */
export function stayAtEnd(items: ComputedRef<Item[]>, ready: ComputedRef<boolean>, name: ComputedRef<string>) {
  const scroller = ref<HTMLElement>()
  const rows = ref<VirtualizerHandle>()
  const atEnd = ref(true)
  const arrived = ref(0)
  const shifting = ref(false)
  const spoken = ref("")

  async function toEnd() {
    await nextTick()
    if (items.value.length) rows.value?.scrollToIndex(items.value.length - 1, { align: "end" })
    atEnd.value = true
    arrived.value = 0
  }
  // Older messages grow at the start; everything else grows at the end, where we may be standing.
  watch(
    items,
    (next, before) => {
      const first = before[0]?.key
      shifting.value = !!first && next[0]?.key !== first && next.some((item) => item.key === first)
    },
    { flush: "pre" },
  )
  watch(
    items,
    (next, before) => {
      const last = next.at(-1)
      const changed = last && last.key !== before.at(-1)?.key
      if (changed && before.length && last.message?.author === "contact") {
        spoken.value = `${name.value}: ${last.message.content.text ?? t("kind.other")}`
        if (!atEnd.value) arrived.value++
      }
      if (atEnd.value || last?.pending) void toEnd()
    },
    { flush: "post" },
  )
  // What came in above may be shorter than the way to the top, where nobody can scroll any further up to ask for more.
  watch(
    () => thread.loadingOlder,
    async (loading) => {
      if (loading || thread.olderFailed) return
      await nextTick()
      requestAnimationFrame(wantOlder)
    },
    { flush: "post" },
  )
  watch(
    () => thread.contactTyping,
    () => atEnd.value && void toEnd(),
    { flush: "post" },
  )

  function scrolled() {
    const box = scroller.value
    if (!box) return
    atEnd.value = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END
    if (atEnd.value) arrived.value = 0
    wantOlder()
  }
  function wantOlder() {
    if (ready.value && scroller.value && scroller.value.scrollTop < NEAR_START) void loadOlder()
  }
  const watcher = new ResizeObserver(() => {
    if (atEnd.value) void toEnd()
  })
  watch(scroller, (box, old) => {
    if (old) watcher.unobserve(old)
    if (box) watcher.observe(box)
  })

  onBeforeUnmount(() => watcher.disconnect())
  return { scroller, rows, atEnd, arrived, shifting, spoken, toEnd, scrolled }
}
