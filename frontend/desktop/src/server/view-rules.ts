/** Which conversations a saved view holds: the same rule as the server's, so that events need not ask it. Pure. */
import type { Conditions, ConversationRow } from "./types.ts"

/** Does the row fulfil all conditions for agent `me` at the time `now`? */
export function matches(row: ConversationRow, conditions: Conditions, me: string, now: number): boolean {
  const { state, channel, inbox_id, assignee, tag, waiting_minutes, unread, sort, public: wanted } = conditions
  if (row.state !== (state ?? "open")) return false
  if (inbox_id ? row.inbox_id !== inbox_id : channel && row.channel !== channel) return false
  if (
    assignee === "nobody" ? row.assignee !== null : assignee && row.assignee?.id !== (assignee === "me" ? me : assignee)
  )
    return false
  if (typeof wanted === "boolean" && row.is_public !== wanted) return false
  if (tag && !row.tags.includes(tag)) return false
  if (unread && !row.unread) return false
  const waits = row.waiting_since === null ? null : now - Date.parse(row.waiting_since)
  if (sort === "waiting" && waits === null) return false
  return !waiting_minutes || (waits !== null && waits >= waiting_minutes * 60_000)
}
