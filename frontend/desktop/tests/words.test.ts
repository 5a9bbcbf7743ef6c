/** Both languages are complete, nothing is said that has no word, and no word is kept for nobody. */
import { expect, test } from "vitest"
import { sources, words } from "./source.ts"

const en = words("en")
const zh = words("zh-CN")
const gaps = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()
const text = [...sources().values()].join("\n")
/** Keys that are put together while running: `view.${key}`, found by their beginning. */
const built = [...text.matchAll(/[`"']([a-z_]+(?:\.[a-z_]+)*\.)\$\{/g)].map((match) => match[1]!)

test("every sentence exists in both languages", () => {
  const singular = (key: string) => key.endsWith(".one")
  expect(Object.keys(zh).filter((key) => !(key in en))).toEqual([])
  expect(Object.keys(en).filter((key) => !(key in zh) && !singular(key))).toEqual([])
})

test("both languages have the same gaps", () => {
  for (const key of Object.keys(zh).filter((key) => !key.endsWith(".one")))
    expect(gaps(zh[key]!), key).toEqual(gaps(en[key] ?? ""))
})

test("nothing is empty, and no sentence has been left in the other language", () => {
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
  const unused = Object.keys(en).filter((key) => {
    const plain = key.replace(/\.one$/, "")
    return (
      !text.includes(`"${plain}"`) &&
      !text.includes(`'${plain}'`) &&
      !text.includes(`\`${plain}\``) &&
      !built.some((start) => plain.startsWith(start))
    )
  })
  expect(unused).toEqual([])
})
