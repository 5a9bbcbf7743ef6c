/** Times and sizes as a reader of the chosen language says them. */
import { language, t } from "./index.ts"
import { wall } from "./zone.ts"

const formats = new Map<string, Intl.DateTimeFormat>()

function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language.value} ${name} ${options.timeZone ?? ""}`
  const found = formats.get(key) ?? new Intl.DateTimeFormat(language.value, options)
  formats.set(key, found)
  return found
}

/** 14:05 */
export const clock = (at: string | number | Date) =>
  format("clock", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at))

/** Everything, for a tooltip. */
export const exactly = (at: string | number) =>
  format("exactly", { dateStyle: "full", timeStyle: "medium" }).format(new Date(at))

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}
function daysAgo(at: number, now: number): number {
  return Math.round((midnight(now) - midnight(at)) / 86_400_000)
}

/** 今天, 昨天, 11月2日 星期一, with the year when it is another one. */
export function day(iso: string, now: number): string {
  const at = Date.parse(iso)
  const ago = daysAgo(at, now)
  if (ago === 0) return t("time.today")
  if (ago === 1) return t("time.yesterday")
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return format(sameYear ? "day" : "day+year", {
    month: "long",
    day: "numeric",
    weekday: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(at)
}

/** In a list: 14:05 today, 昨天, a weekday within the week, else 11/2. */
export function shortly(iso: string, now: number): string {
  const at = Date.parse(iso)
  const ago = daysAgo(at, now)
  if (ago <= 0) return clock(at)
  if (ago === 1) return t("time.yesterday")
  if (ago < 7) return format("weekday", { weekday: "short" }).format(at)
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return format(sameYear ? "date" : "date+year", {
    month: "numeric",
    day: "numeric",
    ...(sameYear ? {} : { year: "2-digit" }),
  }).format(at)
}

/** A moment to come, by the clock of `zone`: 14:05, 明天 09:00, 周一 09:00, 11/30 09:00. */
export function upcoming(at: string | number | Date, now: number, zone: string): string {
  const then = new Date(at).getTime()
  const dayThere = (time: number) => Math.floor(wall(time, zone).getTime() / 86_400_000)
  const ahead = dayThere(then) - dayThere(now)
  const time = format("clock", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(then)
  if (ahead <= 0) return time
  if (ahead === 1) return `${t("time.tomorrow")} ${time}`
  if (ahead < 7) return `${format("weekday", { weekday: "short", timeZone: zone }).format(then)} ${time}`
  return `${format("date", { month: "numeric", day: "numeric", timeZone: zone }).format(then)} ${time}`
}

/** How long something has lasted, ticking: 0:42, 12:05, then 3 h, 2 d. */
export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
  if (seconds < 86_400) return t("time.hours", { count: Math.floor(seconds / 3600) })
  return t("time.days", { count: Math.floor(seconds / 86_400) })
}

/** What is left, rounded down: 31 h, 12 min, 40 s. */
export function remaining(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds >= 172_800) return t("time.days", { count: Math.floor(seconds / 86_400) })
  if (seconds >= 3600) return t("time.hours", { count: Math.floor(seconds / 3600) })
  if (seconds >= 60) return t("time.minutes", { count: Math.floor(seconds / 60) })
  return t("time.seconds", { count: seconds })
}

/** Milliseconds of sound: 0:07. */
export const playing = (ms: number) => lasting(Math.round(ms / 1000) * 1000)

/** 48 KB, 1.8 MB */
export function bytes(size: number): string {
  const [value, unit] = size >= 1_000_000 ? [size / 1e6, "MB"] : [Math.max(1, size / 1e3), "KB"]
  return `${new Intl.NumberFormat(language.value, { maximumFractionDigits: unit === "MB" ? 1 : 0 }).format(value)} ${unit}`
}
