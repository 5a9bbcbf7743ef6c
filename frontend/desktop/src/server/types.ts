/** What the server says, in its own words: names for the generated schema, and the frames of the live socket. */
import type { components, operations } from "./schema.d.ts"

type Schemas = components["schemas"]
type Asked = NonNullable<operations["list_conversations"]["parameters"]["query"]>

export type View = NonNullable<Asked["view"]>
export type Sort = NonNullable<Asked["sort"]>
export type Right = Schemas["Me"]["rights"][number]
export type Role = Schemas["Agent"]["role"]
export type Presence = Schemas["Agent"]["presence"]
export type Named = Schemas["Named"]

export type ConversationRow = Schemas["ConversationRow"]
export type ConversationState = ConversationRow["state"]
export type ConversationDetail = Schemas["ConversationDetail"]
export type ReplyState = ConversationDetail["reply"]
export type Limit = Partial<Schemas["Limit"]>
export type SavedView = Schemas["SavedView"]
export type Conditions = Schemas["Conditions"]
export type OneOfMany = Schemas["OneOfMany"]
export type Act = OneOfMany["act"]
export type FoundTogether = Schemas["FoundTogether"]
export type ConversationPage = Schemas["ConversationPage"]

/** The document leaves the members of content open; these are what the kinds have. */
export type Media = {
  url?: string
  still_url?: string
  key?: string
  name?: string
  type?: string
  size?: number
  width?: number
  height?: number
  duration?: number
  problem?: string
}
export type Content = {
  kind: string
  text?: string
  media?: Media
  latitude?: number
  longitude?: number
  title?: string
  address?: string
  url?: string
  id?: string
  package?: string
  options?: { text: string; id?: string }[]
  footer?: string
  buttons?: { text: string; url?: string; reply?: string }[]
  app_id?: string
  path?: string
  fields?: { key: string; value: string }[]
  form?: string
  what?: string
  by?: string
  to?: string
  until?: string
  note?: string
  /** Of a film that waits in the outbox: a picture out of it. */
  still?: { key: string }
  /** Of a note that waits in the outbox: whom it calls. */
  mentions?: string[]
  /** Of a translation that waits in the outbox: what was written. */
  original?: string
  /** Of what waits in the outbox: what it is about. */
  quotes?: NonNullable<Schemas["Message"]["quotes"]>
  details?: Record<string, unknown>
  /** What routing says of itself: why this agent, into which queue, how urgent, for which skills. */
  why?: Schemas["Why"]
  queue?: string
  team?: string
  priority?: number
  needs?: string
}
export type Message = Omit<Schemas["Message"], "content"> & { content: Content }
export type Author = Message["author"]
export type MessagePage = Omit<Schemas["MessagePage"], "rows"> & { rows: Message[] }
export type WriteReply = Schemas["WriteReply"]
export type RawBody = Schemas["Raw"]

export type Count = Schemas["Count"]
export type Counts = Schemas["Counts"]
export type Queue = Schemas["Queue"]
export type Priority = ConversationRow["priority"]
export type Skills = Record<string, number>
export type Agent = Schemas["Agent"]
export type Me = Omit<Schemas["Me"], "agent"> & {
  agent: Omit<Schemas["MyAgent"], "settings"> & { settings: Record<string, unknown> }
}
export type Contact = Schemas["Contact"]
export type QuickPhrase = Schemas["QuickPhrase"]
export type StoredFile = Schemas["KeptFile"]
export type Channel = Schemas["ChannelView"]
export type Adjustable = Schemas["Adjustable"]
export type Setting = Channel["settings"][number]

/** `conversation.hidden` says that a conversation is not ours to see any more; it happened to this desk alone. */
export type LiveEvent = {
  type: "event"
  cursor: string
  kind: string
  at: string
  conversation_id: string | null
  version: number | null
  row: ConversationRow | null
  /** What only the open thread shows, beside `row`. */
  contact_read_seq?: number
  reply?: ReplyState
  attributes?: Record<string, string>
  linked?: ConversationDetail["linked"]
  translation?: ConversationDetail["translation"]
  /** Conversations that were merged into this one. */
  from?: string[]
  was_merged?: boolean
  wrap_up?: ConversationDetail["wrap_up"]
  planned?: ConversationDetail["planned"]
  message: Message | null
  /** All messages that changed, when there is more than one. */
  messages?: Message[]
  /** The rows of a contact that changed, or of conversations that were merged, taken apart or split. */
  rows?: ConversationRow[]
  agent: Agent | null
  /** The inbox that changed. */
  inbox?: { id: string; state: "active" | "paused" | "removed" } | null
}
export type LiveFrame =
  | LiveEvent
  | { type: "hello"; cursor: string; server_time: string; agent_id: string }
  | { type: "reset" }
  | { type: "pong" }
  | { type: "typing"; conversation: string; by: string; on: boolean; agent_id?: string | null }
  | { type: "viewing"; conversation: string; agents: (Named & { typing?: boolean })[] }
  | { type: "presence"; agent: Agent }
