/** Who waits too long for the agent who has him. Pure. */
import type { ConversationRow } from "./types.ts"

/** For how long, in milliseconds, once it is too long; null before, and where nobody has it or is reminded (0 seconds). */
export function slowFor(row: ConversationRow, now: number, seconds: number): number | null {
  if (!seconds || row.state !== "open" || !row.assignee || row.offered_until || row.contact.blocked) return null
  const waited = row.waiting_since ? now - Date.parse(row.waiting_since) : 0
  return waited >= seconds * 1000 ? waited : null
}
