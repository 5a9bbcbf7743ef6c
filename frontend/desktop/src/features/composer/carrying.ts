/** What the open conversation's channel takes just now: whether at all, which kinds, and how much of a text. */
import { computed, type Ref } from "vue"
import type { Mode } from "@/server/shelf.ts"
import { channelByKey, channelName, nameOf } from "@/server/surroundings.ts"
import { thread } from "@/server/thread.ts"
import { fit } from "./limits.ts"

/** `cannot` is the reason why no reply goes; a note always does. */
export function carrying(mode: Ref<Mode>, text: Ref<string>) {
  const reply = computed(() => thread.detail?.reply ?? null)
  const cannot = computed(() =>
    mode.value === "reply" && reply.value && !reply.value.can ? (reply.value.reason ?? "closed") : null,
  )
  const sends = computed(() => reply.value?.sends ?? {})
  /** What goes although no window is open. */
  const outside = computed(() =>
    Object.fromEntries(Object.entries(sends.value).filter(([kind]) => reply.value?.outside.includes(kind))),
  )
  const fill = computed(() => (mode.value === "reply" ? fit(text.value, sends.value["text"]) : null))
  const carriesFiles = computed(() => ["image", "file", "voice", "video"].some((kind) => sends.value[kind]))
  const where = computed(() => (thread.row ? channelName(thread.row.channel) : ""))
  /** Everybody will read the answer. */
  const isPublic = computed(() => thread.row?.is_public ?? false)
  const alone = computed(() => {
    const capabilities = thread.row && channelByKey.value.get(thread.row.channel)?.capabilities
    return thread.row && !isPublic.value && Object.keys(capabilities?.public_sends ?? {}).length
      ? nameOf(thread.row.contact)
      : ""
  })
  return { reply, cannot, sends, outside, fill, carriesFiles, where, isPublic, alone }
}
