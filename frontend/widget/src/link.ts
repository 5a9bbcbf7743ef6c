/** The way to the shop's desk: hello, sending, and what comes back: by socket, else as a stream, else by asking. */

import type { Question, Wait } from "./extras"

export interface Media {
  key?: string
  url?: string
  name?: string
  type?: string
  size?: number
  width?: number
  height?: number
}
export interface Content {
  kind: string
  text?: string
  media?: Media
}
/** `at` is the order; a contact's message has the id that the widget gave it. */
export interface Message {
  id: string
  seq: number
  thread: string
  author: "contact" | "agent" | "bot"
  name: string
  content: Content
  /** How the message begins that this one is about. */
  quotes?: string | null
  at: string
  state: string
}
export interface Settings {
  title: string
  greeting: string
  away_text: string
  online: boolean
  color: string
  help?: boolean
}
export interface Hello {
  /** The id of what the visitor is asked to rate. */
  rating: string | null
  /** Is a conversation open? */
  talking: boolean
  greetings: Record<string, string>
  visits: "off" | "ask" | "shop"
  form: { intro: string; fields: Question[] } | null
  /** Set when an address for the answer is welcome; `words` are the shop's own words of consent. */
  email: { words: string } | null
  visitor: string | null
  browser: string | null
  identified: "yes" | "no" | "expired" | "forged" | "unsigned"
  messages: Message[]
  next_before: string | null
  settings: Settings
}
export type Down =
  | ({ type: "message" | "changed" } & Message)
  | { type: "typing"; on: boolean; name: string }
  | { type: "kept"; id: string }
  | { type: "online"; online: boolean }
  | { type: "rate"; id: string | null }
  | { type: "wait"; wait: Wait | null }

/** A refusal by the server. `after` is in seconds, when it says how long to wait. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly after: number,
    readonly code = "",
  ) {
    super(`refused with ${status}`)
  }
}

const base = location.pathname.replace(/\/frame$/, "")
const SLOWEST = 30_000

async function answer(path: string, init: RequestInit): Promise<unknown> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), init.body instanceof Blob ? 120_000 : 15_000)
  try {
    const got = await fetch(base + path, { ...init, credentials: "omit", signal: stop.signal })
    const told = (await got.json().catch(() => ({}))) as { error?: string }
    if (!got.ok) throw new Refused(got.status, Number(got.headers.get("retry-after")) || 0, told.error)
    return told
  } finally {
    clearTimeout(timer)
  }
}

export const post = (path: string, body: unknown) =>
  answer(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } })

export const hello = (body: object) => post("/hello", body) as Promise<Hello>
export const send = (visitor: string, id: string, content: Content, page: object) =>
  post("/messages", { visitor, id, content, ...page })
export const leaveEmail = (visitor: string, id: string, email: string, consent: string, page: object) =>
  post("/email", { visitor, id, email, consent, ...page })
export const consent = (visitor: string, yes: boolean, words: string) => post("/consent", { visitor, yes, words })
export const visit = (visitor: string, seen: object) => post("/visits", { visitor, ...seen })
export const rate = (visitor: string, rating: string, score: number, word: string) =>
  post("/rate", { visitor, rating, score, word })
export const read = (visitor: string, at: string) => post("/read", { visitor, at })

export const upload = (visitor: string, file: File) =>
  answer("/files", {
    method: "POST",
    body: file,
    headers: {
      authorization: `Visitor ${visitor}`,
      "content-type": file.type || "application/octet-stream",
      "x-file-name": encodeURIComponent(file.name),
    },
  }) as Promise<{ kind: "image" | "file"; media: Media }>

export const messages = (visitor: string, query: string) =>
  answer(`/messages?${query}`, { headers: { authorization: `Visitor ${visitor}` } }) as Promise<{
    rows: Message[]
    next_before: string | null
    online: boolean
    rating: string | null
  }>

/** All that was said, as a text file to keep. */
export async function transcript(visitor: string, you: string): Promise<Blob> {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const got = await fetch(`${base}/transcript?${new URLSearchParams({ zone: timeZone, you }).toString()}`, {
    headers: { authorization: `Visitor ${visitor}` },
    credentials: "omit",
  })
  if (!got.ok) throw new Refused(got.status, 0)
  return got.blob()
}

