/** The law of live lists: old snapshot + events = fresh snapshot, whatever is lost in order or heard twice. */
import { describe, expect, test } from "vitest"
import {
  applyRows,
  hideRows,
  nothing,
  orderOf,
  sortOf,
  takePage,
  type ListFilter,
  type ListState,
} from "@/server/list-rules.ts"
import type { ConversationRow, Sort, View } from "@/server/types.ts"
import { chance } from "./chance.ts"

const ME = "agent-me"
const PAGE = 8
const AGENTS = [ME, "agent-zhou", null]
const QUEUES = ["refunds", "sales"]
const CHANNELS = ["wechat", "line", "webchat"]
const filterOf = (view: View, sort: Sort, channel = "", assignee = "", queue = ""): ListFilter => ({
  view,
  sort,
  channel,
  assignee,
  queue,
  q: "",
  me: ME,
})

/** A server that forgets nothing: every conversation as it is now, and each page as its SQL would cut it. */
function makeServer(seed: number) {
  const { below, pick, happens } = chance(seed)
  let second = 0
  const time = () => new Date(Date.UTC(2026, 0, 1, 0, 0, (second += below(3)))).toISOString()
  const rows = new Map<string, ConversationRow>()
  function open(): ConversationRow {
    const at = time()
    const id = `c${String(rows.size).padStart(4, "0")}`
    const assignee = pick(AGENTS)
    const row = {
      id,
      version: 1,
      state: "open",
      channel: pick(CHANNELS),
      queue_id: pick(QUEUES),
      assignee: assignee ? { id: assignee, name: assignee } : null,
      last_at: at,
      last_text: id,
      waiting_since: at,
      unread: 1,
      tags: [] as string[],
      promises: [],
      due_at: null,
    } as unknown as ConversationRow
    rows.set(id, row)
    return row
  }
  /** Something is promised by then; somebody has been warned of it, or nobody yet. */
  const promised = (due_at: string, is_late: boolean) =>
    ({
      promises: [{ runs: true, due_at, warned_at: is_late ? due_at : null, missed_at: null }],
      due_at,
    }) as Partial<ConversationRow>
  function change(): ConversationRow {
    if (!rows.size || happens(0.15)) return open()
    const old = pick([...rows.values()])
    const assignee = pick(AGENTS)
    const at = time()
    const parts: Partial<ConversationRow>[] = [
      { last_at: at, waiting_since: old.waiting_since ?? at, unread: old.unread + 1 },
      { last_at: at, waiting_since: null, unread: 0 },
      { assignee: assignee ? { id: assignee, name: assignee } : null },
      { state: pick(["open", "snoozed", "resolved"] as const) },
      { queue_id: pick(QUEUES), assignee: null },
      { tags: [...old.tags, "x"] },
      promised(at, false),
      promised(at, true),
      { promises: [], due_at: null },
    ]
    const row = { ...old, ...pick(parts), version: old.version + 1 }
    rows.set(row.id, row)
    return row
  }
  function listed(filter: ListFilter): ConversationRow[] {
    const sort = sortOf(filter)
    return [...rows.values()]
      .filter((row) => {
        if (filter.view === "mine" && (row.state !== "open" || row.assignee?.id !== ME)) return false
        if (filter.view === "queue" && (row.state !== "open" || row.assignee)) return false
        if (filter.view === "all" && row.state !== "open") return false
        if ((filter.view === "snoozed" || filter.view === "resolved") && row.state !== filter.view) return false
        if (filter.channel && row.channel !== filter.channel) return false
        if (filter.assignee && row.assignee?.id !== filter.assignee) return false
        if (filter.queue && row.queue_id !== filter.queue) return false
        if (filter.view === "late" && !row.promises.some((one) => one.warned_at)) return false
        if (sort === "due") return row.due_at !== null
        return sort !== "waiting" || row.waiting_since !== null
      })
      .sort((a, b) => {
        const upward = { waiting: [a.waiting_since!, b.waiting_since!], due: [a.due_at!, b.due_at!], newest: null }[
          sort
        ]
        const [x, y] = (upward ?? [b.last_at, a.last_at]) as [string, string]
        return x === y ? (upward ? a.id.localeCompare(b.id) : b.id.localeCompare(a.id)) : x < y ? -1 : 1
      })
  }
  return { change, listed, happens, below, pick }
}

type Rules = { take: typeof takePage; apply: typeof applyRows }

/** The ids from top to bottom, sorted anew. */
const idsOf = (state: ListState, filter: ListFilter) => orderOf(state, sortOf(filter)).places.map(({ id }) => id)

