/** Shares of the day as the wallboard writes them, and when one of them calls for somebody. */
import { language } from "@/words/index.ts"

/** Fewer promises kept than this call for somebody, once there are a few. */
const KEEPS = 0.9
const FEW = 10
type Promises = { kept: number; missed: number }

export const share = (part: number, whole: number) =>
  whole
    ? new Intl.NumberFormat(language.value, { style: "percent", maximumFractionDigits: 1 }).format(part / whole)
    : "–"
export const keptShare = (its: Promises) => share(its.kept, its.kept + its.missed)
export function breaksPromises(its: Promises): boolean {
  const promised = its.kept + its.missed
  return promised >= FEW && its.kept / promised < KEEPS
}
