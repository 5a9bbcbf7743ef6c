/** The messages of the conversations that went on in one another, told as one. */
import { call } from "@/server/http.ts"
import type { Message } from "@/server/types.ts"
import { fromOf } from "./story.ts"

const MOST = 100
const MOST_PLACES = 4
/** Below zero is what belongs to a conversation before: it can be read, and nothing can be done to it from here. */
const BEFORE = 1_000_000_000

/** Of the conversation with this id, and of those before it, oldest first. */
export async function told(id: string): Promise<Message[]> {
  const said: Message[] = []
  for (let place = 1; id && place <= MOST_PLACES; place++) {
    const path = { conversation_id: id }
    const [page, detail] = await Promise.all([
      call("GET", "/api/conversations/{conversation_id}/messages", { path, query: { limit: MOST } }),
      call("GET", "/api/conversations/{conversation_id}", { path }),
    ])
    said.push(...page.rows.map((one) => ({ ...one, seq: one.seq - place * BEFORE, has_raw: false })))
    id = fromOf(detail)
  }
  return said.sort((a, b) => a.seq - b.seq)
}