/** Follows one random history; returns what the desk shows and what a fresh snapshot would, down to the same row. */
function follow(seed: number, filter: ListFilter, { take, apply }: Rules) {
  const server = makeServer(seed)
  for (let at = 0; at < 30; at++) server.change()
  const first = server.listed(filter)
  let state: ListState = take(nothing, filter, { rows: first.slice(0, PAGE), more: first.length > PAGE }, new Set())
  let order = orderOf(state, sortOf(filter))
  let heard: ConversationRow[] = []
  for (let step = 0; step < 60; step++) {
    heard.push(server.change())
    if (server.happens(0.2)) heard.push(server.pick(heard)) // heard twice
    if (server.happens(0.3)) heard.reverse() // heard out of order
    if (server.happens(0.5)) {
      state = apply(state, filter, heard)
      order = orderOf(state, sortOf(filter), order) // as the desk does: from the order that was
      heard = []
    }
    if (server.happens(0.06) && state.horizon) {
      state = apply(state, filter, heard)
      heard = []
      const all = server.listed(filter)
      const shown = new Set(idsOf(state, filter))
      const from = all.findLastIndex((row) => shown.has(row.id)) + 1
      state = take(state, filter, { rows: all.slice(from, from + PAGE), more: all.length > from + PAGE }, null)
    }
    if (server.happens(0.05)) {
      // A fresh first page is asked for, answered, and overtaken by events before it arrives.
      const all = server.listed(filter)
      const page = { rows: all.slice(0, PAGE), more: all.length > PAGE }
      const late = [server.change(), server.change()]
      state = apply(state, filter, [...heard, ...late])
      state = take(state, filter, page, new Set([...heard, ...late].map((row) => row.id)))
      heard = []
    }
  }
  state = apply(state, filter, heard)
  order = orderOf(state, sortOf(filter), order)
  const shown = order.places.map(({ id }) => state.rows.get(id)!)
  const fresh = server.listed(filter)
  return { shown, fresh: state.horizon ? fresh.slice(0, shown.length) : fresh }
}

const filters: [string, ListFilter][] = [
  ["mine, newest", filterOf("mine", "newest")],
  ["mine, waiting longest", filterOf("mine", "waiting")],
  ["queue, waiting longest", filterOf("queue", "waiting")],
  ["all, newest", filterOf("all", "newest")],
  ["all of one channel", filterOf("all", "newest", "line")],
  ["all of one colleague", filterOf("all", "waiting", "", "agent-zhou")],
  ["what waits in one queue, longest first", filterOf("queue", "waiting", "", "", "refunds")],
  ["what waits in one queue, newest", filterOf("queue", "newest", "", "", "sales")],
  ["mine, due next", filterOf("mine", "due")],
  ["about to be late", filterOf("late", "newest")],
  ["snoozed", filterOf("snoozed", "newest")],
  ["resolved", filterOf("resolved", "newest")],
]

describe("old snapshot + events = fresh snapshot", () => {
  test.each(filters)("for %s", (_, filter) => {
    for (let seed = 1; seed <= 150; seed++) {
      const { shown, fresh } = follow(seed, filter, { take: takePage, apply: applyRows })
      expect(shown, `seed ${seed}`).toEqual(fresh)
    }
  })

  test("a reducer that believes the older version is found out", () => {
    const gullible: typeof applyRows = (state, filter, rows) =>
      rows.reduce((now, row) => applyRows({ ...now, seen: new Map() }, filter, [row]), state)
    const lies = filters.some(([, filter]) =>
      Array.from({ length: 60 }, (_, at) => follow(at + 1, filter, { take: takePage, apply: gullible })).some(
        ({ shown, fresh }) => JSON.stringify(shown) !== JSON.stringify(fresh),
      ),
    )
    expect(lies).toBe(true)
  })
})

test("a search keeps what the server found, and follows only those rows", () => {
  const filter: ListFilter = { ...filterOf("any", "newest"), q: "杯子" }
  const row = makeServer(3).change()
  const state = takePage(
    nothing,
    filter,
    { rows: [{ ...row, found: { at: row.opened_at, seq: 4, text: "杯子碎了" } }], more: false },
    new Set(),
  )
  const next = applyRows(state, filter, [
    { ...row, version: 9, last_text: "new" },
    { ...row, id: "other", version: 3 },
  ])
  expect([...next.rows.values()].map(({ id, last_text, found }) => [id, last_text, found?.seq])).toEqual([
    [row.id, "new", 4],
  ])
})

test("what a search found stands by when it was said, whatever was said since", () => {
  const filter: ListFilter = { ...filterOf("any", "newest"), q: "杯子" }
  const server = makeServer(5)
  const found = (id: string, at: string) => ({ ...server.change(), id, found: { at, seq: 4, text: "杯子" } })
  const rows = [found("b", "2026-03-02T00:00:00.000Z"), found("a", "2026-03-01T00:00:00.000Z")]
  const state = takePage(nothing, filter, { rows, more: false }, new Set())
  const next = applyRows(state, filter, [{ ...rows[1]!, version: 99, last_at: "2026-04-01T00:00:00.000Z" }])
  expect(idsOf(next, filter)).toEqual(["b", "a"])
})

test("what is hidden goes, however its last rows and that word overtake each other, and comes back newer", () => {
  const filter = filterOf("all", "newest")
  const row = (version: number) =>
    ({
      id: "c1",
      version,
      state: "open",
      assignee: null,
      tags: [],
      last_at: "2026-01-01T00:00:00Z",
    }) as unknown as ConversationRow
  const shown = applyRows(nothing, filter, [row(3)])
  expect(hideRows(shown, [{ id: "c1", version: 4 }]).rows.size).toBe(0)
  expect(applyRows(hideRows(shown, [{ id: "c1", version: 4 }]), filter, [row(4)]).rows.size).toBe(0)
  expect(hideRows(applyRows(shown, filter, [row(5)]), [{ id: "c1", version: 4 }]).rows.size).toBe(1)
  expect(applyRows(hideRows(shown, [{ id: "c1", version: 4 }]), filter, [row(5)]).rows.size).toBe(1)
})
