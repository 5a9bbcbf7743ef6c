/** A saved view holds the same rows here as on the server: both are held to the same cases. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { applyRows, nothing, orderOf, sortOf, takePage, type ListFilter } from "@/server/list-rules.ts"
import type { Conditions, ConversationRow } from "@/server/types.ts"
import { matches } from "@/server/view-rules.ts"

type Case = {
  key: string
  state: "open"
  channel: string
  inbox: string
  assignee: string | null
  tags: string[]
  unread: number
  marked: boolean
  waited: number | null
  medium?: string
}
const { rows, views } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../tests/views/saved_view_cases.json"), "utf8"),
) as { rows: Case[]; views: { conditions: Conditions; holds: string[] }[] }
const NOW = Date.UTC(2026, 0, 1)
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString()
const asRow = (one: Case, at: number) =>
  ({
    id: one.key,
    version: 1,
    state: one.state,
    channel: one.channel,
    inbox_id: one.inbox,
    assignee: one.assignee ? { id: one.assignee, name: one.assignee } : null,
    tags: one.tags,
    is_public: !!one.medium,
    unread: Math.max(one.unread, Number(one.marked)),
    waiting_since: one.waited === null ? null : ago(one.waited),
    last_at: ago(at),
  }) as unknown as ConversationRow

test.each(views)("$conditions", ({ conditions, holds }) =>
  expect(
    rows
      .map(asRow)
      .filter((row) => matches(row, conditions, "me", NOW))
      .map((row) => row.id),
  ).toEqual(holds),
)

test("events take rows into a view and out of it, in the order of the view", () => {
  const conditions: Conditions = { tag: "vip", sort: "waiting" }
  const filter: ListFilter = {
    view: "all",
    channel: "",
    assignee: "",
    queue: "",
    q: "",
    sort: "newest",
    me: "me",
    saved: { id: "v", conditions },
    now: () => NOW,
  }
  const all = rows.map(asRow)
  const held = all.filter((row) => matches(row, conditions, "me", NOW))
  let state = takePage(nothing, filter, { rows: held, more: false }, new Set())
  const ids = () => orderOf(state, sortOf(filter)).places.map((place) => place.id)
  expect(ids()).toEqual(["mine", "queue_read"])
  const queue = all.find((row) => row.id === "queue")!
  state = applyRows(state, filter, [{ ...queue, version: 2, tags: ["vip"] }])
  expect(ids()).toEqual(["mine", "queue", "queue_read"])
  state = applyRows(state, filter, [{ ...held[0]!, version: 2, waiting_since: null }])
  expect(ids()).toEqual(["queue", "queue_read"])
})
