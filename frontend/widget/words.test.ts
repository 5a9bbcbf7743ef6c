/** Every language says everything, and nothing is said that no code asks for. */
import { readFileSync, readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

const folder = fileURLToPath(new URL("words/", import.meta.url))
const read = (name: string): Record<string, string> => JSON.parse(readFileSync(folder + name, "utf8"))
const english = read("en.json")
const sources = fileURLToPath(new URL("src/", import.meta.url))
const code = readdirSync(sources)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(sources + name, "utf8"))
  .join("\n")

test.for(readdirSync(folder))("%s says what English says", (name) => {
  const words = read(name)
  expect(Object.keys(words)).toEqual(Object.keys(english))
  for (const [key, text] of Object.entries(words)) {
    expect(text.trim(), key).not.toBe("")
    expect(text.includes("{name}"), key).toBe(english[key]!.includes("{name}"))
  }
})

// these are looked up by a state or a reason
const BY_STATE = ["sending", "waiting", "kept", "failed", "slow", "busy", "offline"]
test.for(Object.keys(english).filter((key) => !BY_STATE.includes(key)))("somebody says words.%s", (key) => {
  expect(code).toContain(`words.${key}`)
})
