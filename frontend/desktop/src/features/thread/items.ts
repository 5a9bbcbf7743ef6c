/** From messages to what the thread draws: one item each, knowing its neighbours. Pure. */
import type { Outgoing } from "@/server/shelf.ts"
import type { Message } from "@/server/types.ts"

const TOGETHER_MS = 4 * 60_000

export type Item = {
  key: string
  message: Message | null
  pending: Outgoing | null
  side: "theirs" | "ours" | "middle"
  /** The day begins here: its date. */
  day: string | null
  /** What the agent has not seen begins here. */
  fresh: boolean
  first: boolean
  last: boolean
}

/** `unseen`: how many of the contact's newest messages are news. Outgoing ones that the server has already are left out. */
export function itemsOf(messages: readonly Message[], outgoing: readonly Outgoing[], unseen: number): Item[] {
  const ids = new Set(messages.map((message) => message.id))
  const items: Item[] = messages.map((message) => ({
    key: message.id,
    message,
    pending: null,
    side:
      message.kind === "event" || message.author === "system"
        ? "middle"
        : message.author === "contact"
          ? "theirs"
          : "ours",
    day: null,
    fresh: false,
    first: true,
    last: true,
  }))
  for (const pending of outgoing)
    if (!ids.has(pending.id))
      items.push({
        key: pending.id,
        message: null,
        pending,
        side: "ours",
        day: null,
        fresh: false,
        first: true,
        last: true,
      })
  let previous: Item | undefined
  for (const item of items) {
    if (!previous || dayOf(previous) !== dayOf(item)) item.day = new Date(timeOf(item)).toISOString()
    if (previous && !item.day && together(previous, item)) {
      item.first = false
      previous.last = false
    }
    previous = item
  }
  if (unseen > 0) {
    const theirs = items.filter((item) => item.side === "theirs")
    const first = theirs.at(-Math.min(unseen, theirs.length))
    if (first && items[0] !== first) first.fresh = true
  }
  return items
}

const timeOf = (item: Item): number => (item.message ? Date.parse(item.message.sent_at) : item.pending!.at)
const dayOf = (item: Item): number => new Date(timeOf(item)).setHours(0, 0, 0, 0)

function voice(item: Item): string {
  if (item.pending) return `ours ${item.pending.mode}`
  const { author, agent, sender, is_note, kind } = item.message!
  return `${author} ${agent?.id ?? ""} ${sender?.id ?? ""} ${is_note} ${kind === "whisper"}`
}

function together(a: Item, b: Item): boolean {
  if (a.side === "middle" || b.side === "middle" || a.side !== b.side) return false
  if (a.pending || b.pending) return !!a.pending && !!b.pending && a.pending.mode === b.pending.mode
  const troubled = a.message!.state === "failed" || a.message!.state === "unknown"
  return !troubled && voice(a) === voice(b) && timeOf(b) - timeOf(a) < TOGETHER_MS
}
