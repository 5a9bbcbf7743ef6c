/** A finger on a row: aside is not along, and only far enough is meant. */
import { expect, test } from "vitest"
import { farEnough, meaning, outcome, ownStart } from "@/features/list/swiping.ts"

test("a finger that scrolls, even slantwise, never draws a row aside", () => {
  expect(meaning({ x: 3, y: 4 })).toBe(null)
  expect(meaning({ x: 6, y: 40 })).toBe("along")
  expect(meaning({ x: 30, y: -30 })).toBe("along")
  expect(meaning({ x: 12, y: 2 })).toBe(null)
  expect(meaning({ x: -20, y: 6 })).toBe("aside")
  expect(meaning({ x: 40, y: 12 })).toBe("aside")
})

test("drawn right it is put aside and left resolved, from a third of a narrow row or 96 px on", () => {
  expect([farEnough(200), farEnough(390), farEnough(1024)]).toEqual([70, 96, 96])
  expect([outcome(95, 390), outcome(96, 390), outcome(-95, 390), outcome(-96, 390)]).toEqual([
    null,
    "snooze",
    null,
    "resolve",
  ])
})

test("what begins at the edge of the screen is the browser's way back", () => {
  expect([ownStart(8, 390), ownStart(200, 390), ownStart(384, 390)]).toEqual([false, true, false])
})
