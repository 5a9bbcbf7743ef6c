import { expect, test } from "vitest"
import { initialOf } from "@/design/initial.ts"

test.each([
  ["mei", "M"],
  [" 「林薇」", "林"],
  ["👨‍👩‍👧 家", "👨‍👩‍👧"],
  ["🇯🇵", "🇯🇵"],
  ["👍🏽👍🏽", "👍🏽"],
  ["\u202eمريم", "م"],
  ["\u200fדנה", "ד"],
  ["\u202e\u200b", "·"],
  ["é", "É"],
  ["e" + "\u0300".repeat(40), "E" + "\u0300".repeat(4)],
  ["", "·"],
])("%j is shown by %j", (name, initial) => expect(initialOf(name)).toBe(initial))
