/** Snoozing goes by the workspace's clock, wherever the agent's own clock hangs. */
import { expect, test } from "vitest"
import { snoozeTimes } from "@/server/snooze-times.ts"
import { upcoming } from "@/words/time.ts"
import { moment, wall, zoneOr } from "@/words/zone.ts"

const ZONES = ["Asia/Shanghai", "America/Los_Angeles", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati"]
const iso = (now: string, zone: string) =>
  Object.fromEntries(snoozeTimes(new Date(now), zone).map(({ key, at }) => [key, at.toISOString()]))

test("nothing is snoozed into the past, and Monday is offered only when tomorrow is not Monday", () => {
  for (const zone of ZONES)
    for (let hour = 0; hour < 24 * 14; hour++) {
      const now = new Date(Date.UTC(2026, 0, 1, hour, 13))
      const times = snoozeTimes(now, zone)
      expect(times.every(({ at }) => at > now)).toBe(true)
      expect(new Set(times.map(({ at }) => at.getTime())).size).toBe(times.length)
    }
})

test("tomorrow morning is tomorrow and morning where the workspace is", () => {
  // A Friday evening at Greenwich is already Saturday in Shanghai and still morning in Los Angeles.
  const now = "2026-01-02T17:00:00Z"
  expect(iso(now, "Asia/Shanghai")).toMatchObject({
    evening: "2026-01-03T10:00:00.000Z",
    tomorrow: "2026-01-04T01:00:00.000Z",
    monday: "2026-01-05T01:00:00.000Z",
  })
  expect(iso(now, "America/Los_Angeles")).toMatchObject({
    evening: "2026-01-03T02:00:00.000Z",
    tomorrow: "2026-01-03T17:00:00.000Z",
    monday: "2026-01-05T17:00:00.000Z",
  })
  expect(upcoming("2026-01-04T01:00:00Z", Date.parse(now), "Asia/Shanghai")).toContain("09:00")
})

test("the night when clocks change, morning is still at nine", () => {
  expect(iso("2026-03-28T20:00:00Z", "Europe/Berlin")["tomorrow"]).toBe("2026-03-29T07:00:00.000Z")
  expect(iso("2026-10-24T20:00:00Z", "Europe/Berlin")["tomorrow"]).toBe("2026-10-25T08:00:00.000Z")
})

test("what a clock shows leads back to the moment, and a skipped hour to the one after it", () => {
  for (const zone of ["America/Los_Angeles", "Europe/Berlin", "Asia/Kathmandu"])
    for (let hour = 0; hour < 24 * 365; hour++) {
      const at = Date.UTC(2026, 0, 1, hour, 30)
      const shows = wall(at, zone)
      expect(wall(moment(shows, zone).getTime(), zone)).toEqual(shows)
    }
  expect(moment(new Date("2026-03-29T02:30:00Z"), "Europe/Berlin").toISOString()).toBe("2026-03-29T01:30:00.000Z")
  expect(moment(new Date("2026-03-08T02:30:00Z"), "America/Los_Angeles").toISOString()).toBe("2026-03-08T10:30:00.000Z")
})

test("a zone that the browser has never heard of is the device's own", () => {
  expect(zoneOr("Mars/Olympus")).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone)
  expect(zoneOr("Asia/Tokyo")).toBe("Asia/Tokyo")
})
