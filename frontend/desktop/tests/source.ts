/** The desk's own source, for tests that read it. */
import { readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"

const root = join(import.meta.dirname, "../src")

/** Paths from src/ with their text; tests left out. */
export function sources(): Map<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && /\.(ts|vue)$/.test(file.name) && !/\.(test|d)\.ts$/.test(file.name))
    .map((file) => join(file.parentPath, file.name))
  return new Map(files.map((file) => [relative(root, file), readFileSync(file, "utf8")]))
}

export function words(language: string): Record<string, string> {
  return { ...deskWords(language), ...wordsIn("words/later", language) }
}

/** What is loaded with the desk; the rest comes with the pages that say it. */
export function deskWords(language: string): Record<string, string> {
  return { ...wordsIn("words", language), ...wordsIn("words/parts", language) }
}

function wordsIn(folder: string, language: string): Record<string, string> {
  const files = readdirSync(join(root, folder)).filter((name) => name.startsWith(`${language}.`))
  const read = files.map((name) => JSON.parse(readFileSync(join(root, folder, name), "utf8")) as object)
  return Object.assign({}, ...read) as Record<string, string>
}
