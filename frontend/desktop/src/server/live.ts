/**
 * The live socket: hints that something changed. It may break at any time; what was missed is replayed from the cursor,
 * and when that is too much the server says `reset` and everything on the screen is fetched anew. Of several tabs one has
 * the socket, and passes on what it hears.
 */
import { reactive } from "vue"
import { instant, setServerTime } from "./clock.ts"
import { call } from "./http.ts"
import { joinTabs, tab, type Tabs, type Word } from "./tabs.ts"
import type { LiveEvent, LiveFrame } from "./types.ts"

type Hearer = (frames: LiveFrame[]) => void
const BATCH_MS = 100
const HIDDEN_BATCH_MS = 2000
const PING_MS = 20_000
const SILENCE_MS = 45_000
const LEADER_SILENCE_MS = 65_000
/** What the server closes the line with when its agent was signed out, or is of the team no more. */
const SIGNED_OUT = 4401

/** `since`: server time at which we last heard anything, for "reconnecting, 12 s old". */
export const link = reactive({ state: "starting" as "starting" | "live" | "lost" | "offline", since: instant() })

const batched = new Set<Hearer>()
const immediate = new Set<Hearer>()
const onReset = new Set<() => void>()
let socket: WebSocket | null = null
let cursor = ""
let waiting: LiveFrame[] = []
let timer: ReturnType<typeof setTimeout> | undefined
let drawing = 0
let retry: ReturnType<typeof setTimeout> | undefined
let attempts = 0
let watched: string | null = null
/** The agent at this desk: a line that greets another one says that another tab has changed the workspace. */
let us = ""
let wanted = false
let heardAt = 0
let tabs: Tabs | null = null
let leading = false
/** The lowest place from which a tab still has to hear, for the moment in which the socket opens. */
let from = ""
/** What other tabs look at, by tab: each that hears has asked. */
const alsoWatched = new Map<string, string | null>()

/** Hears frames in batches, or each at once with `atOnce` (the open thread). Returns how to stop. */
export function hear(hearer: Hearer, { atOnce = false } = {}): () => void {
  const set = atOnce ? immediate : batched
  set.add(hearer)
  return () => set.delete(hearer)
}

/** `then` refetches what it shows, because events were missed that nobody will repeat. */
export function hearReset(then: () => void): () => void {
  onReset.add(then)
  return () => onReset.delete(then)
}

/** Everything on the screen is fetched anew: nobody knows what was missed. */
export function fetchAnew(): void {
  for (const then of onReset) then()
}

const PATIENCE_MS = 1200
/** Until an answer is late; at once where none can be hoped for. */
export const slowly = (): Promise<void> =>
  new Promise((done) => setTimeout(done, navigator.onLine && link.state !== "offline" ? PATIENCE_MS : 0))

/** Where to start listening: everything before this is in the snapshots that we have. */
export function startFrom(at: string | undefined): void {
  if (cursor || !at) return
  cursor = `${at}:0`
  if (leading) send({ type: "resume", cursor })
  else ask()
}

/** Joins the tabs of the agent `who`; the one that leads opens the socket. */
export function connect(who = ""): void {
  wanted = true
  us = who
  tabs ??= joinTabs(`guanxi.live.${who}`, hearTab, lead, follow)
  if (leading) open()
  else ask()
}

function lead(): void {
  leading = true
  from = cursor
  alsoWatched.clear()
  tabs?.tell({ say: "lead" })
  if (wanted) open()
}
function follow(): void {
  leading = false
  clearTimeout(retry)
  socket?.close()
  socket = null
}
/** Tells the leader from where on this tab hears, and what it looks at. */
const ask = () => tabs?.tell({ say: "need", tab, cursor, watched })

function setLink(state: typeof link.state): void {
  link.state = state
  if (leading) tabs?.tell({ say: "link", state })
}

function hearTab(word: Word): void {
  heardAt = Date.now()
  if (word.say === "lead") return leading ? undefined : ask()
  if (!leading) {
    if (word.say === "frame") receive(word.frame)
    else if (word.say === "link") link.state = word.state
    return
  }
  if (word.say === "send") send(word.frame)
  else if (word.say === "bye") {
    alsoWatched.delete(word.tab)
    sayWatched()
  } else if (word.say === "need") {
    alsoWatched.set(word.tab, word.watched)
    sayWatched()
    tabs?.tell({ say: "link", state: link.state })
    if (!word.cursor) return
    if (socket?.readyState === WebSocket.OPEN) send({ type: "resume", cursor: word.cursor })
    else if (!from || place(word.cursor) < place(from)) from = word.cursor
  }
}
const place = (at: string): number => Number(at.split(":")[0])

