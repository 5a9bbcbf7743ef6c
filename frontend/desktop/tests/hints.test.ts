/** Phrases while typing: which, in what order, and how little is looked at for each key. */
import { expect, test } from "vitest"
import { hintsFor, indexOf, work } from "@/features/composer/hints.ts"

const phrase = (id: string, text: string, shortcut = id) => ({
  id,
  shortcut,
  text,
  personal: false,
  group_id: null,
  content: null,
  pinyin: "",
})
const some = indexOf([
  phrase("a", "请问您的订单号是多少？"),
  phrase("b", "订单已发货，请耐心等待"),
  phrase("c", "Thank you for waiting", "ty"),
])

test("two signs are enough, and the end of what is typed counts", () => {
  expect(hintsFor(some, "订", {})).toEqual([])
  expect(hintsFor(some, "您好，订单", {}).map((one) => one.id)).toEqual(["a", "b"].sort())
  expect(hintsFor(some, "Thank", {}).map((one) => one.id)).toEqual(["c"])
  expect(hintsFor(some, "ty", {}).map((one) => one.id)).toEqual(["c"])
  expect(hintsFor(some, "没有这个", {})).toEqual([])
})
test("what is used more stands first, and what stands there already is not offered", () => {
  expect(hintsFor(some, "订单", { b: 3 })[0]!.id).toBe("b")
  expect(hintsFor(some, "订单", { a: 3 })[0]!.id).toBe("a")
  expect(hintsFor(some, "订单已发货，请耐心等待", {})).toEqual([])
})
test("of two thousand phrases a key weighs only those that share its rarest pair", () => {
  const many = indexOf(Array.from({ length: 2000 }, (_, at) => phrase(String(at), `第${at}号回复：您好，感谢您的咨询`)))
  expect(hintsFor(many, "第1234号", {}).map((one) => one.id)).toEqual(["1234"])
  expect(work.weighed).toBeLessThanOrEqual(40)
  expect(hintsFor(many, "感谢您的", {})).toHaveLength(5)
  expect(work.weighed).toBeLessThanOrEqual(2000)
})
