/** The order of the house: pages → features → server → design | words; features do not know each other. */
import { dirname, join } from "node:path"
import { describe, expect, test } from "vitest"
import { sources } from "./source.ts"

const LAYERS = [["words"], ["design"], ["server"], ["features"], ["pages"]]
const START = ["app.vue", "main.ts", "routes.ts"]
const rank = (folder: string) => LAYERS.findIndex((layer) => layer.includes(folder))

/** Imports that break the order, as sentences. */
export function broken(files: Map<string, string>): string[] {
  const found: string[] = []
  for (const [path, text] of files) {
    const [folder = "", feature] = path.split("/")
    if (START.includes(path)) continue
    if (rank(folder) < 0) found.push(`${path} stands in no layer`)
    for (const [, written = ""] of text.matchAll(/(?:from|import)\s*\(?\s*["']((?:@|\.{1,2})\/[^"']+)["']/g)) {
      const target = written.startsWith("@/") ? written.slice(2) : join(dirname(path), written)
      const [to = "", other] = target.split("/")
      if (target.startsWith("..") || target.includes("node_modules")) continue
      if (rank(to) < 0) found.push(`${path} imports ${target}`)
      else if (rank(to) > rank(folder)) found.push(`${path} reaches up to ${target}`)
      else if (folder === "features" && to === "features" && feature !== other)
        found.push(`${path} knows another feature: ${target}`)
    }
  }
  return found
}

describe("layers", () => {
  test("every import goes down", () => expect(broken(sources())).toEqual([]))
  test.each([
    ["design/A.vue", 'import { me } from "@/server/me.ts"'],
    ["features/list/A.vue", 'import X from "@/features/thread/Thread.vue"'],
    ["features/list/A.vue", 'import X from "../thread/Thread.vue"'],
    ["server/a.ts", 'const x = import("@/pages/desk.vue")'],
  ])("%s with %s is found", (path, text) => expect(broken(new Map([[path, text]]))).toHaveLength(1))
})

test("no file is called helpers, utils, common or manager, and each says what it is for", () => {
  for (const [path, text] of sources()) {
    expect(path).not.toMatch(/(util|helper|common|misc|manager|service)s?\b/i)
    expect(text.slice(0, 900), path).toMatch(path.endsWith(".vue") ? /<script setup[^>]*>\s*\/\*\*/ : /^\/\*\*/)
  }
})

test("nothing on a page is HTML from outside", () => {
  for (const [path, text] of sources()) expect(text, path).not.toMatch(/v-html|insertAdjacentHTML|document\.write/)
})
