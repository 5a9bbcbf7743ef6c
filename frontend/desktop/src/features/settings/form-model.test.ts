import { describe, expect, it } from "vitest"
import { steps, word } from "./channel-words.ts"
import { contrast, hex, judge, READABLE } from "./contrast.ts"
import { asked, changed, fields, problems, safeChoice, sent, startingValues, withGenerated } from "./form-model.ts"
import { aesKey, generate, token } from "./random.ts"
import type { Setting } from "@/server/types.ts"

const plain: Omit<Setting, "key"> = {
  kind: "text",
  required: true,
  choices: [],
  default: "",
  pattern: "",
  generate: "",
  advanced: false,
}
const settings: Setting[] = [
  { ...plain, key: "app_id", pattern: "wx[0-9a-f]{16}" },
  { ...plain, key: "mode", kind: "choice", choices: ["plain", "safe"], default: "safe" },
  { ...plain, key: "app_secret", kind: "secret" },
  { ...plain, key: "loud", kind: "switch", required: false },
  { ...plain, key: "api_base", required: false, advanced: true, default: "https://api.example" },
]
const words = {
  en: { "setting.app_id": "App ID", "setting.mode.safe": "Safe mode", "setup.1": "Open", "setup.2": "Paste" },
  "zh-CN": { "setting.app_id": "应用编号", "setting.app_id.help": "在后台" },
}

describe("the form drawn from a manifest", () => {
  it("names fields in the language of the desk and in English where that is missing", () => {
    const [appId, mode] = fields(settings, words, "zh-CN")
    expect(appId).toMatchObject({ title: "应用编号", help: "在后台" })
    expect(mode!.options).toEqual([
      { value: "plain", title: "plain" },
      { value: "safe", title: "Safe mode" },
    ])
    expect(word(words, "zh-TW", "setting.app_id")).toBe("应用编号")
    expect(word(words, "ko", "setting.app_id")).toBe("App ID")
    expect(steps(words, "zh-CN")).toEqual(["Open", "Paste"])
  })

  it("starts with what is saved, else the default, and never with a secret", () => {
    const form = fields(settings, words, "en", ["app_secret"])
    const start = startingValues(form, { app_id: "wx1", app_secret: "leaked" })
    expect(start).toEqual({ app_id: "wx1", mode: "safe", app_secret: "", loud: "", api_base: "https://api.example" })
    expect(changed(form, start, start)).toBe(false)
    expect(changed(form, start, { ...start, loud: "false" })).toBe(false)
    expect(changed(form, start, { ...start, app_secret: "x" })).toBe(true)
  })

  it("starts a new inbox with random values where the manifest allows, and leaves defaults alone", () => {
    const form = fields([...settings, { ...plain, key: "key", kind: "secret", generate: "aes_key" }], words, "en")
    const start = withGenerated(form, startingValues(form), generate)
    expect(start["key"]).toHaveLength(43)
    expect(start).toMatchObject({ mode: "safe", app_secret: "", app_id: "" })
  })

  it("asks for a field only while the choice stands that it belongs to, and misses it only then", () => {
    const way: Setting = { ...plain, key: "way", kind: "choice", choices: ["bot", "counsel"], default: "bot" }
    const form = fields([way, { ...plain, key: "sender_key", only: "way=counsel" }], words, "en")
    const start = startingValues(form)
    expect(asked(form[1]!, start)).toBe(false)
    expect(problems(form, start)).toEqual({})
    const other = { ...start, way: "counsel" }
    expect(asked(form[1]!, other)).toBe(true)
    expect(problems(form, other)).toEqual({ sender_key: "required" })
  })

  it("says what is wrong with each field, and takes a stored secret for given", () => {
    const form = fields(settings, words, "en")
    const values = { ...startingValues(form), app_id: "xwx0123456789abcdefx", mode: "other" }
    expect(problems(form, values)).toEqual({ app_id: "pattern", mode: "choice", app_secret: "required" })
    const kept = fields(settings, words, "en", ["app_secret"])
    expect(problems(kept, { ...startingValues(kept), app_id: "wx0123456789abcdef" })).toEqual({})
  })

  it("refuses a colour on which nothing can be read", () => {
    const form = fields([{ ...plain, key: "color", required: false }], words, "en")
    expect(problems(form, { color: "#8a7a7a" })).toEqual({ color: "contrast" })
    expect(problems(form, { color: "#2f4a8a" })).toEqual({})
    expect(problems(form, { color: "" })).toEqual({})
  })

  it("sends an untouched secret not at all", () => {
    const form = fields(settings, words, "en", ["app_secret"])
    const values = { ...startingValues(form), app_id: " wx0 ", loud: "on" }
    expect(sent(form, values)).toEqual({
      settings: { app_id: "wx0", mode: "safe", loud: "true", api_base: "https://api.example" },
      secrets: {},
    })
    expect(sent(form, { ...values, app_secret: "s" }).secrets).toEqual({ app_secret: "s" })
  })

  it("finds the safe mode by the manifest alone", () => {
    expect(safeChoice(fields(settings, words, "en"))?.field.key).toBe("mode")
    expect(safeChoice(fields(settings.slice(0, 1), words, "en"))).toBeNull()
  })
})

describe("random values", () => {
  it("are letters and digits, of the right length, and differ", () => {
    const keys = new Set(Array.from({ length: 50 }, aesKey))
    expect(keys.size).toBe(50)
    for (const key of keys) {
      expect(key).toMatch(/^[A-Za-z0-9]{43}$/)
      expect(atob(key + "=")).toHaveLength(32)
    }
    expect(token()).toMatch(/^[A-Za-z0-9]{32}$/)
  })
})

describe("the shop’s colour", () => {
  it("carries white or ink, whichever reads better", () => {
    expect(judge("#2f4a8a")).toMatchObject({ text: "#ffffff", readable: true, nearest: "#2f4a8a" })
    expect(judge("ffd23f")).toMatchObject({ text: "#1a1c1e", readable: true })
    expect(hex("#24A")).toBe("#2244aa")
    expect(judge("red").color).toBe("")
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21)
  })

  it("is refused in between, with the nearest colour that works", () => {
    const refused = judge("#8a7a7a")
    expect(refused.readable).toBe(false)
    expect(judge(refused.nearest).readable).toBe(true)
    expect(refused.ratio).toBeLessThan(READABLE)
  })
})
