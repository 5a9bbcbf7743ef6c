/**
 * How a list of conversations follows events. Pure: *old snapshot + events = fresh snapshot*.
 *
 * A list is a window: everything in the view down to its `horizon`, the last row of the last page. What sorts below the
 * horizon is not ours to show; it arrives with the next page.
 */
import type { Conditions, ConversationRow, Sort, View } from "./types.ts"
import { isLate } from "./promise-rules.ts"
import { matches } from "./view-rules.ts"

/** Of what words find: said by whom, holding what, from when until when, in conversations with this tag. */
export type Sifted = {
  by: "contact" | "agent" | "bot" | "note" | null
  holds: "image" | "voice" | "video" | "file" | "link" | "location" | "card" | null
  since: string | null
  until: string | null
  tag: string | null
}
/** A team as a list knows it: whose conversations are its own, and what its queues hold. */
export type TeamLook = { key: string; agents: readonly string[]; queues: readonly string[] }
export type ListFilter = {
  view: View
  channel: string
  assignee: string
  /** Of what waits for somebody, only what waits in this one. */
  queue: string
  /** Only what everybody reads, or only what nobody else does. */
  public?: boolean | null
  team?: TeamLook | null
  q: string
  sifted?: Sifted
  sort: Sort
  me: string
  saved?: { id: string; conditions: Conditions } | null
  now?: () => number
}
export type Place = { key: number; id: string }
export type ListState = {
  rows: ReadonlyMap<string, ConversationRow>
  /** The newest version we have heard of, also of conversations that left the view. */
  seen: ReadonlyMap<string, number>
  horizon: Place | null
}
export const nothing: ListState = { rows: new Map(), seen: new Map(), horizon: null }

/** Does the conversation belong to the view? A search is judged by the server alone. */
export function belongs(row: ConversationRow, filter: ListFilter): boolean {
  if (row.state === "merged") return false // it goes on in another one
  const { team } = filter
  if (team && !filter.q && !team.agents.includes(row.assignee?.id ?? "") && !team.queues.includes(row.queue_id))
    return false
  if (filter.saved && !filter.q) return matches(row, filter.saved.conditions, filter.me, (filter.now ?? Date.now)())
  if (filter.channel && row.channel !== filter.channel) return false
  if (typeof filter.public === "boolean" && row.is_public !== filter.public) return false
  if (filter.queue && row.queue_id !== filter.queue) return false
  if (filter.assignee && row.assignee?.id !== filter.assignee) return false
  if (filter.sifted?.tag && !row.tags.includes(filter.sifted.tag)) return false
  if (sortOf(filter) === "waiting" && row.waiting_since === null) return false
  if (sortOf(filter) === "due" && row.due_at === null) return false
  switch (filter.view) {
    case "mine":
      return row.state === "open" && row.assignee?.id === filter.me
    case "queue":
      return row.state === "open" && row.assignee === null
    case "all":
      return row.state === "open"
    case "late":
      return isLate(row)
    case "snoozed":
    case "resolved":
      return row.state === filter.view
    case "any":
      return true
  }
}

/** Only open conversations are waited in, or are due; the other views, and a search, know but one order. */
export function sortOf(filter: ListFilter): Sort {
  if (filter.saved && !filter.q) return filter.saved.conditions.sort ?? "newest"
  if (filter.q) return "newest"
  if (filter.view === "late") return "due"
  return ["mine", "queue", "all"].includes(filter.view) ? filter.sort : "newest"
}

/** Where a row stands; smaller is higher. Newest: by the last message, or the last in which a search found its words. Waiting:
 * by who has waited longest. Due: by what is due first. */
export function placeOf(row: ConversationRow, sort: Sort): Place {
  if (sort === "due") return { key: Date.parse(row.due_at ?? row.last_at), id: row.id }
  if (sort === "waiting") return { key: Date.parse(row.waiting_since ?? row.last_at), id: row.id }
  return { key: -Date.parse(row.found?.at ?? row.last_at), id: row.id }
}

