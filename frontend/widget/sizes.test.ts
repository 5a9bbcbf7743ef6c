/** The widget stays small: the launcher 2 KB, the chat with one language 12 KB, as a browser gets them. */
import { existsSync, readFileSync, readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, constants } from "node:zlib"
import { expect, test } from "vitest"

const built = fileURLToPath(new URL("../dist/widget/", import.meta.url))
const compressed = (name: string) =>
  brotliCompressSync(readFileSync(built + name), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length

test("the widget is built", () => {
  expect(existsSync(`${built}manifest.json`), "run `npm run build:widget` first").toBe(true)
})

test.for([
  ["loader.js", 1920],
  ["loader.plan.js", 1980], // of an inbox that greets or asks about visits
  ["scout.js", 1250], // what then greets and asks, once the shop's page is quiet
] as const)("%s is at most %i bytes", ([name, most]) => {
  expect(compressed(name)).toBeLessThanOrEqual(most)
})

const pages = existsSync(built) ? readdirSync(built).filter((name) => /^frame\..+\.html$/.test(name)) : []
test.for(pages)("%s is at most 12 KB", (name) => {
  expect(compressed(name)).toBeLessThanOrEqual(12 * 1024)
})

const extras = existsSync(built) ? readdirSync(built).filter((name) => /^extras\..+\.js$/.test(name)) : []
test.for(extras)("%s, fetched when it is needed, is at most 8 KB", (name) => {
  expect(compressed(name)).toBeLessThanOrEqual(8 * 1024)
})

test("nothing is fetched from anywhere else", () => {
  for (const name of ["loader.js", "loader.plan.js", "scout.js", ...pages, ...extras]) {
    const addresses = readFileSync(built + name, "utf8").match(/https?:\/\/[a-z0-9.-]+/gi) ?? []
    expect(addresses.filter((address) => address !== "http://www.w3.org")).toEqual([])
  }
})
