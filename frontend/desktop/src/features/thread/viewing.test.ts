/** Zooming keeps the point under the pointer, and no picture can be lost out of its frame. */
import { expect, test } from "vitest"
import { FITTED, held, LARGEST, zoomed } from "./viewing.ts"

const frame = { width: 800, height: 600 }
const shown = { width: 800, height: 500 }

test("the point under the pointer stays under it", () => {
  const place = zoomed(FITTED, 3, 200, 100, frame, shown)
  expect(place.scale).toBe(3)
  expect((200 - place.x) / place.scale).toBeCloseTo(200)
  expect((100 - place.y) / place.scale).toBeCloseTo(100)
})

test("a picture stops at its own edge, and one that fits stands in the middle", () => {
  expect(held({ scale: 2, x: 9999, y: -9999 }, frame, shown)).toEqual({ scale: 2, x: 400, y: -200 })
  expect(held({ scale: 1, x: 50, y: 50 }, frame, shown)).toEqual(FITTED)
})

test("it grows to a limit and shrinks back to its fit", () => {
  expect(zoomed(FITTED, 100, 0, 0, frame, shown).scale).toBe(LARGEST)
  expect(zoomed({ scale: 4, x: 300, y: 200 }, 0.01, 10, 10, frame, shown)).toEqual(FITTED)
})
