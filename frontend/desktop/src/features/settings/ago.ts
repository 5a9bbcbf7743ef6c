/** Times as people say them: a moment ago, yesterday, a date. */

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
]

/** How long before `now` (milliseconds) `iso` was: relative within a week, else the date. */
export function ago(iso: string, now: number, language: string): string {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000)
  if (seconds > 7 * 86_400) return moment(iso, language)
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" })
  for (const [unit, length] of STEPS) if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit)
  return relative.format(0, "minute")
}

/** The day and the minute. */
export function moment(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(Date.parse(iso))
}
