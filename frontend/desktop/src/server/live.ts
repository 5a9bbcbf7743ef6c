/**
 * The live socket: hints that something changed. It may break at any time; what was missed is replayed from the cursor,
 * and when that is too much the server says `reset` and everything on the screen is fetched anew.
 */
import { reactive } from "vue"
import { instant, setServerTime } from "./clock.ts"
import type { LiveEvent, LiveFrame } from "./types.ts"

type Hearer = (frames: LiveFrame[]) => void
const BATCH_MS = 100
const HIDDEN_BATCH_MS = 2000
const PING_MS = 20_000
const SILENCE_MS = 45_000

/** `since`: server time at which we last heard anything, for "reconnecting, 12 s old". */
export const link = reactive({ state: "starting" as "starting" | "live" | "lost" | "offline", since: instant() })

const batched = new Set<Hearer>()
const immediate = new Set<Hearer>()
const onReset = new Set<() => void>()
let socket: WebSocket | null = null
let cursor = ""
let waiting: LiveFrame[] = []
let timer: ReturnType<typeof setTimeout> | undefined
let retry: ReturnType<typeof setTimeout> | undefined
let attempts = 0
let watched: string | null = null
let wanted = false
let heardAt = 0

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

/** Where to start listening: everything before this is in the snapshots that we have. */
export function startFrom(at: string | undefined): void {
  if (cursor || !at) return
  cursor = `${at}:0`
  if (socket?.readyState === WebSocket.OPEN) send({ type: "resume", cursor })
}

export function connect(): void {
  wanted = true
  if (socket && socket.readyState <= WebSocket.OPEN) return
  if (!navigator.onLine) link.state = "offline"
  clearTimeout(retry)
  const opening = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`)
  socket = opening
  opening.addEventListener("open", () => {
    if (cursor) send({ type: "resume", cursor })
    if (watched) send({ type: "watch", conversation: watched })
  })
  opening.addEventListener("message", (message) => {
    if (socket !== opening) return
    const told = JSON.parse(String(message.data)) as LiveFrame | LiveFrame[]
    for (const frame of Array.isArray(told) ? told : [told]) receive(frame)
  })
  opening.addEventListener("close", () => {
    if (socket !== opening) return
    socket = null
    if (!wanted) return
    link.state = navigator.onLine ? "lost" : "offline"
    const wait = Math.min(15_000, 400 * 2 ** attempts++) * (0.6 + Math.random() * 0.8)
    retry = setTimeout(connect, wait)
  })
}

export function disconnect(): void {
  wanted = false
  clearTimeout(retry)
  socket?.close()
  socket = null
  cursor = ""
  waiting = []
}

export function send(frame: Record<string, unknown>): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
}

/** Tells the server which thread is open, so that colleagues see us and we hear its typing. */
export function watchConversation(id: string | null): void {
  watched = id
  send({ type: "watch", conversation: id })
}

function receive(frame: LiveFrame): void {
  heardAt = Date.now()
  link.since = instant()
  if (link.state !== "live") {
    link.state = "live"
    attempts = 0
  }
  if (frame.type === "hello") setServerTime(frame.server_time)
  if (frame.type === "hello" || frame.type === "pong") return
  if (frame.type === "reset") {
    cursor = ""
    for (const then of onReset) then()
    return
  }
  if (frame.type === "event") cursor = frame.cursor
  for (const hearer of immediate) hearer([frame])
  waiting.push(frame)
  timer ??= setTimeout(flush, document.hidden ? HIDDEN_BATCH_MS : BATCH_MS)
}

/** Hands on what waits. Own actions call it, so that they show at once. */
export function flush(): void {
  clearTimeout(timer)
  timer = undefined
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
  if (!wanted || socket?.readyState !== WebSocket.OPEN) return
  if (heardAt && Date.now() - heardAt > SILENCE_MS) socket.close()
  else send({ type: "ping" })
}, PING_MS)
addEventListener("online", () => wanted && connect())
addEventListener("offline", () => (link.state = "offline"))
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !wanted) return
  flush()
  connect()
})
