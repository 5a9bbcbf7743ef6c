/** A week of opening hours as a form holds it, as the server keeps it, and as a sentence. */
import type { DaySpan, Holiday } from "@/server/hours.ts"

export type Line = { opens: string; closes: string }
export type Week = Line[][]
export type Day = { date: string; name: string; lines: Line[] }

const MONDAY = Date.UTC(2026, 10, 23)
export const DAYS = [0, 1, 2, 3, 4, 5, 6] as const
export const USUAL: Line = { opens: "09:00", closes: "18:00" }

/** What the reader's language calls a day of the week, Monday is 0. */
export const dayName = (day: number, language: string, weekday: "long" | "short" = "long"): string =>
  new Intl.DateTimeFormat(language, { weekday, timeZone: "UTC" }).format(MONDAY + day * 86_400_000)

/** A form cannot say 24:00: midnight at the end is 00:00 there. */
const shown = ({ opens, closes }: Line): Line => ({ opens, closes: closes === "24:00" ? "00:00" : closes })
const kept = ({ opens, closes }: Line): Line => ({ opens, closes: closes === "00:00" ? "24:00" : closes })

export const weekOf = (spans: readonly DaySpan[]): Week =>
  DAYS.map((day) => spans.filter((span) => span.day === day).map(shown))
export const spansOf = (week: Week): DaySpan[] =>
  DAYS.flatMap((day) => (week[day] ?? []).map((line) => ({ day, ...kept(line) })))
export const dayOf = (one: Holiday): Day => ({ date: one.date, name: one.name, lines: one.spans.map(shown) })
export const holidayOf = (one: Day): Holiday => ({ date: one.date, name: one.name.trim(), spans: one.lines.map(kept) })

/** Is there a time missing, or a day named twice or not at all? */
export function isWhole(week: Week, days: readonly Day[]): boolean {
  const lines = [...week.flat(), ...days.flatMap((one) => one.lines)]
  return (
    lines.every((line) => line.opens && line.closes) &&
    days.every((one) => one.date) &&
    new Set(days.map((one) => one.date)).size === days.length
  )
}

/** Days that open alike, one after another, together: [[0, 4, "09:00–18:00"], …]; closed days are left out. */
export function alike(spans: readonly DaySpan[]): [first: number, last: number, said: string][] {
  const found: [number, number, string][] = []
  for (const day of DAYS) {
    const said = spans
      .filter((span) => span.day === day)
      .sort((a, b) => a.opens.localeCompare(b.opens))
      .map((span) => `${span.opens}–${span.closes}`)
      .join(", ")
    const before = found.at(-1)
    if (said && before && before[1] === day - 1 && before[2] === said) before[1] = day
    else if (said) found.push([day, day, said])
  }
  return found
}

/** The week in one line: 周一–周五 09:00–18:00 · 周六 10:00–16:00; '' where it never opens. */
export const told = (spans: readonly DaySpan[], language: string): string =>
  alike(spans)
    .map(([first, last, said]) => {
      const names = [first, ...(last > first ? [last] : [])].map((day) => dayName(day, language, "short"))
      return `${names.join("–")} ${said}`
    })
    .join(" · ")
