/** The open conversation: who it is with, its messages, who else looks at it. */
import { shallowReactive, shallowRef } from "vue"
import { call, Refused } from "./http.ts"
import { learn, rowOf } from "./list.ts"
import { hear, hearReset, slowly, watchConversation } from "./live.ts"
import { me } from "./me.ts"
import { hearHeld, hearSent } from "./outbox.ts"
import { applyEvent, takeMessage, takeNewest, takeOlder, unread, type ThreadState } from "./thread-rules.ts"
import type { ConversationDetail, ConversationRow, LiveFrame, Message, Named } from "./types.ts"

const PAGE = 50
const TYPING_MS = 8000
/** What gives messages another place. */
const MOVES = new Set(["conversation.merged", "conversation.taken_apart", "conversation.split"])

export const thread = shallowReactive({
  id: null as string | null,
  /** The list's row until the detail is here, so that the head shows at once. */
  row: null as ConversationRow | null,
  detail: null as ConversationDetail | null,
  failed: null as "missing" | "unreachable" | "hidden" | null,
  loadingOlder: false,
  olderFailed: false,
  contactTyping: false,
  viewers: [] as (Named & { typing: boolean })[],
  /** The open one was merged: it goes on there. */
  movedTo: null as string | null,
  /** Since when what is shown is old: it was kept here, and no fresh answer has come. */
  kept: 0,
})
export const messages = shallowRef<ThreadState>(unread)
let queued: LiveFrame[] | null = null
let detailTimer: ReturnType<typeof setTimeout> | undefined
let typingTimer: ReturnType<typeof setTimeout> | undefined
let colleagueTimer: ReturnType<typeof setTimeout> | undefined

/** Opens a conversation, or none. What is asked for an older one and comes late is ignored. */
export async function openThread(id: string | null): Promise<void> {
  if (thread.id === id) return
  clearTimeout(detailTimer)
  Object.assign(thread, {
    id,
    row: (id && rowOf(id)) || null,
    detail: null,
    failed: null,
    loadingOlder: false,
    olderFailed: false,
    contactTyping: false,
    viewers: [],
    movedTo: null,
    kept: 0,
  })
  messages.value = unread
  queued = null
  watchConversation(id)
  if (id) void recall(id)
  if (id) await Promise.all([fetchDetail(), fetchNewest()])
}

/** What was kept of it, until somebody answers. */
async function recall(id: string): Promise<void> {
  await slowly()
  if (thread.id !== id || messages.value.version >= 0) return
  const kept = await import("./kept.ts").then(({ recallThread }) => recallThread(id)).catch(() => null)
  if (!kept || thread.id !== id || messages.value.version >= 0 || !["unreachable", null].includes(thread.failed)) return
  messages.value = kept.state
  thread.detail ??= kept.detail
  thread.row ??= kept.detail
  thread.failed = null
  thread.kept = kept.at
}

export async function reopenThread(): Promise<void> {
  thread.failed = null
  await Promise.all([fetchDetail(), fetchNewest()])
}

export async function fetchDetail(): Promise<void> {
  const id = thread.id
  if (!id) return
  try {
    const detail = await call("GET", "/api/conversations/{conversation_id}", { path: { conversation_id: id } })
    if (thread.id !== id) return
    if (detail.id !== id) {
      thread.movedTo = detail.id
      return
    }
    if (thread.row && thread.row.version > detail.version) thread.detail = { ...detail, ...thread.row }
    else {
      thread.detail = detail
      thread.row = detail
      learn([detail])
    }
  } catch (error) {
    if (thread.id === id && !thread.detail) thread.failed = error instanceof Refused ? "missing" : "unreachable"
  }
}

/** `anew`: messages have come or gone, and have other numbers, so nothing that we hold stands. */
async function fetchNewest(anew = false): Promise<void> {
  const id = thread.id
  if (!id || (queued && !anew)) return
  const mine = (queued = [])
  try {
    const page = await call("GET", "/api/conversations/{conversation_id}/messages", {
      path: { conversation_id: id },
      query: { limit: PAGE },
    })
    if (thread.id !== id || (queued !== mine && queued)) return
    messages.value = takeNewest(anew || thread.kept ? unread : messages.value, page)
    thread.kept = 0
    const missed = queued ?? []
    queued = null
    for (const frame of missed) follow(frame)
  } catch (error) {
    if (thread.id !== id || queued !== mine) return
    queued = null
    if (messages.value.version < 0) thread.failed = error instanceof Refused ? "missing" : "unreachable"
  }
}

export async function loadOlder(limit = PAGE): Promise<void> {
  const id = thread.id
  const first = messages.value.messages.reduce((least, message) => Math.min(least, message.seq), Infinity)
  if (!id || !messages.value.older || thread.loadingOlder || !Number.isFinite(first)) return
  thread.loadingOlder = true
  thread.olderFailed = false
  try {
    const page = await call("GET", "/api/conversations/{conversation_id}/messages", {
      path: { conversation_id: id },
      query: { before: first, limit },
    })
    if (thread.id === id) messages.value = takeOlder(messages.value, page)
  } catch {
    if (thread.id === id) thread.olderFailed = true
  } finally {
    if (thread.id === id) thread.loadingOlder = false
  }
}

const FAR_PAGE = 100
const MOST_PAGES = 200

