/** What the thread draws of messages: groups, days, what is new, and nothing twice. */
import { expect, test } from "vitest"
import { itemsOf } from "@/features/thread/items.ts"
import { linked } from "@/features/thread/linked.ts"
import { inParts } from "@/features/list/snippet.ts"
import type { Outgoing } from "@/server/shelf.ts"
import type { Message } from "@/server/types.ts"

const message = (seq: number, minute: number, more: Partial<Message> = {}): Message =>
  ({
    seq,
    id: `m${seq}`,
    author: "contact",
    kind: "text",
    agent: null,
    sender: null,
    is_note: false,
    state: "received",
    sent_at: new Date(2026, 0, 5, 10, minute).toISOString(),
    content: { kind: "text", text: "x" },
    ...more,
  }) as Message

test("what one person says within minutes stands together; a failed reply stands for itself", () => {
  const items = itemsOf(
    [
      message(1, 0),
      message(2, 1),
      message(3, 9),
      message(4, 9, { author: "agent", state: "failed" }),
      message(5, 9, { author: "agent" }),
    ],
    [],
    0,
  )
  expect(items.map((item) => [item.first, item.last])).toEqual([
    [true, false],
    [false, true],
    [true, true],
    [true, true],
    [true, true],
  ])
})

test("each day begins once", () => {
  const items = itemsOf(
    [message(1, 0), message(2, 1), { ...message(3, 0), sent_at: new Date(2026, 0, 6, 10).toISOString() }],
    [],
    0,
  )
  expect(items.map((item) => item.day !== null)).toEqual([true, false, true])
})

test("the line of the unseen stands above the contact's newest messages", () => {
  const items = itemsOf([message(1, 0), message(2, 1, { author: "agent" }), message(3, 2), message(4, 2)], [], 2)
  expect(items.map((item) => item.fresh)).toEqual([false, false, true, false])
})

test("what the server has is not shown a second time as outgoing", () => {
  const pending = { id: "m2", mode: "reply", content: { kind: "text", text: "x" }, at: Date.now() } as Outgoing
  expect(itemsOf([message(1, 0), message(2, 1)], [pending], 0)).toHaveLength(2)
  expect(itemsOf([message(1, 0)], [pending], 0)).toHaveLength(2)
})

test.each([
  ["看 https://a.example/x?y=1，谢谢", "https://a.example/x?y=1"],
  ["(https://a.example/x).", "https://a.example/x"],
  ["javascript:alert(1) http://", undefined],
])("an address ends where the sentence goes on: %s", (text, address) => {
  expect(linked(text).find((piece) => piece.href)?.href).toBe(address)
  expect(
    linked(text)
      .map((piece) => piece.text)
      .join(""),
  ).toBe(text)
})

test("a hit deep in a text is cut out with a little before it", () => {
  const parts = inParts(`${"很".repeat(60)}杯子碎了`, "杯子")
  expect(parts[0]!.text.startsWith("…")).toBe(true)
  expect(parts.filter((part) => part.hit).map((part) => part.text)).toEqual(["杯子"])
})
