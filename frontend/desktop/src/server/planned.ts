/** Replies for later: held for a moment while they can be undone, or planned for a time. */
import type { components } from "./schema.d.ts"
import { shown } from "./actions.ts"
import { call } from "./http.ts"
import type { Content, WriteReply } from "./types.ts"

export type Planned = Omit<components["schemas"]["PlannedView"], "content"> & { content: Content }

const of = (conversation_id: string) => ({ path: { conversation_id } })
const one = (conversation_id: string, planned_id: string) => ({ path: { conversation_id, planned_id } })
const said = (text: string): WriteReply["content"] => ({ kind: "text", text })

/** `id` is the message's own: planned twice, it is sent once. */
export const planReply = (
  conversation: string,
  given: {
    id: string
    text: string
    /** What she wrote, where `text` is a translation of it. */
    original: string
    send_at: Date
    seen_seq: number
    public: boolean
    quotes: number | null
  },
) =>
  shown(
    conversation,
    call("POST", "/api/conversations/{conversation_id}/planned", {
      ...of(conversation),
      body: {
        id: given.id,
        content: said(given.text),
        original: given.original,
        send_at: given.send_at.toISOString(),
        seen_seq: given.seen_seq,
        quotes: given.quotes,
        public: given.public,
      },
    }),
  )
export const changePlanned = (
  conversation: string,
  id: string,
  change: { text?: string; send_at?: Date; now?: boolean },
) =>
  shown(
    conversation,
    call("PATCH", "/api/conversations/{conversation_id}/planned/{planned_id}", {
      ...one(conversation, id),
      body: {
        ...(change.text !== undefined ? { content: said(change.text) } : {}),
        ...(change.send_at ? { send_at: change.send_at.toISOString() } : {}),
        now: change.now ?? false,
      },
    }),
  )
export const cancelPlanned = (conversation: string, id: string) =>
  shown(
    conversation,
    call("DELETE", "/api/conversations/{conversation_id}/planned/{planned_id}", one(conversation, id)),
  )
