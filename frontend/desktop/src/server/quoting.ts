/** The message that what is written now is about: chosen in the thread, shown above the composer, sent along. */
import { shallowRef } from "vue"
import { messages, thread } from "./thread.ts"
import type { Message } from "./types.ts"

export const quoting = shallowRef<{ conversation: string; message: Message } | null>(null)

/** What can be quoted at all: no line of the house, no whisper, nothing that was taken back. A note only in a note. */
export const isQuotable = (message: Message): boolean =>
  message.author !== "system" && message.kind !== "event" && message.kind !== "whisper" && message.state !== "unsent"

export function quote(message: Message): void {
  if (thread.id && isQuotable(message)) quoting.value = { conversation: thread.id, message }
}
/** The newest of what the contact said; asked again, the one before. */
export function quoteNext(): boolean {
  const before = quoting.value?.conversation === thread.id ? quoting.value.message.seq : Infinity
  const theirs = messages.value.messages.filter((one) => one.author === "contact" && isQuotable(one))
  const next = theirs.findLast((one) => one.seq < before) ?? theirs.at(-1)
  if (next) quote(next)
  return !!next
}
/** As a message in the thread shows what it quotes. */
export const asQuoted = ({ seq, author, kind, content, state }: Message): NonNullable<Message["quotes"]> => ({
  seq,
  author,
  kind,
  text: (content.text ?? content.title ?? content.media?.name ?? "").slice(0, 200),
  unsent: state === "unsent",
})
