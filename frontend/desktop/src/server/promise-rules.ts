/** Which promise of a conversation is shown, how far it is, and which conversations are nearly late. Pure. */
import type { ConversationRow } from "./types.ts"

export type Clock = ConversationRow["promises"][number]
/** `left` is in milliseconds, negative when it is over; `due` is the moment itself. */
export type Shown = { promise: Clock["promise"]; tone: "plain" | "warn" | "bad"; left: number; due: string }

/** Has somebody been warned of something that runs, or is it late? As the server says it of its view. */
export const isLate = (row: ConversationRow) =>
  row.due_at !== null && row.promises.some((one) => one.runs && (one.warned_at || one.missed_at))

/** The promise that is due first, or is overdue longest; quiet for a while, then seen, then late. */
export function shownPromise(row: ConversationRow, now: number): Shown | null {
  let first: Clock | null = null
  for (const one of row.promises)
    if (one.runs && one.due_at && (!first || Date.parse(one.due_at) < Date.parse(first.due_at!))) first = one
  if (!first) return null
  const left = Date.parse(first.due_at!) - now
  const seen = first.amber_at && Date.parse(first.amber_at) <= now
  return { promise: first.promise, tone: left <= 0 ? "bad" : seen ? "warn" : "plain", left, due: first.due_at! }
}
