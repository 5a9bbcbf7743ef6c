/** Both languages are complete, nothing is said that has no word, and no word is kept for nobody. */
import { expect, test } from "vitest"
import { dirname, join } from "node:path"
import { deskWords, sources, words } from "./source.ts"

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
  const quoted = new Set([...text.matchAll(/["'`]([\w.-]+)(?=["'`])/g)].map((match) => match[1]!))
  const unused = Object.keys(en).filter((key) => {
    const plain = key.replace(/\.one$/, "")
    return !quoted.has(plain) && !built.some((start) => plain.startsWith(start))
  })
  expect(unused).toEqual([])
})

/** Every file that the desk can reach without leaving it: dialogs too, but no other page. */
function desk(): Set<string> {
  const files = sources()
  const reached = new Set<string>()
  const look = (path: string) => {
    const found = files.get(path)
    if (found === undefined || reached.has(path) || path === "pages/palette.vue") return
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
