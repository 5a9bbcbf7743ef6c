/** Every language says everything, and nothing is said that no code asks for. */
import { readFileSync, readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

const folder = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const read = (file: string): Record<string, string> => JSON.parse(readFileSync(folder(file), "utf8"))
const code = readdirSync(folder("src/"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(folder(`src/${name}`), "utf8"))
  .join("\n")
// these are looked up by a state or a reason
const BY_STATE = ["sending", "waiting", "kept", "failed", "slow", "busy", "offline"]

for (const words of ["words/", "words-extras/"]) {
  const english = read(`${words}en.json`)

  test.for(readdirSync(folder(words)))(`${words}%s says what English says`, (name) => {
    const said = read(words + name)
    expect(Object.keys(said)).toEqual(Object.keys(english))
    for (const [key, text] of Object.entries(said)) {
      expect(text.trim(), key).not.toBe("")
      expect(text.includes("{name}"), key).toBe(english[key]!.includes("{name}"))
    }
  })

  test.for(Object.keys(english).filter((key) => !BY_STATE.includes(key)))(`somebody says ${words}%s`, (key) => {
    expect(code).toContain(`words.${key}`)
  })
}