function sayWatched(): void {
  const also = [...new Set(alsoWatched.values())].filter((id) => id && id !== watched)
  send({ type: "watch", conversation: watched, also })
}

function open(): void {
  if (socket && socket.readyState <= WebSocket.OPEN) return
  if (!navigator.onLine) setLink("offline")
  clearTimeout(retry)
  const opening = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`)
  socket = opening
  let opened = false
  opening.addEventListener("open", () => {
    opened = true
    const since = from && (!cursor || place(from) < place(cursor)) ? from : cursor
    from = ""
    if (since) send({ type: "resume", cursor: since })
    if (watched || alsoWatched.size) sayWatched()
  })
  opening.addEventListener("message", (message) => {
    if (socket !== opening) return
    const told = JSON.parse(String(message.data)) as LiveFrame | LiveFrame[]
    for (const frame of Array.isArray(told) ? told : [told]) receive(frame)
  })
  opening.addEventListener("close", ({ code }) => {
    if (socket !== opening) return
    socket = null
    if (!wanted) return
    // Whoever is no longer signed in is told so by the next answer, instead of waiting for a line that nobody opens.
    if (!opened || code === SIGNED_OUT) void call("GET", "/api/me").catch(() => {})
    setLink(navigator.onLine ? "lost" : "offline")
    const wait = Math.min(15_000, 400 * 2 ** attempts++) * (0.6 + Math.random() * 0.8)
    retry = setTimeout(open, wait)
  })
}

export function disconnect(): void {
  wanted = false
  tabs?.leave()
  tabs = null
  leading = false
  alsoWatched.clear()
  clearTimeout(retry)
  socket?.close()
  socket = null
  cursor = ""
  waiting = []
}

export function send(frame: Record<string, unknown>): void {
  if (!leading) tabs?.tell({ say: "send", frame })
  else if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
}

/** Tells the server which thread is open, so that colleagues see us and we hear its typing. */
export function watchConversation(id: string | null): void {
  watched = id
  if (leading) sayWatched()
  else ask()
}

function receive(frame: LiveFrame): void {
  heardAt = Date.now()
  link.since = instant()
  if (link.state !== "live") {
    setLink("live")
    attempts = 0
  }
  if (leading && alsoWatched.size) tabs?.tell({ say: "frame", frame })
  if (frame.type === "hello") {
    setServerTime(frame.server_time)
    if (us && frame.agent_id !== us) location.reload()
  }
  if (frame.type === "hello" || frame.type === "pong") return
  if (frame.type === "reset") {
    cursor = ""
    return fetchAnew()
  }
  if (frame.type === "event") cursor = frame.cursor
  for (const hearer of immediate) hearer([frame])
  waiting.push(frame)
  // A screen is drawn once a frame: what is handed on together is drawn together.
  if (document.hidden) timer ??= setTimeout(flush, HIDDEN_BATCH_MS)
  else timer ??= setTimeout(() => (drawing ||= requestAnimationFrame(flush)), BATCH_MS)
}

/** Hands on what waits. Own actions call it, so that they show at once. */
export function flush(): void {
  clearTimeout(timer)
  cancelAnimationFrame(drawing)
  timer = undefined
  drawing = 0
  if (!waiting.length) return
  const frames = waiting
  waiting = []
  for (const hearer of batched) hearer(frames)
}

/** The events among frames. */
export function eventsOf(frames: LiveFrame[]): LiveEvent[] {
  return frames.filter((frame) => frame.type === "event")
}

setInterval(() => {
  // A leader whose tab sleeps is of no use to one that somebody looks at.
  if (wanted && !leading && !document.hidden && Date.now() - heardAt > LEADER_SILENCE_MS) tabs?.seize()
  if (!wanted || socket?.readyState !== WebSocket.OPEN) return
  if (heardAt && Date.now() - heardAt > SILENCE_MS) socket.close()
  else send({ type: "ping" })
}, PING_MS)
addEventListener("online", () => wanted && leading && open())
addEventListener("offline", () => setLink("offline"))
addEventListener("pageshow", (event) => {
  if (!event.persisted) return
  if (!leading) ask() // it said goodbye when it was put away
  fetchAnew()
})
document.addEventListener("visibilitychange", () => {
  if (!wanted) return
  flush()
  if (leading && !document.hidden) open()
})
