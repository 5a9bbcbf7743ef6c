/** Times to put a conversation off until, that make sense at this hour. Pure. */
export type SnoozeTime = { key: "hour" | "three_hours" | "evening" | "tomorrow" | "monday"; at: Date }

const MORNING = 9
const EVENING = 18

function atHour(from: Date, days: number, hour: number): Date {
  const at = new Date(from)
  at.setDate(at.getDate() + days)
  at.setHours(hour, 0, 0, 0)
  return at
}

/** In an hour, in three, this evening while that is still three hours off, tomorrow morning, next Monday. */
export function snoozeTimes(now: Date): SnoozeTime[] {
  const inHours = (hours: number) => new Date(Math.ceil((now.getTime() + hours * 3_600_000) / 300_000) * 300_000)
  const toMonday = (8 - now.getDay()) % 7 || 7
  return [
    { key: "hour", at: inHours(1) },
    { key: "three_hours", at: inHours(3) },
    ...(now.getHours() + 3 < EVENING ? [{ key: "evening" as const, at: atHour(now, 0, EVENING) }] : []),
    { key: "tomorrow", at: atHour(now, 1, MORNING) },
    ...(toMonday > 1 ? [{ key: "monday" as const, at: atHour(now, toMonday, MORNING) }] : []),
  ]
}
