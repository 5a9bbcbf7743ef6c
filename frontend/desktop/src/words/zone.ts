/** Wall clocks of time zones: what a clock there shows, and when it shows what is asked. Pure. */

const shown = new Map<string, Intl.DateTimeFormat>()
const MINUTE = 60_000

/** The device's own zone. */
export const here = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** The zone, or the device's own when this browser has never heard of it. */
export function zoneOr(zone: string | undefined): string {
  try {
    return Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone
  } catch {
    return here()
  }
}

/** What the clock on the wall shows there, to the minute, as if it were the time at Greenwich: read it with getUTC…. */
export function wall(at: number, zone: string): Date {
  const format =
    shown.get(zone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    })
  shown.set(zone, format)
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  return new Date(Date.UTC(part["year"]!, part["month"]! - 1, part["day"]!, part["hour"]!, part["minute"]!))
}

/** When the clock there shows `wanted`, given as `wall` gives it. An hour that summer time skips is the hour after. */
export function moment(wanted: Date, zone: string): Date {
  const ahead = (at: number) => wall(at, zone).getTime() - Math.floor(at / MINUTE) * MINUTE
  const first = wanted.getTime() - ahead(wanted.getTime())
  const second = wanted.getTime() - ahead(first)
  return new Date(wall(second, zone).getTime() === wanted.getTime() ? second : Math.max(first, second))
}

/** Every time zone that there is to choose, and the one that is chosen now even if this browser does not know it. */
export const zoneChoices = (now: string): { value: string; title: string }[] =>
  [...new Set([now, ...Intl.supportedValuesOf("timeZone"), "UTC"])]
    .sort()
    .map((value) => ({ value, title: value.replaceAll("_", " ") }))
