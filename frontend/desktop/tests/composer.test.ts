/** What the composer decides: limits, phrases, and keys that belong to an input method. */
import { describe, expect, test } from "vitest"
import { fileProblem, fit } from "@/features/composer/limits.ts"
import { matching } from "@/features/composer/phrases.ts"
import { slashWord } from "@/features/composer/signs.ts"
import { spells } from "@/features/composer/pinyin.ts"
import { typingGuard } from "@/design/typing-guard.ts"
import { filled, variablesIn, without } from "@/features/composer/variables.ts"

describe("limits", () => {
  test("bytes are counted as UTF-8, characters as a reader counts them", () => {
    expect(fit("你好", { bytes: 6 })).toMatchObject({ used: 6, over: false })
    expect(fit("你好!", { bytes: 6 })).toMatchObject({ used: 7, over: true })
    expect(fit("👍👍", { characters: 2 })).toMatchObject({ used: 2, over: false })
  })
  test("the tighter of two limits speaks", () => {
    expect(fit("你好你好", { characters: 100, bytes: 12 })?.unit).toBe("bytes")
  })
  test("a channel without a limit has none", () => {
    expect(fit("x".repeat(9999), { characters: 0, bytes: 0 })).toBeNull()
  })
  test("a picture of a format that the channel does not carry is refused before it is sent", () => {
    const sends = { image: { types: ["image/jpeg"], bytes: 10 * 1024 * 1024 } }
    expect(fileProblem({ type: "image/webp", size: 10 }, sends)).toMatchObject({ code: "type", types: "JPG" })
    expect(fileProblem({ type: "application/pdf", size: 10 }, sends)).toMatchObject({ code: "kind" })
    expect(fileProblem({ type: "image/jpeg", size: 10 * 1024 * 1024 }, sends)).toBeNull()
    const larger = fileProblem({ type: "image/jpeg", size: 10 * 1024 * 1024 + 1 }, sends)
    expect(larger).toMatchObject({ code: "size", size: "10.1", most: "10" })
  })
})

describe("quick phrases", () => {
  const phrases = ["发货", "退货", "货到付款"].map((shortcut, id) => ({
    id: String(id),
    personal: false,
    shortcut,
    text: `${shortcut}的话`,
    group_id: null,
    content: null,
    pinyin: ["fa huo,fa huo de hua", "tui huo", "huo dao fu kuan"][id]!,
  }))
  test.each([
    ["/", 1, ""],
    ["您好，/发", 5, "发"],
    ["hello /tr", 9, "tr"],
  ])("%s asks for a phrase", (text, caret, word) => expect(slashWord(text, caret)?.word).toBe(word))
  test.each(["https://a.example/b", "1/2", "a/b", "/a b"])("%s does not", (text) =>
    expect(slashWord(text, text.length)).toBeNull(),
  )
  test("shortcuts that begin with the word come first", () => {
    expect(matching(phrases, "货").map((phrase) => phrase.shortcut)).toEqual(["货到付款", "发货", "退货"])
  })
  test.each([
    ["fh", ["发货"]],
    ["fah", ["发货"]],
    ["hdfk", ["货到付款"]],
    ["huo", ["发货", "退货", "货到付款"]],
    ["fhx", []],
    ["ahuo", []],
  ])("%s finds by the letters that begin its signs", (word, found) =>
    expect(matching(phrases, word).map((phrase) => phrase.shortcut)).toEqual(found),
  )
  test("a sign of several readings is found by each", () => {
    expect(spells("zhong/chong xin", "cx")).toBe(true)
    expect(spells("zhong/chong xin", "zhongx")).toBe(true)
    expect(spells("yin xing/hang", "yh")).toBe(true)
    expect(spells(null, "yh")).toBe(false)
  })
  test("one's own come before the company's", () => {
    const own = { ...phrases[0]!, id: "9", personal: true, shortcut: "谢谢", text: "货已收到" }
    expect(matching([...phrases, own], "货")[0]).toBe(own)
  })
})

describe("variables", () => {
  const known: Record<string, string> = { "contact.name": "陈雨", "agent.name": "  " }
  const fill = (text: string) => filled(text, (name) => known[name])
  test.each([
    ["{{contact.name}}，您好", "陈雨，您好"],
    ["{{ contact.name | 您 }}好", "陈雨好"],
    ["{{contact.email|您的邮箱}}", "您的邮箱"],
    ["我是{{agent.name}}", "我是{{agent.name}}"],
    ["{{contact.attributes.鞋 码}}", "{{contact.attributes.鞋 码}}"],
    ["{{price}} {name} {{}}", "{{price}} {name} {{}}"],
  ])("%s becomes %s", (text, said) => expect(fill(text)).toBe(said))
  test("what stands unfilled is found where it stands, and goes without a gap", () => {
    const text = "Dear {{contact.name}}, we write to {{contact.email}} today"
    expect(variablesIn(text).map((one) => text.slice(one.from, one.to))).toEqual([
      "{{contact.name}}",
      "{{contact.email}}",
    ])
    expect(without(text)).toBe("Dear, we write to today")
  })
  test("a value that looks like a variable is a value", () => {
    expect(filled("{{contact.name}}", () => "{{agent.name}}")).toBe("{{agent.name}}")
  })
})

describe("Enter while somebody chooses a character", () => {
  const enter = { isComposing: false, keyCode: 13 }
  test("belongs to the input method while it composes, by any of the three signs", () => {
    const guard = typingGuard(() => 0)
    expect(guard.busy(enter)).toBe(false)
    expect(guard.busy({ ...enter, isComposing: true })).toBe(true)
    expect(guard.busy({ ...enter, keyCode: 229 })).toBe(true)
    guard.start()
    expect(guard.busy(enter)).toBe(true)
  })
  test("and for a tenth of a second after, as Safari ends composing before the key", () => {
    let now = 1000
    const guard = typingGuard(() => now)
    guard.start()
    guard.end()
    now += 99
    expect(guard.busy(enter)).toBe(true)
    now += 1
    expect(guard.busy(enter)).toBe(false)
  })
})
