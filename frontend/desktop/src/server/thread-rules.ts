/** How one conversation's messages follow events. Pure: *old snapshot + events = fresh snapshot*; a gap says so. */
import type { LiveEvent, Message, MessagePage } from "./types.ts"

export type ThreadState = {
  /** In display order: the channel's time, then arrival. */
  messages: readonly Message[]
  /** The conversation's version that the messages stand at; -1 before the first page. */
  version: number
  /** Older messages can be loaded. */
  older: boolean
}
export const unread: ThreadState = { messages: [], version: -1, older: false }

function inOrder(messages: Iterable<Message>): Message[] {
  return [...messages].sort((a, b) => Date.parse(a.sent_at) - Date.parse(b.sent_at) || a.seq - b.seq)
}

/** The newest page. What stands between it and the messages that we had is unknown, so those stay only if they touch. */
export function takeNewest(state: ThreadState, page: MessagePage): ThreadState {
  if (page.version < state.version) return state
  const first = page.rows.reduce((least, message) => Math.min(least, message.seq), Infinity)
  const kept = state.messages.filter((message) => message.seq < first)
  const touches = kept.some((message) => message.seq === first - 1)
  return {
    messages: inOrder(touches ? [...kept, ...page.rows] : page.rows),
    version: page.version,
    older: touches ? state.older : page.has_more,
  }
}

/** An older page, put in front. It never changes what is newer. */
export function takeOlder(state: ThreadState, page: MessagePage): ThreadState {
  const known = new Set(state.messages.map((message) => message.seq))
  return {
    ...state,
    messages: inOrder([...page.rows.filter((message) => !known.has(message.seq)), ...state.messages]),
    older: page.has_more,
  }
}

/**
 * A message that we hold in our hands: from an event, or the answer to our own post, whose version waits for its event.
 * One from above what is loaded comes with its page, or there would be a hole below it.
 */
export function takeMessage(state: ThreadState, message: Message): ThreadState {
  if (state.older && state.messages.every((other) => other.seq > message.seq)) return state
  const others = state.messages.filter((other) => other.seq !== message.seq)
  return { ...state, messages: inOrder([...others, message]) }
}

/** One event of this conversation. "gap": something before it was missed, fetch the newest page. */
export function applyEvent(
  state: ThreadState,
  event: Pick<LiveEvent, "version" | "message" | "messages">,
): ThreadState | "gap" {
  if (event.version === null || event.version <= state.version) return state
  if (event.version !== state.version + 1) return "gap"
  const next = { ...state, version: event.version }
  return (event.messages ?? (event.message ? [event.message] : [])).reduce(takeMessage, next)
}
