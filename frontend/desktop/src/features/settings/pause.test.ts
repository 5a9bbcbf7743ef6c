import { beforeAll, describe, expect, it } from "vitest"
import "vue" // looks for a document when it is loaded; there is none then

Object.assign(globalThis, {
  localStorage: { getItem: () => null, setItem: () => {} },
  document: { documentElement: { lang: "" } },
})
const { checkSentence, pauseReason } = await import("./pause.ts")
const { speak, speakOfAll } = await import("@/words/index.ts")

const channel = {
  words: {
    en: { "check.ip": "Allow {detail} at the platform.", "reason.token_refused": "The token was refused." },
    "zh-CN": { "check.ip": "请放行 {detail}。" },
  },
} as never

describe("what is wrong with an inbox", () => {
  beforeAll(async () => {
    await speak("en")
    await speakOfAll()
  })

  it("is said in the channel's words, with the detail in its gap", () => {
    expect(checkSentence({ code: "ip:203.0.113.7", detail: "" }, channel, "zh-CN")).toBe("请放行 203.0.113.7。")
    expect(checkSentence({ code: "ip", detail: "2001:db8::1" }, channel, "en")).toBe(
      "Allow 2001:db8::1 at the platform.",
    )
  })

  it("is said in ours where the channel has no words for it", () => {
    expect(checkSentence({ code: "unreachable:no route", detail: "" }, channel, "en")).toMatch(/did not answer/)
    expect(checkSentence({ code: "odd", detail: "x9" }, channel, "en")).toMatch(/x9/)
  })

  it("tells why an inbox stands still", () => {
    expect(pauseReason({ state_reason: "token_refused" }, channel, "zh-CN")).toBe("The token was refused.")
    expect(pauseReason({ state_reason: "" }, channel, "en")).toMatch(/credentials/)
  })
})
