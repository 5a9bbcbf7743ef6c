/** What the server says, in its own words. */

export type Presence = "online" | "busy" | "offline"
export type View = "mine" | "queue" | "all" | "snoozed" | "resolved" | "any"
export type ConversationState = "open" | "snoozed" | "resolved"
export type Sort = "newest" | "waiting"
export type Named = { id: string; name: string }

export type ConversationRow = {
  id: string
  version: number
  state: ConversationState
  channel: string
  inbox_id: string
  inbox_name: string
  medium: string
  contact: { id: string; name: string; avatar_url: string | null; blocked: boolean }
  identity_kind: string
  assignee: Named | null
  last_at: string
  last_text: string
  last_kind: string
  last_author: Author
  unread: number
  waiting_since: string | null
  snoozed_until: string | null
  opened_at: string
  tags: string[]
  found?: { seq: number; text: string } | null
}

export type Limit = { characters?: number; bytes?: number; types?: string[]; seconds?: number }
export type ReplyState = {
  can: boolean
  reason: string | null
  window: { by: string; expires_at: string; left: number | null } | null
  sends: Record<string, Limit>
  after_window: "none" | "push"
}
export type ConversationDetail = ConversationRow & {
  queue_id: string | null
  contact_read_seq: number
  reply: ReplyState
  typing: boolean
}

export type Author = "contact" | "agent" | "bot" | "system"
export type MessageState = "received" | "waiting" | "sending" | "sent" | "delivered" | "read" | "failed" | "unknown" | "unsent"
export type Media = {
  url: string
  preview_url?: string
  key?: string
  name: string
  type: string
  size: number
  width: number
  height: number
  duration: number
  problem: string
}
export type Content = {
  kind: string
  text?: string
  media?: Partial<Media>
  latitude?: number
  longitude?: number
  title?: string
  address?: string
  url?: string
  id?: string
  package?: string
  what?: string
  by?: string
  to?: string
  note?: string
  details?: Record<string, unknown>
}
export type Message = {
  seq: number
  id: string
  author: Author
  agent: Named | null
  sender: Named | null
  kind: string
  content: Content
  is_note: boolean
  sent_at: string
  created_at: string
  state: MessageState | null
  reason: string | null
  reason_detail: string | null
  has_raw: boolean
}

export type Page<Row> = { rows: Row[]; next: string | null; at?: { xid: string } }
export type MessagePage = { rows: Message[]; version: number; has_more: boolean }
export type RawBody = { received_at: string; headers: Record<string, string>; body: string; encoding?: string }

export type Count = { count: number; capped: boolean }
export type Counts = { mine: Count; queue: Count; all: Count; snoozed: Count; channels: Record<string, Count> }

export type Agent = {
  id: string
  name: string
  email?: string
  role: string
  presence: Presence
  load: number
  capacity: number
  removed?: boolean
}
export type Me = {
  agent: Named & { role: string; presence: Presence; capacity: number; load: number; settings: Record<string, unknown> }
  person: { email: string; language: string }
  workspace: Named & { language: string; greeting: string; away_text: string }
  csrf: string
  server_time: string
}

export type Contact = {
  id: string
  name: string
  language: string | null
  email: string | null
  phone: string | null
  tags: string[]
  attributes: Record<string, unknown>
  note: string | null
  blocked: boolean
  version: number
  identities: {
    id: string
    channel: string
    inbox_name: string
    name: string
    external_id: string
    followed: boolean | null
    attributes: Record<string, unknown>
  }[]
  conversations: {
    id: string
    channel: string
    state: ConversationState
    opened_at: string
    resolved_at: string | null
    last_text: string
    last_at: string
  }[]
}

export type QuickPhrase = { id: string; shortcut: string; text: string }
export type StoredFile = { key: string; url: string; type: string; name: string; size: number; width: number; height: number }

export type Setting = {
  key: string
  kind: "text" | "secret" | "choice" | "switch"
  required: boolean
  choices: string[]
  default: string
  pattern: string
  generate: "" | "token" | "aes_key"
  advanced: boolean
}
export type Channel = {
  key: string
  title: string
  words: Record<string, Record<string, string>>
  icon: string
  signs: "body" | "query" | "secret" | "none"
  medium: string
  webhook?: boolean
  checks?: boolean
  settings: Setting[]
  capabilities: { receives?: string[]; sends: Record<string, Limit>; typing: boolean; recall: boolean; public: boolean; receipts: string[] }
}

export type LiveEvent = {
  type: "event"
  cursor: string
  kind: string
  at: string
  conversation_id: string | null
  version: number | null
  row: ConversationRow | null
  /** What only the open thread shows, beside `row`. */
  queue_id?: string | null
  contact_read_seq?: number
  reply?: ReplyState
  message: Message | null
  /** All messages that changed, when there is more than one. */
  messages?: Message[]
  /** The rows of a contact that changed. */
  rows?: ConversationRow[]
  agent: Agent | null
}
export type LiveFrame =
  | LiveEvent
  | { type: "hello"; cursor: string; server_time: string }
  | { type: "reset" }
  | { type: "pong" }
  | { type: "typing"; conversation: string; by: string; on: boolean }
  | { type: "viewing"; conversation: string; agents: (Named & { typing: boolean })[] }
  | { type: "presence"; agent: Agent }
