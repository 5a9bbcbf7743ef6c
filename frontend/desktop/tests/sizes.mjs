/** The budget: what the first screen costs, and what each further page adds. Brotli, as it goes over the wire. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { brotliCompressSync } from "node:zlib"
import { build } from "vite"

const FIRST_LOAD = 170_000
/** …and with a conversation open, whose parts follow at once. */
const OPEN = 190_000
const TALK = ["pages/talk.vue", "features/contact/ContactPanel.vue"]
const ROUTE = 60_000

const outDir = mkdtempSync(join(tmpdir(), "guanxi-desk-"))
try {
  const configFile = join(import.meta.dirname, "../vite.config.ts")
  await build({ configFile, logLevel: "error", build: { outDir, emptyOutDir: true } })
  const manifest = JSON.parse(readFileSync(join(outDir, ".vite/manifest.json"), "utf8"))
  const size = (file) => brotliCompressSync(readFileSync(join(outDir, file))).length
  const files = (key, seen = new Set()) => {
    const chunk = manifest[key]
    if (!chunk || seen.has(chunk.file)) return seen
    seen.add(chunk.file)
    for (const css of chunk.css ?? []) seen.add(css)
    for (const other of chunk.imports ?? []) files(other, seen)
    return seen
  }
  const sum = (set) => [...set].reduce((total, file) => total + size(file), 0)
  const first = files("index.html")
  // One language is loaded: the heaviest counts.
  const words = ["zh-CN", "zh-TW", "en", "ja", "ko"].map((language) => {
    const said = files(`src/words/loads/${language}.ts`)
    if (!said.size) throw new Error(`no words of ${language}`)
    return said
  })
  for (const file of words.sort((a, b) => sum(b) - sum(a))[0]) first.add(file)
  const over = []
  const line = (name, bytes, most) => {
    console.log(`${name.padEnd(42)} ${(bytes / 1000).toFixed(1).padStart(7)} KB of ${most / 1000}`)
    if (bytes > most) over.push(name)
  }
  line("first load", sum(first), FIRST_LOAD)
  const open = new Set(first)
  for (const part of TALK) files(`src/${part}`, open)
  line("with a conversation open", sum(open), OPEN)
  for (const [key, chunk] of Object.entries(manifest))
    if (chunk.isDynamicEntry && key.startsWith("src/pages/") && !TALK.includes(key.slice(4)))
      line(key, sum(new Set([...files(key)].filter((file) => !first.has(file)))), ROUTE)
  if (over.length) {
    console.error(`Over budget: ${over.join(", ")}`)
    process.exitCode = 1
  }
} finally {
  rmSync(outDir, { recursive: true, force: true })
}
