/** What was said before on other channels, so that a conversation that came over is read as one story. */
import { computed, shallowRef, watch } from "vue"
import { messages, thread } from "@/server/thread.ts"
import type { ConversationDetail, Message } from "@/server/types.ts"

/** The conversation that went on in this one. */
export const fromOf = (detail: ConversationDetail | null) =>
  detail?.linked.find((one) => one.how === "came_from")?.id ?? ""

/** Its messages, oldest first; empty until the beginning of this one is here. */
export function story() {
  const kept = shallowRef<{ of: string; said: Message[] }>({ of: "", said: [] })
  const from = computed(() => fromOf(thread.detail))
  watch(
    from,
    async (id) => {
      if (!id || kept.value.of === id) return
      const said = await import("./told.ts").then(({ told }) => told(id)).catch(() => null)
      if (said && from.value === id) kept.value = { of: id, said }
    },
    { immediate: true },
  )
  return computed(() => (from.value && kept.value.of === from.value && !messages.value.older ? kept.value.said : []))
}
