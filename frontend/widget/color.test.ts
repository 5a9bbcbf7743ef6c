/** On whatever colour a shop chooses, the writing can be read, by day and by night. */
import { expect, test } from "vitest"
import { brand, contrast, inkOn } from "./src/color"

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
  expect(brand(color!, false)).toEqual([color, ink])
})

test.for(["#7a7a7a", "#808080", "red", "#12", "#2f4a8a; background:url(x)", ""])(
  "on %s nothing is written",
  (color) => {
    expect(inkOn(color)).toBeUndefined()
  },
)

test.for(["red", "#12", "#2f4a8a; background:url(x)", ""])("%s is no colour to paint with", (color) => {
  expect(brand(color, true)).toBeUndefined()
})

test("every colour comes out legible by day and by night, and by night it stands out from the dark", () => {
  for (let r = 0; r < 256; r += 15)
    for (let g = 0; g < 256; g += 15)
      for (let b = 0; b < 256; b += 15) {
        const color = `#${[r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("")}`
        for (const night of [false, true]) {
          const [fill, ink] = brand(color, night)!
          expect(contrast(fill, ink), `${color} ${night}`).toBeGreaterThanOrEqual(4.5)
          if (night) expect(contrast(fill, "#191c1f"), color).toBeGreaterThanOrEqual(3)
        }
      }
})

test("a colour that can be read on as it is stays as it is", () => {
  expect(brand("#2f4a8a", false)![0]).toBe("#2f4a8a")
  expect(brand("#9db4ec", true)![0]).toBe("#9db4ec")
  expect(brand("#111111", true)![0]).not.toBe("#111111")
})
