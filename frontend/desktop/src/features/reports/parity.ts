/** How one channel stands beside all together, and what a page of equal channels says first. */
import type { Parity, Served } from "@/server/reports.ts"

export type Measure = Served["compared"][number]["measure"]
export type Verdict = Parity["verdict"]
export const TIMES = ["waited", "first_answered", "resolved"] as const
export const SHARES = ["passed_on", "solved_at_once", "satisfied"] as const
export const MEASURES: readonly Measure[] = [...TIMES, ...SHARES]
/** Of what more is better. */
const GOOD: readonly Measure[] = ["solved_at_once", "satisfied"]
const isTimed = (measure: Measure): measure is (typeof TIMES)[number] => TIMES.some((one) => one === measure)

/** The middle duration in seconds, or the share; null where nothing was counted. */
export function valueOf(one: Served, measure: Measure): number | null {
  if (isTimed(measure)) return one[measure].median
  const of = measure === "passed_on" ? one.opened : measure === "satisfied" ? one.rated : one.resolved.count
  return of ? Math.min(1, one[measure] / of) : null
}

/** By how much it differs from the whole: durations as a part of it, shares in points of a hundred. */
export function differenceOf(one: Served, whole: Served, measure: Measure): number | null {
  const [here, all] = [valueOf(one, measure), valueOf(whole, measure)]
  if (here === null || all === null) return null
  if (!isTimed(measure)) return (here - all) * 100
  return all ? (here - all) / all : null
}

export const comparedIn = (one: Served, measure: Measure) => one.compared.find((it) => it.measure === measure)!

/** Does more of it serve the customer worse? null where it is not known to be another. */
export function isWorse(one: Served, measure: Measure): boolean | null {
  const it = comparedIn(one, measure)
  if (it.verdict !== "differs" || it.longer === null) return null
  return it.longer > (isTimed(measure) ? 50 : 0) !== GOOD.includes(measure)
}

/** What differs, what is surest first. */
export function differing(found: Parity): { one: Served; measure: Measure; worse: boolean; longer: number }[] {
  const all = found.channels.flatMap((one) =>
    one.compared
      .filter((it) => it.verdict === "differs")
      .map((it) => ({ one, measure: it.measure, worse: isWorse(one, it.measure)!, longer: it.longer!, p: it.p! })),
  )
  return all.sort((a, b) => Number(b.worse) - Number(a.worse) || a.p - b.p || off(b) - off(a))
}
const off = ({ measure, longer }: { measure: Measure; longer: number }) =>
  Math.abs(longer - (isTimed(measure) ? 50 : 0))

/** Where the bar of a channel ends, from -1 to 1; doubled and halved durations are equally far from the middle. */
export function reach(difference: number | null, measure: Measure): number {
  if (difference === null) return 0
  const far = isTimed(measure) ? Math.log2(Math.max(1 + difference, 1 / 16)) / 2 : difference / 25
  return Math.max(-1, Math.min(1, far))
}
