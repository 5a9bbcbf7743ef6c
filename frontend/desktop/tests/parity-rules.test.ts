/** Equal channels: which of the differences is said first, and on which side a bar stands. */
import { expect, test } from "vitest"
import { differenceOf, differing, isWorse, reach, valueOf, type Measure } from "@/features/reports/parity.ts"
import type { Parity, Served } from "@/server/reports.ts"

const took = (median: number | null) => ({ count: 40, mean: median, median, p90: median })
type Said = Partial<Record<Measure, [verdict: "equal" | "differs" | "too_few", longer: number, p: number]>>
const served = (channel: string, median: number, said: Said = {}): Served => ({
  channel,
  agents: 1,
  received: 40,
  opened: 40,
  waited: took(median),
  first_answered: took(median),
  resolved: took(median),
  passed_on: 10,
  transferred: 12,
  stepped_in: 1,
  moved: 1,
  solved_at_once: 30,
  rated: 0,
  satisfied: 0,
  compared: (["waited", "first_answered", "resolved", "passed_on", "solved_at_once", "satisfied"] as const).map(
    (measure) => {
      const [verdict, longer, p] = said[measure] ?? ["equal", 50, 1]
      return { measure, verdict, longer, p }
    },
  ),
})

test("what serves customers worse is said before what serves them better, and the surest first", () => {
  const line = served("line", 200, { waited: ["differs", 70, 0.02], solved_at_once: ["differs", -20, 0.01] })
  const web = served("webchat", 50, { waited: ["differs", 20, 0.001], passed_on: ["differs", 12, 0.03] })
  const found = { channels: [line, web], whole: served("", 100) } as unknown as Parity
  expect(differing(found).map(({ one, measure }) => `${one.channel} ${measure}`)).toEqual([
    "line solved_at_once",
    "line waited",
    "webchat passed_on",
    "webchat waited",
  ])
  expect(isWorse(web, "waited")).toBe(false)
  expect(isWorse(web, "resolved")).toBeNull()
})

test("twice as long and half as long are equally far from the middle, and nothing counted is nowhere", () => {
  const whole = served("", 100)
  const twice = reach(differenceOf(served("a", 200), whole, "waited"), "waited")
  const half = reach(differenceOf(served("b", 50), whole, "waited"), "waited")
  expect([twice, half]).toEqual([0.5, -0.5])
  expect(reach(differenceOf(served("c", 100_000), whole, "waited"), "waited")).toBe(1)
  expect(valueOf(whole, "satisfied")).toBeNull()
  expect(reach(differenceOf(whole, whole, "satisfied"), "satisfied")).toBe(0)
})