/**
 * Stays in touch until `leave()`. `hear` gets what comes; `state` whether anything can come; `newest` where to go on.
 * A socket first; where a proxy cuts sockets off, a stream; and where it holds streams back, asking now and then.
 */
export function stay(
  visitor: string,
  newest: () => string,
  hear: (down: Down) => void,
  state: (up: boolean) => void,
  lost: () => void,
) {
  let socket: WebSocket | undefined
  let streaming: AbortController | undefined
  let timer = 0
  let asking = 0
  let tries = 0
  let gone = false

  function take(text: string): void {
    const down = JSON.parse(text) as Down | { type: "welcome" } | { type: "who" }
    if (down.type === "who") return lost()
    if (down.type !== "welcome") return hear(down)
    tries = 0
    clearTimeout(asking)
    state(true)
  }
  function connect(): void {
    clearTimeout(timer)
    if (gone || socket || streaming) return
    const mine = (socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${base}/live`))
    const patience = setTimeout(() => mine.close(), 5_000) // held without a word
    let welcome = false
    mine.onopen = () => mine.send(JSON.stringify({ type: "hello", visitor, after: newest() }))
    mine.onmessage = (event) => {
      welcome = true
      clearTimeout(patience)
      take(event.data as string)
    }
    mine.onclose = () => {
      clearTimeout(patience)
      socket = undefined
      if (gone) return
      if (!tries++) void ask()
      if (welcome) again()
      else void stream()
    }
  }
  function again(): void {
    timer = setTimeout(connect, Math.min(SLOWEST, 500 * 2 ** tries) * (0.5 + Math.random()))
  }
  async function stream(): Promise<void> {
    const mine = (streaming = new AbortController())
    let silence = 0
    const listen = (longest: number) => {
      clearTimeout(silence)
      silence = setTimeout(() => mine.abort(), longest)
    }
    listen(5_000)
    try {
      const got = await fetch(`${base}/events?after=${encodeURIComponent(newest())}`, {
        headers: { authorization: `Visitor ${visitor}` },
        credentials: "omit",
        cache: "no-store",
        signal: mine.signal,
      })
      if (got.status === 401) return lost()
      if (!got.ok) throw new Refused(got.status, 0)
      const reader = got.body!.pipeThrough(new TextDecoderStream()).getReader()
      for (let rest = ""; ;) {
        const { done, value } = await reader.read()
        if (done || gone) break
        listen(40_000) // it is never silent for longer than twenty
        const parts = (rest + value).split("\n\n")
        rest = parts.pop()!
        parts.forEach((part) => part.startsWith("data: ") && take(part.slice(6)))
      }
    } catch {
      // cut off, or held back
    } finally {
      clearTimeout(silence)
      streaming = undefined
      if (!gone) {
        if (!tries++) void ask()
        again()
      }
    }
  }
  async function ask(): Promise<void> {
    clearTimeout(asking)
    if (gone || tries === 0) return
    try {
      const got = await messages(visitor, `after=${encodeURIComponent(newest())}`)
      if (gone) return
      state(true)
      got.rows.forEach((row) => hear({ type: "message", ...row }))
      hear({ type: "online", online: got.online })
      hear({ type: "rate", id: got.rating })
    } catch (error) {
      if (gone) return
      if (error instanceof Refused && error.status === 401) return lost()
      state(false)
    }
    asking = setTimeout(ask, (document.hidden ? 20_000 : 4_000) * (0.8 + Math.random() * 0.4))
  }
  addEventListener("online", connect)
  connect()
  return {
    typing: (on: boolean) => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "typing", on }))
      else if (streaming) post("/typing", { visitor, on }).catch(() => {})
    },
    leave: () => {
      gone = true
      removeEventListener("online", connect)
      clearTimeout(timer)
      clearTimeout(asking)
      socket?.close()
      streaming?.abort()
    },
  }
}
