/**
 * What the desk showed last, kept in this browser for when nobody answers: who we are, the top of the lists looked at last,
 * the threads opened last. It is shown as old until the first fresh answer, and is gone with the sign-in, with another
 * agent, workspace or role, and after a week. In a database of its own: that of the drafts is open in tabs of older desks.
 */
import { openDB, type DBSchema, type IDBPDatabase } from "idb"
import { watch } from "vue"
import { list, order, refresh, rows } from "./list.ts"
import type { ListFilter } from "./list-rules.ts"
import { eventsOf, fetchAnew, hear, link } from "./live.ts"
import { instant } from "./clock.ts"
import { me, recalled, recogniseMe } from "./me.ts"
import { savedKnown, savedViews } from "./saved-views.ts"
import { agents, channels, counts, phrases, queues, teams } from "./surroundings.ts"
import { messages, reopenThread, thread } from "./thread.ts"
import type { ThreadState } from "./thread-rules.ts"
import type { ConversationDetail, ConversationRow, Me } from "./types.ts"

const WEEK_MS = 7 * 86_400_000
/** Written at idle, and no more often than this, however much happens. */
const REST_MS = 5000
const SOON_MS = 800
const AGAIN_MS = 10_000
/** No file of the first visit is longer under way than this. */
const UNDER_WAY_MS = 60_000
const ROWS = 50
const MESSAGES = 50
const MOST = { list: 8, thread: 20 }
const TOO_LONG = 400_000

/** `who` may see it: agent, workspace and role. */
type Kept = { key: string; who: string; at: number; value: unknown }
interface Store extends DBSchema {
  kept: { key: string; value: Kept; indexes: { at: number } }
}
export type KeptList = { rows: ConversationRow[]; more: boolean; at: number }
export type KeptThread = { detail: ConversationDetail; state: ThreadState; at: number }

let opened: Promise<IDBPDatabase<Store>> | null = null
const store = () =>
  (opened ??= openDB<Store>("guanxi-kept", 1, {
    upgrade: (db) => void db.createObjectStore("kept", { keyPath: "key" }).createIndex("at", "at"),
  }))

const whoIs = (one: Me) =>
  [one.agent.id, one.workspace.id, one.agent.role, one.agent.role_id, [...one.rights].sort()].join(" ")
/** What is listed; whose list it is stands in `who`. */
const listKey = (filter: ListFilter) => `list:${JSON.stringify({ ...filter, me: "" })}`

async function find<T>(key: string, who = me.value && whoIs(me.value)): Promise<{ value: T; at: number } | null> {
  const kept = await (await store()).get("kept", key).catch(() => undefined)
  return kept && kept.who === who && Date.now() - kept.at < WEEK_MS
    ? { value: kept.value as T, at: ours(kept.at) }
    : null
}
/** What this device's clock said, by the server's. */
const ours = (at: number) => instant() - (Date.now() - at)

/** Who sat here last, with what stands around every conversation. What is on the screen is as old as that. */
export async function recallMe(): Promise<Me | null> {
  const kept = await (await store()).get("kept", "me")
  if (!kept || Date.now() - kept.at > WEEK_MS) return null
  const known = kept.value as Me
  const parts = await Promise.all(
    Object.entries(around).map(async ([name, part]) => [part, await find(name, kept.who)] as const),
  )
  if (me.value) return null // the server was quicker
  for (const [part, found] of parts) if (found) part.value = found.value
  savedKnown.value = true
  link.since = ours(kept.at)
  return known
}
export async function recallList(filter: ListFilter): Promise<KeptList | null> {
  const kept = filter.q ? null : await find<Omit<KeptList, "at">>(listKey(filter))
  return kept && { ...kept.value, at: kept.at }
}
export async function recallThread(id: string): Promise<KeptThread | null> {
  const kept = await find<Omit<KeptThread, "at">>(`thread:${id}`)
  return kept && { ...kept.value, at: kept.at }
}

const around: Record<string, { value: unknown }> = { agents, channels, counts, phrases, queues, savedViews, teams }
/** What is to be written when there is time: by its key, how to say it. */
const waiting = new Map<string, () => unknown>()
const hidden = new Set<string>()
let timer: ReturnType<typeof setTimeout> | undefined
let wroteAt = 0
let who = ""
let watching = false
/** Rises when all is forgotten: what was on its way to the store then stays out of it. */
let age = 0

/** Nothing of what was shown here stays. */
export async function forgetKept(): Promise<void> {
  age += 1
  who = ""
  waiting.clear()
  clearTimeout(timer)
  timer = undefined
  await (await store()).clear("kept")
}

function later(key: string, say: () => unknown): void {
  waiting.set(key, say)
  timer ??= setTimeout(
    () => {
      if (document.hidden || !("requestIdleCallback" in window)) void write()
      else requestIdleCallback(() => void write(), { timeout: REST_MS })
    },
    Math.max(SOON_MS, wroteAt + REST_MS - Date.now()),
  )
}

