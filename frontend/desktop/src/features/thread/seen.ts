/** Seen means: this thread, in front of somebody, for a second. */
import { onBeforeUnmount, onMounted, watch, type ComputedRef } from "vue"
import { markRead } from "@/server/actions.ts"
import { may } from "@/server/me.ts"
import { lastSeq, messages, thread } from "@/server/thread.ts"

const SEEN_MS = 1000
const newest = () =>
  messages.value.messages.reduce((most, one) => (one.author === "contact" ? Math.max(most, one.seq) : most), 0)

/** Once for each time it is opened and for whatever comes then: what somebody marks unread afterwards stays so. */
export function markSeen(ready: ComputedRef<boolean>) {
  let seeing: ReturnType<typeof setTimeout> | undefined
  let seen: { id: string; seq: number } | null = null
  watch(
    () => thread.id,
    () => (seen = null),
  )
  function look() {
    clearTimeout(seeing)
    const id = thread.id
    const asNewAsItsMessages = ready.value && (thread.row?.version ?? -1) >= messages.value.version
    if (id && asNewAsItsMessages && thread.row?.unread === 0) seen = { id, seq: newest() }
    if (!may("serve") || !id || !ready.value || !thread.row?.unread || document.hidden || !document.hasFocus()) return
    if (seen?.id === id && newest() <= seen.seq) return
    seeing = setTimeout(() => {
      if (thread.id !== id || !thread.row?.unread) return
      const looked = { id, seq: newest() }
      void markRead(id, lastSeq()).then(
        () => (seen = looked),
        () => {},
      )
    }, SEEN_MS)
  }
  watch(() => [thread.id, thread.row?.unread, ready.value], look, { immediate: true })
  onMounted(() => {
    addEventListener("focus", look)
    document.addEventListener("visibilitychange", look)
  })
  onBeforeUnmount(() => {
    removeEventListener("focus", look)
    document.removeEventListener("visibilitychange", look)
    clearTimeout(seeing)
  })
}
