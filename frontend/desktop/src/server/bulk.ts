/** One act on many conversations, and what takes it back: each has its own outcome, and what others changed stays theirs. */
import { inParts, inverse } from "./bulk-rules.ts"
import { call } from "./http.ts"
import { learn } from "./list.ts"
import { flush } from "./live.ts"
import { learnRow, thread } from "./thread.ts"
import type { Act, ConversationRow, OneOfMany } from "./types.ts"

const PART = 40

export type Came = {
  done: number
  /** Somebody changed these meanwhile; they were left alone. */
  changed: string[]
  refused: string[]
  /** Codes of the refusals, each once. */
  reasons: string[]
  /** Not asked any more, because the line broke. */
  unasked: string[]
  undo: OneOfMany[]
}

/** Does `act` to each of the rows as it is on the screen; `progress` hears how many are through. */
export function actOnMany(rows: ConversationRow[], act: Act, progress: (through: number) => void): Promise<Came> {
  const before = new Map(rows.map((row) => [row.id, row]))
  return work(
    rows.map((row) => ({ id: row.id, version: row.version, act })),
    progress,
    (item) => inverse(item.act, before.get(item.id)!),
  )
}
/** Takes it back where nobody has done anything since. */
export function undoMany(items: OneOfMany[], progress: (through: number) => void): Promise<Came> {
  return work(items, progress, () => null)
}

async function work(
  items: OneOfMany[],
  progress: (through: number) => void,
  back: (item: OneOfMany) => Act | null,
): Promise<Came> {
  const came: Came = { done: 0, changed: [], refused: [], reasons: [], unasked: [], undo: [] }
  let through = 0
  for (const part of inParts(items, PART)) {
    const asked = new Map(part.map((item) => [item.id, item]))
    const answer = await call("POST", "/api/conversations/bulk", { body: { items: part } }).catch(() => null)
    if (!answer) {
      came.unasked = items.slice(through).map((item) => item.id)
      break
    }
    for (const one of answer.outcomes) {
      if (one.outcome === "done") {
        came.done++
        const act = back(asked.get(one.id)!)
        if (act && one.row) came.undo.push({ id: one.id, version: one.row.version, act })
      } else if (one.outcome === "changed") came.changed.push(one.id)
      else if (one.outcome !== "unchanged") {
        came.refused.push(one.id)
        const reason = one.outcome === "missing" ? "not_found" : one.reason
        if (!came.reasons.includes(reason)) came.reasons.push(reason)
      }
    }
    show(answer.outcomes.flatMap((one) => (one.row ? [one.row] : [])))
    progress((through += part.length))
  }
  return came
}

/** The answer shows at once, without waiting for its events. */
function show(rows: ConversationRow[]) {
  flush()
  learn(rows)
  const open = rows.find((row) => row.id === thread.id)
  if (open) learnRow(open)
}
