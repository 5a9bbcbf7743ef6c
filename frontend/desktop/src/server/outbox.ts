/**
 * What we have said and the server has not acknowledged yet. It survives a reload and a broken line; every attempt carries
 * the same id, so nothing is said twice. One browser tab sends at a time, in the order of writing per conversation.
 */
import { computed, shallowReactive } from "vue"
import { call, Refused, Unreachable } from "./http.ts"
import { me, recalled, recogniseMe } from "./me.ts"
import { shelf, type Mode, type Outgoing } from "./shelf.ts"
import type { Content, ConversationDetail, Message, StoredFile, WriteReply } from "./types.ts"

const outbox = shallowReactive(new Map<string, Outgoing>())
const hearers = new Set<(conversation: string, message: Message) => void>()
const heldHearers = new Set<(detail: ConversationDetail) => void>()
let attempts = 0
let timer: ReturnType<typeof setTimeout> | undefined

/** Everything unsent, oldest first. */
export const unsent = computed(() => [...outbox.values()].sort((a, b) => a.at - b.at))
/** Pictures that wait here, for previews: object URLs by outgoing id. */
export const previews = new Map<string, string>()

export function hearSent(hearer: (conversation: string, message: Message) => void): () => void {
  hearers.add(hearer)
  return () => hearers.delete(hearer)
}

/** What the server holds for a moment stands in the conversation's detail. */
export function hearHeld(hearer: (detail: ConversationDetail) => void): void {
  heldHearers.add(hearer)
}

export async function loadOutbox(): Promise<void> {
  try {
    for (const kept of await (await shelf()).getAll("outbox")) {
      if (kept.agent !== me.value?.agent.id) continue
      if (kept.file) previews.set(kept.id, URL.createObjectURL(kept.file))
      outbox.set(kept.id, kept.state === "sending" ? { ...kept, state: "held" } : kept)
    }
  } catch {
    // No shelf: the outbox lives as long as the page does.
  }
  void pump()
}

/** Puts words or a picture into the outbox and starts sending. Shown at once. `isPublic`: the writer was told that everybody
 * will read it. */
export function post(
  conversation: string,
  mode: Mode,
  content: Content,
  seen_seq: number,
  isPublic: boolean,
  file?: File,
  hold = false,
): void {
  const id = crypto.randomUUID()
  if (file) previews.set(id, URL.createObjectURL(file))
  const agent = me.value?.agent.id ?? ""
  keep({
    id,
    agent,
    conversation,
    mode,
    content,
    at: Date.now(),
    seen_seq,
    force: false,
    public: isPublic,
    hold,
    state: "held",
    reason: "",
    file,
  })
  void pump()
}

/** Tries again what was refused, or sends over a colleague's newer reply. */
export function sendAgain(id: string, force = false): void {
  const outgoing = outbox.get(id)
  if (!outgoing) return
  keep({ ...outgoing, state: "held", reason: "", force: force || outgoing.force })
  attempts = 0
  void pump()
}

/** Takes it out of the outbox; the caller gives the words back to the composer. */
export function withdraw(id: string): Outgoing | undefined {
  const outgoing = outbox.get(id)
  drop(id)
  return outgoing
}

function keep(outgoing: Outgoing): void {
  outbox.set(outgoing.id, outgoing)
  void shelf().then(
    (db) => db.put("outbox", { ...outgoing }),
    () => {},
  )
}

function drop(id: string): void {
  outbox.delete(id)
  const preview = previews.get(id)
  if (preview) setTimeout(() => URL.revokeObjectURL(preview), 10_000)
  previews.delete(id)
  void shelf().then(
    (db) => db.delete("outbox", id),
    () => {},
  )
}

let pumping = false

async function pump(): Promise<void> {
  if (pumping) return
  pumping = true
  clearTimeout(timer)
  try {
    if (navigator.locks) await navigator.locks.request("guanxi.outbox", sendAll)
    else await sendAll()
  } finally {
    pumping = false
  }
}

