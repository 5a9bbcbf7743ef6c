/** On every colour that is let through, the writing can be read. */
import { expect, test } from "vitest"
import { contrast, inkOn } from "./src/color"

test("black on white is 21 to 1", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21)
})

test.for([
  ["#2f4a8a", "#ffffff"],
  ["#3d6b5c", "#ffffff"],
  ["#ffd400", "#1a1c1e"],
  ["#9db4ec", "#1a1c1e"],
])("on %s one writes in %s", ([color, ink]) => {
  expect(inkOn(color!)).toBe(ink)
})

test.for(["#7a7a7a", "#808080", "red", "#12", "#2f4a8a; background:url(x)", ""])("%s is refused", (color) => {
  expect(inkOn(color)).toBeUndefined()
})

test("whatever is let through reaches 4.5", () => {
  for (let grey = 0; grey < 256; grey++) {
    const color = `#${grey.toString(16).padStart(2, "0").repeat(3)}`
    const ink = inkOn(color)
    if (ink) expect(contrast(color, ink)).toBeGreaterThanOrEqual(4.5)
  }
})