async function write(): Promise<void> {
  timer = undefined
  if (!who || !waiting.size) return
  const [mine, at, asOf] = [who, Date.now(), age]
  wroteAt = at
  const said = [...waiting].map(([key, say]) => ({ key, who: mine, at, value: say() }))
  waiting.clear()
  const gone = new Set(hidden)
  hidden.clear()
  try {
    const db = await store()
    if (asOf !== age) return
    const turn = db.transaction("kept", "readwrite")
    for (const one of said) if (one.value !== undefined) void turn.store.put(one)
    await forgetOld(turn.store.index("at"), (key) => turn.store.delete(key))
    if (gone.size) for (const kept of await turn.store.getAll()) await hide(kept, gone, turn.store)
    await turn.done
  } catch {
    // No shelf, or a full one: without a network there is nothing to show then.
  }
}
async function forgetOld(
  byAge: { getAllKeys: (range?: IDBKeyRange) => Promise<string[]> },
  drop: (key: string) => Promise<void>,
): Promise<void> {
  const all = await byAge.getAllKeys()
  const old = await byAge.getAllKeys(IDBKeyRange.upperBound(Date.now() - WEEK_MS))
  for (const [kind, most] of Object.entries(MOST))
    old.push(...all.filter((key) => key.startsWith(`${kind}:`)).slice(0, -most))
  for (const key of old) await drop(key)
}
/** What she may not see any more goes from everything that was kept. */
async function hide(
  kept: Kept,
  gone: Set<string>,
  at: { put: (kept: Kept) => Promise<unknown>; delete: (key: string) => Promise<void> },
): Promise<void> {
  if (kept.key.startsWith("thread:") && gone.has(kept.key.slice(7))) return at.delete(kept.key)
  if (!kept.key.startsWith("list:")) return
  const value = kept.value as Omit<KeptList, "at">
  if (value.rows.some((row) => gone.has(row.id)))
    await at.put({ ...kept, value: { ...value, rows: value.rows.filter((row) => !gone.has(row.id)) } })
}

/** Starts to keep; and to ask anew for what is shown as old, when somebody answers again. */
export function keepWhatIsShown(): void {
  if (watching) return
  watching = true
  watch(
    [me, recalled],
    async ([now, unsure]) => {
      if (!now || unsure) return
      const next = whoIs(now)
      if (next !== who) {
        const kept = await (await store()).get("kept", "me").catch(() => undefined)
        if (who || (kept && kept.who !== next)) await forgetKept()
        who = next
        keepAround()
      }
      later("me", () => ({ ...now, csrf: "" }))
    },
    { immediate: true },
  )
  const keepAround = () => {
    for (const [name, part] of Object.entries(around)) later(name, () => part.value)
    keepList()
    keepThread()
  }
  for (const [name, part] of Object.entries(around))
    watch(part as typeof agents, () => who && later(name, () => part.value))
  const keepList = () => {
    const { filter, ready, kept, more } = list
    if (!who || !filter || !ready || kept || filter.q) return
    const [ids, known] = [order.value, rows.value]
    later(listKey(filter), () => ({
      rows: ids.slice(0, ROWS).flatMap((id) => known.get(id) ?? []),
      more: more || ids.length > ROWS,
    }))
  }
  watch([rows, () => list.ready, () => list.kept], keepList)
  const keepThread = () => {
    const { id, detail, kept } = thread
    const { messages: all, version, older } = messages.value
    if (!who || !id || !detail || kept || version < 0) return
    const last = all.slice(-MESSAGES)
    const state = { messages: last, version, older: older || all.length > MESSAGES }
    later(`thread:${id}`, () => (JSON.stringify(last).length > TOO_LONG ? undefined : { detail, state }))
  }
  watch([messages, () => thread.detail, () => thread.kept], keepThread)
  hear((frames) => {
    for (const { kind, conversation_id: id } of eventsOf(frames))
      if (kind === "conversation.hidden" && id) {
        hidden.add(id)
        waiting.delete(`thread:${id}`)
        later("counts", () => counts.value)
      }
  })
  document.addEventListener("visibilitychange", () => document.hidden && void write())
  watch(() => link.state, answered)
  setInterval(() => recalled.value && me.value && void answered("live"), AGAIN_MS)
  void keepShell()
}

/** Somebody answers again: who we are first, then what could not be fetched meanwhile. */
async function answered(state: typeof link.state): Promise<void> {
  if (state !== "live" || !me.value) return
  if (recalled.value) {
    if (await recogniseMe().catch(() => null)) fetchAnew()
    return
  }
  if (list.kept || (list.failed && !list.loading)) void refresh()
  if (thread.id && (thread.kept || thread.failed === "unreachable")) void reopenThread()
}

/** The worker keeps what it hands on; on the first visit it came after most of the desk's files. */
async function keepShell(): Promise<void> {
  if (!navigator.serviceWorker || !("caches" in window)) return
  await navigator.serviceWorker.ready
  if (!navigator.serviceWorker.controller)
    await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }))
  const keep = async (files: PerformanceEntryList) => {
    for (const { origin, pathname } of files.map((one) => new URL(one.name)))
      if (origin === location.origin && pathname.startsWith("/assets/") && !(await caches.match(pathname)))
        await fetch(pathname).catch(() => null)
  }
  // What was on its way when the worker took over is heard of when it has come.
  const coming = new PerformanceObserver((seen) => void keep(seen.getEntries()))
  coming.observe({ type: "resource", buffered: true })
  setTimeout(() => coming.disconnect(), UNDER_WAY_MS)
}