async function sendAll(): Promise<void> {
  for (;;) {
    const stuck = new Set(
      unsent.value.filter((one) => one.state === "collided").map((one) => one.conversation + one.mode),
    )
    const next = unsent.value.find((one) => one.state === "held" && !stuck.has(one.conversation + one.mode))
    if (!next) return
    keep({ ...next, state: "sending" })
    try {
      if (recalled.value) await recogniseMe() // what was kept says who we were, and nothing is sent by that
      if (next.agent !== me.value?.agent.id) return keep({ ...next, state: "held" })
      const message = await attempt(next)
      attempts = 0
      if ("planned" in message) {
        for (const hearer of heldHearers) hearer(message)
        drop(next.id)
        continue
      }
      // The message is shown before its stand-in goes, so that nothing blinks.
      for (const hearer of hearers) hearer(next.conversation, message)
      drop(next.id)
    } catch (error) {
      const now = outbox.get(next.id)
      if (!now) continue
      if (error instanceof Refused && error.status === 429) return later(now)
      if (error instanceof Refused && error.code === "newer_reply")
        keep({ ...now, state: "collided", reason: String(error.body["by"] ?? "") })
      else if (error instanceof Refused && error.status !== 401) keep({ ...now, state: "refused", reason: error.code })
      else if (error instanceof Unreachable || error instanceof Refused) return later(now)
      else {
        keep({ ...now, state: "refused", reason: "unreadable" })
        throw error
      }
    }
  }
}

function later(outgoing: Outgoing): void {
  keep({ ...outgoing, state: "held" })
  timer = setTimeout(() => void pump(), Math.min(30_000, 1000 * 2 ** attempts++) * (0.6 + Math.random() * 0.8))
}

async function attempt(outgoing: Outgoing): Promise<Message | ConversationDetail> {
  const { id, conversation, mode, seen_seq, force, file } = outgoing
  let content = outgoing.content
  if (file && !content.media?.key) {
    const stored = await storeFile(file)
    content = { ...content, media: { key: stored.key } }
    if (content.kind === "video") content = await withStill(content, file)
    const { file: _, ...rest } = outgoing
    keep({ ...rest, file, content, state: "sending" })
  }
  if (mode === "whisper")
    return call("POST", "/api/conversations/{conversation_id}/whispers", {
      path: { conversation_id: conversation },
      body: { id, text: content.text ?? "" },
    })
  if (mode === "note")
    return call("POST", "/api/conversations/{conversation_id}/notes", {
      path: { conversation_id: conversation },
      body: { id, text: content.text ?? "", mentions: content.mentions ?? [], quotes: content.quotes?.seq ?? null },
    })
  const given = {
    path: { conversation_id: conversation },
    body: {
      id,
      content: sayable(content),
      ...(content.quotes ? { quotes: content.quotes.seq } : {}),
      ...(content.original ? { original: content.original } : {}),
      seen_seq,
      ...(force ? { force } : {}),
      ...(outgoing.public ? { public: true } : {}),
    },
  }
  return outgoing.hold
    ? call("POST", "/api/conversations/{conversation_id}/planned", given)
    : call("POST", "/api/conversations/{conversation_id}/replies", given)
}

/** A film goes without its still picture rather than not at all. */
async function withStill(content: Content, film: File): Promise<Content> {
  const picture = await (await import("./still.ts")).stillOf(film)
  return picture ? { ...content, still: { key: (await storeFile(picture)).key } } : content
}

/** Content as a reply carries it: what was written, and a stored file by its key. */
function sayable(content: Content): WriteReply["content"] {
  const { media, quotes: _, ...said } = content
  return (media?.key ? { ...said, media: { key: media.key } } : said) as WriteReply["content"]
}

function storeFile(file: File): Promise<StoredFile> {
  const form = new FormData()
  form.append("file", file, file.name)
  return call("POST", "/api/files", { body: form })
}

addEventListener("online", () => {
  attempts = 0
  void pump()
})