/** Equal keys: newest puts the younger id first, the others the older one, as the server does. */
export function before(a: Place, b: Place, sort: Sort): boolean {
  if (a.key !== b.key) return a.key < b.key
  return sort === "newest" ? a.id > b.id : a.id < b.id
}

/**
 * A page from the server: the first replaces everything, a later one is added below. A newer row that events brought
 * stays; `touched` are the rows that they brought while a first page was under way.
 */
export function takePage(
  state: ListState,
  filter: ListFilter,
  page: { rows: ConversationRow[]; more: boolean },
  touched: ReadonlySet<string> | null,
): ListState {
  const rows = new Map(touched ? [] : state.rows)
  const seen = new Map(state.seen)
  const last = page.rows.at(-1)
  const horizon = page.more && last ? placeOf(last, sortOf(filter)) : null
  for (const row of page.rows) {
    const heard = seen.get(row.id) ?? -1
    const known = state.rows.get(row.id)
    if (row.version >= heard) {
      rows.set(row.id, row)
      seen.set(row.id, row.version)
    } else if (known) rows.set(row.id, known)
  }
  for (const id of touched ?? []) {
    const known = state.rows.get(id)
    if (known && !rows.has(id) && within(known, horizon, filter)) rows.set(id, known)
  }
  return { rows, seen, horizon }
}

function within(row: ConversationRow, horizon: Place | null, filter: ListFilter): boolean {
  return horizon === null || !before(horizon, placeOf(row, sortOf(filter)), sortOf(filter))
}

/** Rows that events carried. The older version of a row is ignored. */
export function applyRows(state: ListState, filter: ListFilter, changed: ConversationRow[]): ListState {
  let rows: Map<string, ConversationRow> | null = null
  let seen: Map<string, number> | null = null
  for (const row of changed) {
    // the same version again may say something new: its contact or its agent has another name
    if (row.version < ((seen ?? state.seen).get(row.id) ?? -1)) continue
    rows ??= new Map(state.rows)
    seen ??= new Map(state.seen)
    seen.set(row.id, row.version)
    const known = rows.get(row.id)
    const stays = belongs(row, filter) && within(row, state.horizon, filter) && (!filter.q || known)
    if (stays) rows.set(row.id, known?.found ? { ...row, found: known.found } : row)
    else rows.delete(row.id)
  }
  return rows && seen ? { rows, seen, horizon: state.horizon } : state
}

/** Conversations that are not ours to see any more, as of these versions: what was said of them until then is too old. */
export function hideRows(state: ListState, gone: { id: string; version: number }[]): ListState {
  if (!gone.length) return state
  const rows = new Map(state.rows)
  const seen = new Map(state.seen)
  for (const { id, version } of gone) {
    if (version < (seen.get(id) ?? -1)) continue
    rows.delete(id)
    seen.set(id, version + 1)
  }
  return { rows, seen, horizon: state.horizon }
}

/** Where every row of a list stands. */
export type Order = { rows: ListState["rows"]; sort: Sort; places: readonly Place[] }
const FEW = 200

/** The places from top to bottom. From the order that `was`, few changed rows are put in without sorting anything anew. */
export function orderOf(state: ListState, sort: Sort, was: Order | null = null): Order {
  const { rows } = state
  const changed = was?.sort === sort ? [...rows.values()].filter((row) => was.rows.get(row.id) !== row) : null
  if (!was || !changed || changed.length > FEW) {
    const places = [...rows.values()].map((row) => placeOf(row, sort))
    return { rows, sort, places: places.sort((a, b) => (before(a, b, sort) ? -1 : 1)) }
  }
  const places = was.places.filter((place) => was.rows.get(place.id) === rows.get(place.id))
  for (const row of changed) {
    const place = placeOf(row, sort)
    let [from, to] = [0, places.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (before(places[middle]!, place, sort)) from = middle + 1
      else to = middle
    }
    places.splice(from, 0, place)
  }
  return { rows, sort, places }
}
