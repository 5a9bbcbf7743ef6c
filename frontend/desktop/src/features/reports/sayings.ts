/** How numbers, durations and days are said in a report. */
import { language, t } from "@/words/index.ts"

export const number = (value: number) => new Intl.NumberFormat(language.value).format(value)

/** Of the promises that were kept or missed those that were kept; null when there were none. */
export const rate = ({ kept, missed }: { kept: number; missed: number }) =>
  kept + missed ? kept / (kept + missed) : null
/** 96.2 % */
export const percent = (part: number) =>
  new Intl.NumberFormat(language.value, { style: "percent", maximumFractionDigits: 1 }).format(part)

/** +35 % */
export const signedPercent = (part: number) =>
  new Intl.NumberFormat(language.value, {
    style: "percent",
    maximumFractionDigits: 0,
    signDisplay: "exceptZero",
  }).format(part)
/** +4.2, in points of a hundred */
export const byPoints = (points: number) =>
  t("parity.points", {
    count: new Intl.NumberFormat(language.value, { maximumFractionDigits: 1, signDisplay: "exceptZero" }).format(
      points,
    ),
  })

/** 8 s, 4 min, 4:05 min below ten, 3.5 h, 2.1 d: two figures that matter, for people compare them. */
export function took(seconds: number): string {
  const round = (value: number) =>
    new Intl.NumberFormat(language.value, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)
  if (seconds < 60) return t("reports.seconds", { count: seconds })
  if (seconds < 3600) return t("reports.minutes", { count: round(seconds / 60) })
  if (seconds < 172_800) return t("reports.hours", { count: round(seconds / 3600) })
  return t("reports.days", { count: round(seconds / 86_400) })
}

const dated = (iso: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(language.value, { ...options, timeZone: "UTC" }).format(new Date(`${iso}T00:00:00Z`))
/** 11/2 */
export const shortDay = (iso: string) => dated(iso, { month: "numeric", day: "numeric" })
/** 11月2日 星期一 */
export const longDay = (iso: string) => dated(iso, { month: "short", day: "numeric", weekday: "short" })

/** By how much more or less than before, in per cent; null when there is nothing to compare. */
export function change(now: number | null, before: number | null): number | null {
  if (now === null || !before) return null
  return Math.round(((now - before) / before) * 100)
}
