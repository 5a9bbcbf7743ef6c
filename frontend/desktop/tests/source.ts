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
  const parts = readdirSync(join(root, "words/parts")).filter((name) => name.startsWith(`${language}.`))
  const files = [join(root, `words/${language}.json`), ...parts.map((name) => join(root, "words/parts", name))]
  return Object.assign({}, ...files.map((file) => JSON.parse(readFileSync(file, "utf8")) as object)) as Record<
    string,
    string
  >
}
