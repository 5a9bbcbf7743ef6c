/** Dates and minutes of a week, as the coverage page reckons them. */
import { language } from "@/words/index.ts"

/** Minutes since midnight as a clock says them; the end of the day is 24:00. */
export const clockOf = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`
export const span = (begins: number, ends: number): string => `${clockOf(begins)}–${clockOf(ends)}`

const plain = (at: Date): string => at.toISOString().slice(0, 10)
export function shifted(iso: string, days: number): string {
  return plain(new Date(Date.parse(`${iso}T00:00:00Z`) + days * 86_400_000))
}
/** Monday is 0. */
export const weekday = (iso: string): number => (new Date(`${iso}T00:00:00Z`).getUTCDay() + 6) % 7
/** The Monday of the week of a moment, by the clock of `zone`. */
export function mondayOf(now: number, zone: string): string {
  const here = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(now)
  return shifted(here, -weekday(here))
}
export const dayName = (iso: string): string =>
  new Intl.DateTimeFormat(language.value, {
    weekday: "short",
    month: "numeric",
    day: "numeric",
    timeZone: "UTC",
  }).format(Date.parse(`${iso}T00:00:00Z`))
export const weekdayName = (iso: string): string =>
  new Intl.DateTimeFormat(language.value, { weekday: "long", timeZone: "UTC" }).format(Date.parse(`${iso}T00:00:00Z`))
