/** What this browser keeps for itself: drafts and the outbox, in IndexedDB. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb"
import type { Content } from "./types.ts"

export type Mode = "reply" | "note" | "whisper"
/** `version` is the server's that it goes on from; `told`: the server has these very words. */
export type Draft = {
  key: string
  conversation: string
  mode: Mode
  text: string
  at: number
  version?: number
  told?: boolean
}
export type Outgoing = {
  /** The idempotency key: the same through every attempt. */
  id: string
  agent: string
  conversation: string
  mode: Mode
  content: Content
  at: number
  seen_seq: number
  force: boolean
  /** The writer was told that everybody will read it. */
  public?: boolean
  /** It waits a moment on the server, while it can be undone. */
  hold?: boolean
  state: "held" | "sending" | "refused" | "collided"
  /** A code when it was refused; the colleague's name when it collided. */
  reason: string
  /** A picture that has not been stored by the server yet. */
  file?: File | undefined
}
interface Shelf extends DBSchema {
  drafts: { key: string; value: Draft }
  outbox: { key: string; value: Outgoing }
}

let opened: Promise<IDBPDatabase<Shelf>> | null = null

/** Opens the shelf, once. Rejects where the browser has none (a private window of old): callers go on in memory. */
export function shelf(): Promise<IDBPDatabase<Shelf>> {
  opened ??= openDB<Shelf>("guanxi", 1, {
    upgrade(db) {
      db.createObjectStore("drafts", { keyPath: "key" })
      db.createObjectStore("outbox", { keyPath: "id" })
    },
  })
  return opened
}
