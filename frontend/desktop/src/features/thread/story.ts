/** What was said before on another channel, so that a conversation that came over is read as one story. */
import { computed, shallowRef, watch } from "vue"
import { call } from "@/server/http.ts"
import { messages, thread } from "@/server/thread.ts"
import type { Message } from "@/server/types.ts"

const MOST = 100
/** Below zero is what belongs to the conversation before: it can be read, and nothing can be done to it from here. */
const BEFORE = 1_000_000_000

/** Its messages, oldest first; empty until the beginning of this one is here. */
export function story() {
  const kept = shallowRef<{ of: string; said: Message[] }>({ of: "", said: [] })
  const from = computed(() => thread.detail?.linked.find((one) => one.how === "came_from")?.id ?? "")
  watch(
    from,
    async (id) => {
      if (!id || kept.value.of === id) return
      const page = await call("GET", "/api/conversations/{conversation_id}/messages", {
        path: { conversation_id: id },
        query: { limit: MOST },
      }).catch(() => null)
      if (!page || from.value !== id) return
      const said = page.rows.map((one) => ({ ...one, seq: one.seq - BEFORE, has_raw: false }))
      kept.value = { of: id, said: said.sort((a, b) => a.seq - b.seq) }
    },
    { immediate: true },
  )
  return computed(() => (from.value && kept.value.of === from.value && !messages.value.older ? kept.value.said : []))
}
