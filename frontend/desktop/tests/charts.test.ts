/** The ground of a chart: round lines that hold everything, names that fit, lines broken where nothing was. */
import { expect, test } from "vitest"
import { named, pieces, ticks } from "../src/design/charts/scale.ts"

test.each([0, 1, 3, 4, 7, 12, 99, 101, 5000, 123_456])("%i of something stands below the highest line", (most) => {
  for (const timed of [false, true]) {
    const lines = ticks(most, timed)
    expect(lines[0]).toBe(0)
    expect(lines.at(-1)!).toBeGreaterThanOrEqual(most)
    expect(lines.length).toBeLessThanOrEqual(6)
    expect(new Set(lines).size).toBe(lines.length)
    expect(lines.every(Number.isInteger)).toBe(true)
  }
})

test("durations have lines where clocks have them", () => {
  expect(ticks(170, true)).toEqual([0, 60, 120, 180])
  expect(ticks(3 * 3600, true)).toEqual([0, 3600, 7200, 10_800])
})

test("the last day is always named, and never more than there is room for", () => {
  expect(named(7, 20)).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(named(90, 6).at(-1)).toBe(89)
  expect(named(90, 6).length).toBeLessThanOrEqual(6)
})

test("a line is broken where there is no value", () => {
  expect(pieces([null, 3, 4, null, 0])).toEqual([
    [
      [1, 3],
      [2, 4],
    ],
    [[4, 0]],
  ])
})
