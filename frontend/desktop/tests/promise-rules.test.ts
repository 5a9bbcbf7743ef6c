/** Which promise a row shows, and when it is quiet, seen and late. */
import { expect, test } from "vitest"
import { shownPromise, type Clock } from "@/server/promise-rules.ts"
import type { ConversationRow } from "@/server/types.ts"

const at = (minute: number) => new Date(Date.UTC(2026, 9, 25, 0, minute)).toISOString()
const clock = (promise: Clock["promise"], due: number, more: Partial<Clock> = {}) =>
  ({ promise, runs: true, amber_at: at(due - 5), due_at: at(due), warned_at: null, missed_at: null, ...more }) as Clock
const shown = (promises: Clock[], minute: number) =>
  shownPromise({ promises } as ConversationRow, Date.parse(at(minute)))

test("it is quiet, then seen, then late, by its own moments", () => {
  const promises = [clock("first", 10)]
  expect([0, 4, 5, 9, 10, 12].map((minute) => shown(promises, minute)!.tone)).toEqual([
    "plain",
    "plain",
    "warn",
    "warn",
    "bad",
    "bad",
  ])
  expect([8, 12].map((minute) => shown(promises, minute)!.left)).toEqual([120_000, -120_000])
})

test("what is due first is shown, what stands still or is never due is not", () => {
  expect(shown([clock("next", 20), clock("resolve", 12)], 0)?.promise).toBe("resolve")
  expect(shown([clock("next", 20), clock("resolve", 12, { runs: false })], 0)?.promise).toBe("next")
  expect(shown([clock("first", 9, { due_at: null })], 0)).toBeNull()
})
