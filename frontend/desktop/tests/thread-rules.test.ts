/** The law of threads: old snapshot + events = fresh snapshot, and a gap is noticed, never papered over. */
import { describe, expect, test } from "vitest"
import { applyEvent, takeMessage, takeNewest, takeOlder, unread, type ThreadState } from "@/server/thread-rules.ts"
import type { Message, MessagePage } from "@/server/types.ts"
import { chance } from "./chance.ts"

const PAGE = 10

function makeServer(seed: number) {
  const { below, pick, happens } = chance(seed)
  const messages: Message[] = []
  let version = 0
  function change() {
    version++
    if (messages.length && happens(0.35)) {
      const at = below(messages.length)
      messages[at] = { ...messages[at]!, state: pick(["sent", "delivered", "read", "failed"] as const) }
      return { version, message: messages[at]! }
    }
    if (happens(0.15)) return { version, message: null }
    const seq = messages.length + 1
    // Channels deliver late: the clock of a message may lie a little before that of its neighbour.
    const sent_at = new Date(Date.UTC(2026, 0, 1) + seq * 1000 - below(4000)).toISOString()
    const message = { seq, id: `m${seq}`, sent_at, state: "received", author: "contact" } as Message
    messages.push(message)
    return { version, message }
  }
  const page = (rows: Message[], has_more: boolean): MessagePage => ({ rows, version, has_more })
  return {
    change,
    happens,
    below,
    newest: () => page(messages.slice(-PAGE), messages.length > PAGE),
    before: (seq: number) =>
      page(messages.filter((m) => m.seq < seq).slice(-PAGE), messages.filter((m) => m.seq < seq).length > PAGE),
    all: () => [...messages].sort((a, b) => Date.parse(a.sent_at) - Date.parse(b.sent_at) || a.seq - b.seq),
  }
}

describe("old snapshot + events = fresh snapshot", () => {
  test("with lost events, older pages and own answers in between", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const server = makeServer(seed)
      for (let at = 0; at < 25; at++) server.change()
      let state: ThreadState = takeNewest(unread, server.newest())
      for (let step = 0; step < 80; step++) {
        const event = server.change()
        if (server.happens(0.1)) continue // lost on the way
        if (event.message && server.happens(0.1)) state = takeMessage(state, event.message) // the answer comes before its event
        const next = applyEvent(state, event)
        state = next === "gap" ? takeNewest(state, server.newest()) : next
        if (server.happens(0.05)) {
          const first = Math.min(...state.messages.map((message) => message.seq))
          if (state.older) state = takeOlder(state, server.before(first))
        }
      }
      const last = applyEvent(state, server.change())
      state = last === "gap" ? takeNewest(state, server.newest()) : last
      // What lies above a gap may be older than we know: the newest page is the truth.
      const truth = new Set(server.newest().rows.map((message) => message.seq))
      const shown = state.messages.filter((message) => truth.has(message.seq))
      expect(shown, `seed ${seed}`).toEqual(server.all().filter((message) => truth.has(message.seq)))
      const seqs = state.messages.map((message) => message.seq).sort((a, b) => a - b)
      expect(seqs, `seed ${seed}: no hole`).toEqual(seqs.map((_, at) => seqs[0]! + at))
    }
  })

  test("a version that skips one is a gap, an older one is nothing new", () => {
    const state: ThreadState = { messages: [], version: 4, older: false }
    expect(applyEvent(state, { version: 6, message: null })).toBe("gap")
    expect(applyEvent(state, { version: 4, message: null })).toBe(state)
    expect(applyEvent(state, { version: 5, message: null })).toEqual({ ...state, version: 5 })
  })

  test("a page that was overtaken by events does not take them back", () => {
    const state: ThreadState = { messages: [], version: 9, older: false }
    expect(takeNewest(state, { rows: [], version: 8, has_more: false })).toBe(state)
  })
})
