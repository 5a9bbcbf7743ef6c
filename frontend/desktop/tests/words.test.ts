/** Every language is complete, nothing is said that has no word, and no word is kept for nobody. */
import { expect, test } from "vitest"
import { dirname, join } from "node:path"
import { deskWords, sources, words } from "./source.ts"

const en = words("en")
const gaps = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()
const text = [...sources().values()].join("\n")
/** Keys that are put together while running: `view.${key}`, found by their beginning. */
const built = [...text.matchAll(/[`"']([a-z_]+(?:\.[a-z_]+)*\.)\$\{/g)].map((match) => match[1]!)
const OTHERS = ["zh-CN", "zh-TW", "ja", "ko"] as const

/** What a sentence of a language cannot have, because only another one writes so. */
const SIMPLIFIED =
  /[们这话设发请过动见让删说显无务认应维边还样换单输标签复邮码网页错误题类种级队达长观态护报审录创项顾联细节视频图为车东马门问间线给统结终经绍续纪约红纯纸关闭词语读调谁谈谢记计订讨论]/u
const STRANGE: Record<(typeof OTHERS)[number], RegExp> = {
  "zh-CN":
    /[\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]|[們這話設發請過動見讓刪說顯無務認應維邊還樣換單輸標籤複郵碼網頁錯誤題類種級條隊達長觀態護報審錄創項顧聯細節視頻圖]/u,
  "zh-TW": new RegExp(`[\\p{Script=Hangul}\\p{Script=Hiragana}]|${SIMPLIFIED.source}`, "u"),
  ja: new RegExp(`\\p{Script=Hangul}|${SIMPLIFIED.source}`, "u"),
  ko: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u,
}
/** Names of things and keys stay as they are; anything else of two plain words is English that was left behind. */
const LEFT = /[a-z]{2,} [a-z]{2,}/
const PLAIN = /\{\w+\}|bin\/guanxi link --email|guanxi user reset/g

test.each(OTHERS)("every sentence exists in %s, and with the same gaps", (language) => {
  const here = words(language)
  const singular = (key: string) => key.endsWith(".one")
  expect(Object.keys(here).filter((key) => !(key in en))).toEqual([])
  expect(Object.keys(en).filter((key) => !(key in here) && !singular(key))).toEqual([])
  for (const key of Object.keys(here).filter((key) => !singular(key)))
    expect(gaps(here[key]!), key).toEqual(gaps(en[key] ?? ""))
})

test.each(OTHERS)("nothing in %s is empty, or has been left in another language", (language) => {
  const wrong = Object.entries(words(language)).filter(([, sentence]) => {
    const said = sentence.replace(PLAIN, "")
    return !sentence.trim() || STRANGE[language].test(said) || LEFT.test(said)
  })
  expect(wrong).toEqual([])
})

test("a long Japanese sentence has kana: without, it would be Chinese", () => {
  const wrong = Object.entries(words("ja")).filter(
    ([, sentence]) =>
      /\p{Script=Han}{7,}/u.test(sentence) && !/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(sentence),
  )
  expect(wrong).toEqual([])
})

test("nothing in English is empty or Chinese", () => {
  for (const [key, sentence] of Object.entries(en)) {
    expect(sentence.trim(), key).not.toBe("")
    expect(sentence, key).not.toMatch(/\p{Script=Han}/u)
  }
})

test("every word that is asked for exists", () => {
  const asked = [...text.matchAll(/\bt\(\s*"([\w.-]+)"/g)].map((match) => match[1]!)
  expect(asked.length).toBeGreaterThan(100)
  expect([...new Set(asked)].filter((key) => !(key in en))).toEqual([])
})

test("every word is asked for somewhere", () => {
  const quoted = new Set([...text.matchAll(/["'`]([\w.-]+)(?=["'`])/g)].map((match) => match[1]!))
  const unused = Object.keys(en).filter((key) => {
    const plain = key.replace(/\.one$/, "")
    return !quoted.has(plain) && !built.some((start) => plain.startsWith(start))
  })
  expect(unused).toEqual([])
})

/** They are shown on the desk, and wait until everything that is said has come. */
const COME_WITH_ALL = ["pages/palette.vue", "features/shortcuts/ShortcutSheet.vue"]

/** Every file that the desk can reach without leaving it: dialogs too, but no other page. */
function desk(): Set<string> {
  const files = sources()
  const reached = new Set<string>()
  const look = (path: string) => {
    const found = files.get(path)
    if (found === undefined || reached.has(path) || COME_WITH_ALL.includes(path)) return
    reached.add(path)
    for (const [, dynamic, written = ""] of found.matchAll(
      /(?:from|import)\s*(\()?\s*["']((?:@|\.{1,2})\/[^"']+)["']/g,
    )) {
      const target = written.startsWith("@/") ? written.slice(2) : join(dirname(path), written)
      if (!dynamic || !target.startsWith("pages/")) look(target)
    }
  }
  look("main.ts")
  return reached
}

test("what the desk says is loaded with the desk", () => {
  const here = deskWords("en")
  const files = sources()
  const reached = [...desk()].filter((path) => path.endsWith(".vue") || path.startsWith("features/"))
  expect(reached.length).toBeGreaterThan(60)
  const missing = reached.flatMap((path) =>
    [...files.get(path)!.matchAll(/["'`]([a-z_]+(?:\.[a-z_]+)+)["'`]/g)]
      .map(([, key = ""]) => key)
      .filter((key) => key in en && !(key in here))
      .map((key) => `${path} says ${key}`),
  )
  expect(missing).toEqual([])
})
