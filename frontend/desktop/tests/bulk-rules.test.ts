/** What takes an act back leads to where it came from. */
import { expect, test } from "vitest"
import { inParts, inverse } from "@/server/bulk-rules.ts"
import type { Act, ConversationRow } from "@/server/types.ts"

const row = (parts: Partial<ConversationRow>) =>
  ({
    state: "open",
    tags: [],
    unread: 0,
    assignee: null,
    snoozed_until: null,
    wakes_on_reply: true,
    ...parts,
  }) as unknown as ConversationRow
const LATER = "2099-01-01T09:00:00.000Z"
const asleep = row({ state: "snoozed", snoozed_until: LATER })

test.each<[string, Act, ConversationRow, Act | null]>([
  ["what was open opens again", { do: "resolve" }, row({}), { do: "reopen", undo: true }],
  ["what slept sleeps on", { do: "resolve" }, asleep, { do: "snooze", until: LATER, on_reply: true, undo: true }],
  [
    "what waited for a word waits on",
    { do: "resolve" },
    row({ state: "snoozed" }),
    { do: "snooze", until: null, on_reply: true, undo: true },
  ],
  ["what was resolved already stays so", { do: "resolve" }, row({ state: "resolved" }), null],
  ["who was awake wakes", { do: "snooze", until: LATER }, row({}), { do: "reopen", undo: true }],
  [
    "it goes back to whose it was",
    { do: "assign", agent_id: null },
    row({ assignee: { id: "mei", name: "mei" } }),
    { do: "assign", agent_id: "mei" },
  ],
  [
    "only tags that came go",
    { do: "tag", add: ["a", "b"], remove: ["x", "y"] },
    row({ tags: ["a", "x"] }),
    { do: "tag", add: ["x"], remove: ["b"] },
  ],
  ["no tag came, none goes", { do: "tag", add: ["a"] }, row({ tags: ["a"] }), null],
  ["what was unread is so again", { do: "read" }, row({ unread: 3 }), { do: "unread" }],
])("%s", (_, act, before, back) => expect(inverse(act, before)).toEqual(back))

test("parts hold everything once and in order", () =>
  expect(inParts([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]))
