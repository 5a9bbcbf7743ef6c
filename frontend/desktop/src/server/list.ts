/** The conversation list on the screen: pages from the server, kept true by events. */
import { computed, ref, shallowReactive, shallowRef } from "vue"
import { call } from "./http.ts"
import {
  applyRows,
  hideRows,
  nothing,
  orderOf,
  sortOf,
  takePage,
  type ListFilter,
  type ListState,
  type Order,
  type Sifted,
} from "./list-rules.ts"
import { eventsOf, hear, hearReset, slowly, startFrom } from "./live.ts"
import type { ConversationPage, ConversationRow } from "./types.ts"

const PAGE = 50
const BY_TIME_MS = 20_000

export const list = shallowReactive({
  filter: null as ListFilter | null,
  loading: false,
  /** The first page of this filter has come at least once. */
  ready: false,
  failed: false,
  more: false,
  /** Since when what is shown is old: it was kept here, and no fresh answer has come. */
  kept: 0,
})
const state = shallowRef<ListState>(nothing)
/** Rows by id, and ids from top to bottom. */
export const rows = computed(() => state.value.rows)
let sorted: Order | null = null
export const order = computed(() => {
  sorted = list.filter && orderOf(state.value, sortOf(list.filter), sorted)
  return sorted?.places.map((place) => place.id) ?? []
})

/** Rises when rows may have gone that are not ours to see any more. */
export const hidden = ref(0)
let next: string | null = null
let touched: Set<string> | null = null
let abort: AbortController | null = null

/** Shows the list of `filter`; the old rows stay until the new ones are here, unless it is another view. */
export async function showList(filter: ListFilter): Promise<void> {
  const old = list.filter
  if (
    !old ||
    old.view !== filter.view ||
    old.channel !== filter.channel ||
    old.assignee !== filter.assignee ||
    old.queue !== filter.queue ||
    old.public !== filter.public ||
    old.team?.key !== filter.team?.key ||
    old.q !== filter.q ||
    JSON.stringify(old.sifted) !== JSON.stringify(filter.sifted) ||
    old.saved?.id !== filter.saved?.id
  ) {
    state.value = { ...nothing, seen: state.value.seen }
    list.ready = false
    list.kept = 0
    void recall(filter)
  }
  list.filter = filter
  await refresh()
}

/** What was kept of this list, until somebody answers. */
async function recall(filter: ListFilter): Promise<void> {
  await slowly()
  if (list.filter !== filter || list.ready) return
  const kept = await import("./kept.ts").then(({ recallList }) => recallList(filter)).catch(() => null)
  if (!kept || list.filter !== filter || list.ready) return
  state.value = takePage(nothing, filter, kept, new Set())
  next = null
  list.more = false
  list.kept = kept.at
  list.ready = true
}

/** Fetches the first page anew. */
export async function refresh(): Promise<void> {
  const filter = list.filter
  if (!filter) return
  abort?.abort()
  const mine = (abort = new AbortController())
  touched = new Set()
  list.loading = true
  list.failed = false
  try {
    const page = await fetchPage(filter, null, mine.signal)
    state.value = takePage(state.value, filter, { rows: page.rows, more: page.next !== null }, touched ?? new Set())
    next = page.next
    list.more = next !== null
    list.kept = 0
    list.ready = true
    startFrom(page.at?.xid)
  } catch {
    if (abort === mine) list.failed = true
  } finally {
    if (abort === mine) {
      list.loading = false
      touched = null
    }
  }
}

/** Adds the next page below, when there is one and none is on its way. */
export async function loadMore(): Promise<void> {
  const filter = list.filter
  if (!filter || !next || list.loading || list.failed) return
  list.loading = true
  const mine = (abort = new AbortController())
  try {
    const page = await fetchPage(filter, next, mine.signal)
    state.value = takePage(state.value, filter, { rows: page.rows, more: page.next !== null }, null)
    next = page.next
    list.more = next !== null
  } catch {
    if (abort === mine) list.failed = true
  } finally {
    if (abort === mine) list.loading = false
  }
}

function fetchPage(filter: ListFilter, after: string | null, signal: AbortSignal): Promise<ConversationPage> {
  const { view, channel, assignee, queue, team, q, saved } = filter
  if (saved && !q) return call("GET", "/api/conversations", { query: { saved: saved.id, after, limit: PAGE }, signal })
  return call("GET", "/api/conversations", {
    query: {
      view,
      channel,
      assignee,
      ...(queue ? { queue } : {}),
      ...(team && !q ? { team: team.key } : {}),
      ...(typeof filter.public === "boolean" ? { public: filter.public } : {}),
      q,
      ...siftedIn(filter),
      sort: sortOf(filter),
      after,
      limit: PAGE,
    },
    signal,
  })
}

/** What a message must be is asked only where there are words to find it by. */
function siftedIn({ q, sifted }: ListFilter): Partial<Sifted> {
  const asked = Object.entries(q ? (sifted ?? {}) : { tag: sifted?.tag }).filter(([, value]) => value)
  return Object.fromEntries(asked) as Partial<Sifted>
}

/** Rows that are newer than what the list shows: from events, or from the answer to an own action. */
export function learn(changed: ConversationRow[]): void {
  if (!list.filter || !changed.length) return
  for (const row of changed) touched?.add(row.id)
  state.value = applyRows(state.value, list.filter, changed)
}

/** The newest that the list knows of a conversation. */
export function rowOf(id: string): ConversationRow | undefined {
  return state.value.rows.get(id)
}

hear((frames) => {
  const events = eventsOf(frames)
  learn(events.flatMap((event) => [...(event.row ? [event.row] : []), ...(event.rows ?? [])]))
  const gone = events.filter((event) => event.kind === "conversation.hidden" && event.conversation_id)
  if (!gone.length) return
  for (const event of gone) touched?.delete(event.conversation_id!)
  state.value = hideRows(
    state.value,
    gone.map((event) => ({ id: event.conversation_id!, version: event.version ?? 0 })),
  )
  hidden.value += 1
})
hearReset(() => void refresh().then(() => (hidden.value += 1)))
// Who has waited long enough comes into the view by time alone, and no event says so.
setInterval(() => {
  if (list.filter?.saved?.conditions.waiting_minutes && !list.loading && !document.hidden) void refresh()
}, BY_TIME_MS)
