/** The words of the visitor's language, which came with the page. */

import type en from "../words/en.json"

type Words = typeof en
export const words: Words = JSON.parse(document.getElementById("words")?.textContent ?? "{}")

export const say = (template: string, name: string): string => template.replace("{name}", () => name)

const asian = words.lang !== "en"
const clock = new Intl.DateTimeFormat(
  words.lang,
  asian ? { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } : { hour: "numeric", minute: "2-digit" },
)
const date = new Intl.DateTimeFormat(words.lang, { month: "long", day: "numeric", weekday: "short" })
const longDate = new Intl.DateTimeFormat(words.lang, { year: "numeric", month: "long", day: "numeric" })

export const time = (at: Date): string => clock.format(at)

/** Today, yesterday, or the date; with the year when it is another one. */
export function day(at: Date): string {
  const now = new Date()
  const days = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 864e5)
  if (days === 0) return words.today
  if (days === 1) return words.yesterday
  return (at.getFullYear() === now.getFullYear() ? date : longDate).format(at)
}

export const size = (bytes: number): string =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`
