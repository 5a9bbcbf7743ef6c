/** Conversations become one, are taken apart again, split, and linked. */
import { say } from "@/design/toast.ts"
import { t } from "@/words/index.ts"
import { call } from "./http.ts"
import { flush } from "./live.ts"
import { learn } from "./list.ts"
import { attempt } from "./sorry.ts"
import { learnRow } from "./thread.ts"
import type { ConversationRow } from "./types.ts"

const of = (id: string) => ({ path: { conversation_id: id } })

/** The other conversations of the same contact, and why each of them can only be linked, if it can. */
export const neighbours = (id: string) => call("GET", "/api/conversations/{conversation_id}/neighbours", of(id))
export const getRow = (id: string): Promise<ConversationRow> =>
  call("GET", "/api/conversations/{conversation_id}", of(id))

function show(rows: ConversationRow[]) {
  flush()
  learn(rows)
  for (const row of rows) learnRow(row)
}

export async function merge(id: string, others: string[]): Promise<void> {
  const row = await call("POST", "/api/conversations/{conversation_id}/merge", { ...of(id), body: { others } })
  show([row])
}
export async function takeApart(id: string): Promise<void> {
  const { survivor, others } = await call("POST", "/api/conversations/{conversation_id}/take-apart", of(id))
  show([survivor, ...others])
}
/** The same, and says whether it was. */
export const apart = (id: string) => attempt(takeApart(id)).then((done) => done && say(t("merge.apart_done")))
/** Answers with the new conversation. */
export async function split(id: string, made: string, what: { from_seq: number } | { seqs: number[] }) {
  const body = { from_seq: null, seqs: [], ...what, id: made }
  const both = await call("POST", "/api/conversations/{conversation_id}/split", { ...of(id), body })
  show([both.old, both.new])
  return both.new
}
export const linkWith = (id: string, other_id: string) =>
  call("POST", "/api/conversations/{conversation_id}/links", { ...of(id), body: { other_id } })
/** They are two matters again; one click links them anew. */
export const unlink = (id: string, other_id: string) =>
  attempt(
    call("DELETE", "/api/conversations/{conversation_id}/links/{other_id}", {
      path: { conversation_id: id, other_id },
    }),
  ).then((done) => {
    if (!done) return
    const run = () => void attempt(linkWith(id, other_id))
    say(t("merge.unlink_done"), { seconds: 10, action: { label: t("common.undo"), run } })
  })

/** Where a message stands now that has, or had, this number; null when it never stood there. */
export const placeOf = (id: string, seq: number) =>
  call("GET", "/api/conversations/{conversation_id}/messages/{seq}/place", {
    path: { conversation_id: id, seq },
  }).catch(() => null)
