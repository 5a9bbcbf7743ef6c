/** Times to put a conversation off until, that make sense at this hour. Pure. */
import { moment, wall } from "@/words/zone.ts"

export type SnoozeTime = { key: "hour" | "three_hours" | "evening" | "tomorrow" | "monday"; at: Date }

const MORNING = 9
const EVENING = 18

/** In an hour, in three, this evening while that is still three hours off, tomorrow morning, next Monday: by the clock of `zone`. */
export function snoozeTimes(now: Date, zone: string): SnoozeTime[] {
  const there = wall(now.getTime(), zone)
  const inHours = (hours: number) => new Date(Math.ceil((now.getTime() + hours * 3_600_000) / 300_000) * 300_000)
  const atHour = (days: number, hour: number) =>
    moment(new Date(Date.UTC(there.getUTCFullYear(), there.getUTCMonth(), there.getUTCDate() + days, hour)), zone)
  const toMonday = (8 - there.getUTCDay()) % 7 || 7
  return [
    { key: "hour", at: inHours(1) },
    { key: "three_hours", at: inHours(3) },
    ...(atHour(0, EVENING) > inHours(3) ? [{ key: "evening" as const, at: atHour(0, EVENING) }] : []),
    { key: "tomorrow", at: atHour(1, MORNING) },
    ...(toMonday > 1 ? [{ key: "monday" as const, at: atHour(toMonday, MORNING) }] : []),
  ]
}
