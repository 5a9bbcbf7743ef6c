import { describe, expect, it } from "vitest"
import { changes, grouped, read, shown, startOf, unitOf } from "./limits-draft.ts"
import type { Adjustable } from "@/server/types.ts"

const MB = 1024 * 1024
const limit = (key: string, what: Adjustable["what"], value: number, most = 10 ** 9): Adjustable => {
  const [part, of] = key.split(".") as [Adjustable["part"], string]
  return { key, part, of: of ?? "", what, value, least: what === "replies" ? 0 : 1, most, confirmed: true }
}
const text = limit("sends.text.characters", "characters", 1000, 100_000)
const words = limit("sends.choices.bytes", "bytes", 2048)
const image = limit("sends.image.bytes", "bytes", 10 * MB, 1024 * MB)
const voice = limit("sends.voice.seconds", "seconds", 60)
const window = limit("reply_windows.message.seconds", "seconds", 172_800, 31_622_400)
const counsel = limit("reply_windows.counsel.seconds", "seconds", 30 * 86_400, 31_622_400)
const code = limit("reply_windows.enter.seconds", "seconds", 20)
const replies = limit("reply_windows.message.replies", "replies", 5)
const recall = limit("recall_within", "seconds", 120)

describe("a limit in the form", () => {
  it("stands in the unit that people say it in", () => {
    const said = [text, words, image, voice, window, counsel, code, recall].map(
      (one) => `${shown(one.value, unitOf(one))} ${unitOf(one).word}`,
    )
    expect(said).toEqual([
      "1000 ",
      "2048 bytes",
      "10 megabytes",
      "60 seconds",
      "48 hours",
      "30 days",
      "20 seconds",
      "2 minutes",
    ])
  })

  it("is read back in the server's unit, however it was typed", () => {
    expect(read("800", text)).toEqual({ value: 800 })
    expect(read(" 1,500 ", text)).toEqual({ value: 1500 })
    expect(read("８００", text)).toEqual({ value: 800 })
    expect(read("2.5", image)).toEqual({ value: 2.5 * MB })
    expect(read("72", window)).toEqual({ value: 259_200 })
    expect(read("0", replies)).toEqual({ value: 0 })
    expect(read("  ", text)).toEqual({ value: null })
  })

  it("says what is wrong with it", () => {
    for (const typed of ["many", "-5", "1e3", "0x10", "1.2.3"]) expect(read(typed, text)).toEqual({ problem: "number" })
    for (const typed of ["0", "100001", "0.2"]) expect(read(typed, text)).toEqual({ problem: "range" })
    expect(read("9000", window)).toEqual({ problem: "range" })
  })

  it("is told to the server only where it was changed", () => {
    const saved = { "sends.text.characters": 800, "sends.image.bytes": 1_234_567 }
    const start = Object.fromEntries([text, image, window].map((one) => [one.key, startOf(one, saved)]))
    expect(start).toEqual({
      "sends.text.characters": "800",
      "sends.image.bytes": "1.177",
      "reply_windows.message.seconds": "",
    })
    expect(changes([text, image, window], start, saved)).toEqual({}) // the rounded one is not told
    const typed = { ...start, "sends.text.characters": "", "reply_windows.message.seconds": "72" }
    expect(changes([text, image, window], typed, saved)).toEqual({
      "sends.text.characters": null,
      "reply_windows.message.seconds": 259_200,
    })
    expect(changes([text], { "sends.text.characters": "many" }, saved)).toEqual({})
  })

  it("stands beside the others about the same thing", () => {
    const title = { ...text, key: "sends.text.title", what: "title" as const }
    expect(grouped([text, image, title, recall]).map((one) => [one.key, one.lines.length])).toEqual([
      ["sends.text", 2],
      ["sends.image", 1],
      ["recall_within.", 1],
    ])
  })
})
