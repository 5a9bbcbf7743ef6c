/** Letters find commands: the best fit first, and of equals what was used lately. */
import { describe, expect, test } from "vitest"
import { fit, ranked } from "@/features/palette/rank.ts"

const commands = [
  { id: "conversation.resolve", label: "结束会话" },
  { id: "conversation.reply", label: "回复" },
  { id: "go.settings.team", label: "设置：团队" },
  { id: "go.resolved", label: "已结束" },
]
const found = (sought: string, lately: string[] = []) => ranked(commands, sought, lately).map((one) => one.id)

test("a beginning fits better than a part, a part better than scattered letters", () => {
  const fits = ["Resolve", "Unresolved", "Refuse to solve"].map((name) => fit("res", name)!)
  expect([...fits].sort((a, b) => b - a)).toEqual(fits)
  expect(fit("xyz", "Resolve")).toBeNull()
})
describe("what is typed", () => {
  test("finds by the words on the screen", () => expect(found("结束")).toEqual(["conversation.resolve", "go.resolved"]))
  test("finds by its English word too", () => expect(found("team")).toEqual(["go.settings.team"]))
  test("finds with full-width letters", () => expect(found("ｔｅａｍ")).toEqual(["go.settings.team"]))
  test("finds nothing that does not fit", () => expect(found("退款")).toEqual([]))
})
test("without letters everything stands there, what was used lately first", () =>
  expect(found("", ["go.settings.team"])[0]).toBe("go.settings.team"))
test("what was used lately overtakes its equals", () =>
  expect(found("re", ["conversation.reply"])[0]).toBe("conversation.reply"))