/** Loads older messages until the one with this number is here; whether it is. */
export async function reach(seq: number): Promise<boolean> {
  const id = thread.id
  for (let page = 0; page < MOST_PAGES && thread.id === id && messages.value.older; page++) {
    const first = messages.value.messages.reduce((least, message) => Math.min(least, message.seq), Infinity)
    if (first <= seq) break
    await loadOlder(FAR_PAGE)
    if (messages.value.messages.every((message) => message.seq >= first)) break // the line is gone
  }
  return thread.id === id && messages.value.messages.some((message) => message.seq === seq)
}

/** The highest arrival number that we know; sent along with a reply so that a newer reply is noticed. */
export function lastSeq(): number {
  return messages.value.messages.reduce((most, message) => Math.max(most, message.seq), 0)
}

/** A row that an own action answered with. */
export function learnRow(row: ConversationRow): void {
  if (thread.id === row.id && thread.failed !== "hidden" && row.version >= (thread.row?.version ?? -1)) {
    thread.row = row
    if (thread.detail) thread.detail = { ...thread.detail, ...row }
  }
  learn([row])
}

export function learnMessage(conversation: string, message: Message): void {
  if (thread.id === conversation) messages.value = takeMessage(messages.value, message)
}

function follow(frame: LiveFrame): void {
  if (frame.type === "typing" && frame.conversation === thread.id && frame.by === "contact") {
    thread.contactTyping = frame.on
    clearTimeout(typingTimer)
    if (frame.on) typingTimer = setTimeout(() => (thread.contactTyping = false), TYPING_MS)
  } else if (frame.type === "typing" && frame.conversation === thread.id) {
    const { agent_id: id, by: name, on } = frame
    if (!id || id === me.value?.agent.id) return
    thread.viewers = [...thread.viewers.filter((viewer) => viewer.id !== id), { id, name, typing: on }]
    clearTimeout(colleagueTimer)
    if (on)
      colleagueTimer = setTimeout(
        () => (thread.viewers = thread.viewers.map((viewer) => ({ ...viewer, typing: false }))),
        TYPING_MS,
      )
  } else if (frame.type === "viewing" && frame.conversation === thread.id) {
    const typing = new Set(thread.viewers.filter((viewer) => viewer.typing).map((viewer) => viewer.id))
    thread.viewers = frame.agents.map((agent) => ({ ...agent, typing: agent.typing ?? typing.has(agent.id) }))
  } else if (
    frame.type === "event" &&
    thread.id &&
    frame.kind === "conversation.merged" &&
    frame.from?.includes(thread.id)
  ) {
    thread.movedTo = frame.conversation_id
  } else if (frame.type === "event" && thread.id && frame.conversation_id === thread.id) {
    if (frame.kind === "conversation.hidden") {
      clearTimeout(detailTimer)
      queued = null
      messages.value = unread
      Object.assign(thread, { row: null, detail: null, failed: "hidden", contactTyping: false, viewers: [] })
      return
    }
    if (thread.failed === "hidden") return void (frame.row && reopenThread())
    if (queued && !MOVES.has(frame.kind)) {
      queued.push(frame)
      return
    }
    if (frame.row && frame.row.version >= (thread.row?.version ?? -1)) {
      const { row, reply, attributes, linked, wrap_up, planned, translation, was_merged } = frame
      thread.row = row
      if (thread.detail)
        thread.detail = {
          ...thread.detail,
          ...row,
          ...(reply ? { reply } : {}),
          ...(attributes ? { attributes } : {}),
          ...(linked ? { linked } : {}),
          ...(was_merged === undefined ? {} : { was_merged }),
          ...(wrap_up !== undefined ? { wrap_up } : {}),
          ...(planned ? { planned } : {}),
          ...(translation !== undefined ? { translation } : {}),
        }
    }
    if (frame.message?.author === "contact") thread.contactTyping = false
    if (MOVES.has(frame.kind)) return void fetchNewest(true)
    const next = applyEvent(messages.value, frame)
    if (next === "gap") void fetchNewest()
    else messages.value = next
    // What may be replied, and until when, hangs on what was said; a frame without it sends us to ask.
    if (!frame.reply && frame.kind !== "conversation.read") {
      clearTimeout(detailTimer)
      detailTimer = setTimeout(() => void fetchDetail(), 400)
    }
  } else if (frame.type === "event" && frame.inbox && frame.inbox.id === thread.row?.inbox_id) {
    const { detail } = thread
    if (detail) thread.detail = { ...detail, reply: { ...detail.reply, paused: frame.inbox.state === "paused" } }
    askAgain()
  } else if (frame.type === "event" && frame.kind === "contact.changed" && thread.id) {
    askAgain(thread.row?.identity_kind === "group") // whoever speaks in a group may have got a name
  }
}

/** The open conversation's facts once more, when what follows each other has come. */
function askAgain(messagesToo = false): void {
  clearTimeout(detailTimer)
  detailTimer = setTimeout(() => {
    void fetchDetail()
    if (messagesToo) void fetchNewest()
  }, 800)
}

hear((frames) => frames.forEach(follow), { atOnce: true })
hear((frames) => {
  for (const frame of frames) if (frame.type === "event" && frame.row && frame.row.id === thread.id) learn([frame.row])
})
hearReset(() => thread.id && void reopenThread())
hearSent(learnMessage)
hearHeld(learnRow)
