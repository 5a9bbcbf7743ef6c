/** What an agent does to a conversation, a contact, a message. Each verb is one call; the answer shows at once. */
import { call } from "./http.ts"
import { flush } from "./live.ts"
import { fetchDetail, learnRow, thread } from "./thread.ts"
import type { Contact, ConversationRow, RawBody } from "./types.ts"

async function change(id: string, verb: string, body: Record<string, unknown> = {}): Promise<void> {
  const answer = await call<Partial<ConversationRow>>("POST", `/api/conversations/${id}/${verb}`, { body })
  flush()
  if (answer.id === id && answer.version !== undefined) learnRow(answer as ConversationRow)
  else if (thread.id === id) await fetchDetail()
}

export const resolve = (id: string) => change(id, "resolve")
export const reopen = (id: string) => change(id, "reopen")
export const snooze = (id: string, until: Date) => change(id, "snooze", { until: until.toISOString() })
export const assign = (id: string, agent_id: string | null) => change(id, "assign", { agent_id })
/** To a colleague, or with null back to the queue; the note tells the next one why. */
export const transfer = (id: string, agent_id: string | null, note: string) =>
  change(id, "transfer", { agent_id, note })
export const tag = (id: string, tags: string[]) => change(id, "tags", { tags })
export const markRead = (id: string, seq: number) => change(id, "read", { seq })

/** Takes the conversation that waits longest. Null: the queue is empty, or our hands are full. */
export async function pull(): Promise<string | null> {
  return (await call<{ conversation_id: string | null }>("POST", "/api/queue/pull", { body: {} })).conversation_id
}

export async function retry(id: string, seq: number): Promise<void> {
  await change(id, `messages/${seq}/retry`)
}

/** A person decides what became of a reply that nobody can know about. */
export async function settle(id: string, seq: number, sent: boolean): Promise<void> {
  await change(id, `messages/${seq}/settle`, { sent })
}

export const rawBody = (id: string, seq: number) => call<RawBody>("GET", `/api/conversations/${id}/messages/${seq}/raw`)

export const getContact = (id: string) => call<Contact>("GET", `/api/contacts/${id}`)
export const changeContact = (id: string, version: number, change: Partial<Contact>) =>
  call<Contact>("PATCH", `/api/contacts/${id}`, { body: { ...change, version } })
export const blockContact = (id: string, blocked: boolean) =>
  call("POST", `/api/contacts/${id}/block`, { body: { blocked } })
