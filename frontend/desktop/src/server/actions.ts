/** What an agent does to a conversation, a contact, a message. Each verb is one call; the answer shows at once. */
import { call } from "./http.ts"
import { flush } from "./live.ts"
import type { components } from "./schema.d.ts"
import { fetchDetail, learnRow, thread } from "./thread.ts"
import type { Contact, ConversationRow, Priority } from "./types.ts"

const of = (id: string) => ({ path: { conversation_id: id } })

/** The answer shows at once, without waiting for its event. */
export async function shown(id: string, answer: Promise<Partial<ConversationRow>>): Promise<void> {
  const row = await answer
  flush()
  if (row.id === id && row.version !== undefined) learnRow(row as ConversationRow)
  else if (thread.id === id) await fetchDetail()
}

/** `wrap_up_id`: what the matter was about. */
export const resolve = (id: string, wrap_up_id: string | null = null) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/resolve", { ...of(id), body: { wrap_up_id } }))
export const reopen = (id: string) => shown(id, call("POST", "/api/conversations/{conversation_id}/reopen", of(id)))
/** Until a time, until the contact writes, or the first of both; `note` says what for. */
export type Snoozing = { until: Date | null; on_reply?: boolean; note?: string }
export const snooze = (id: string, { until, ...more }: Snoozing) =>
  shown(
    id,
    call("POST", "/api/conversations/{conversation_id}/snooze", {
      ...of(id),
      body: { until: until?.toISOString() ?? null, ...more },
    }),
  )
/** Where a conversation was when somebody decided to move it: with whom, in which queue. */
export type SeenAt = { assignee_id: string | null; queue_id: string }
export const seenAt = (row: ConversationRow): SeenAt => ({
  assignee_id: row.assignee?.id ?? null,
  queue_id: row.queue_id,
})
export const assign = (id: string, agent_id: string | null, seen: SeenAt | null = null) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/assign", { ...of(id), body: { agent_id, seen } }))
/** A supervisor takes it over from its agent, who is told why. */
export const stepIn = (id: string, reason: string, seen: SeenAt | null) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/step-in", { ...of(id), body: { reason, seen } }))
export const handBack = (id: string) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/hand-back", of(id)))
export type Receiver = { agent_id: string | null; queue_id?: string; team_id?: string }
/** To a colleague, into another queue, or with neither back to where it waits; the note tells the next one why. */
export const transfer = (id: string, to: Receiver, note: string, seen: SeenAt | null = null) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/transfer", { ...of(id), body: { ...to, note, seen } }))
export const prioritise = (id: string, priority: Priority) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/priority", { ...of(id), body: { priority } }))
export const tag = (id: string, tags: string[]) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/tags", { ...of(id), body: { tags } }))
/** What the house believes of it is set by hand. */
export const correctedRow = (id: string, what: components["schemas"]["Correct"]) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/correct", { ...of(id), body: what }))
/** Attributes of the conversation itself; an empty value takes one away. */
export const describe = (id: string, attributes: Record<string, string>) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/attributes", { ...of(id), body: { attributes } }))
/** From a public conversation to the private one with the same person; answers with that one. */
export const followUpPrivately = (id: string) => call("POST", "/api/conversations/{conversation_id}/private", of(id))
export const markRead = (id: string, seq: number) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/read", { ...of(id), body: { seq } }))

/** Until somebody opens or answers it. */
export const markUnread = (id: string) => shown(id, call("POST", "/api/conversations/{conversation_id}/unread", of(id)))

/** Takes the conversation that waits longest. Null: the queue is empty, or our hands are full. */
export async function pull(): Promise<string | null> {
  return (await call("POST", "/api/queue/pull")).conversation_id
}

export const askRating = (id: string) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/ask-rating", of(id)))

const message = (id: string, seq: number) => ({ path: { conversation_id: id, seq } })

export const retry = (id: string, seq: number) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/messages/{seq}/retry", message(id, seq)))

/** A person decides what became of a reply that nobody can know about. */
export const settle = (id: string, seq: number, sent: boolean) =>
  shown(
    id,
    call("POST", "/api/conversations/{conversation_id}/messages/{seq}/settle", { ...message(id, seq), body: { sent } }),
  )

/** Takes a reply back at the platform. */
export const recall = (id: string, seq: number) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/messages/{seq}/recall", message(id, seq)))

export const rawBody = (id: string, seq: number) =>
  call("GET", "/api/conversations/{conversation_id}/messages/{seq}/raw", message(id, seq))

const contact = (id: string) => ({ path: { contact_id: id } })
export const getContact = (id: string) => call("GET", "/api/contacts/{contact_id}", contact(id))
/** Whom a platform calls so. */
export const findContact = (external_id: string) => call("GET", "/api/contacts/of-identity", { query: { external_id } })
export const changeContact = (id: string, version: number, change: Partial<Contact>) =>
  call("PATCH", "/api/contacts/{contact_id}", { ...contact(id), body: { ...change, version } })
export const listVisits = (id: string) => call("GET", "/api/contacts/{contact_id}/visits", contact(id))
export const blockContact = (id: string, blocked: boolean) =>
  call("POST", "/api/contacts/{contact_id}/block", { ...contact(id), body: { blocked } })
