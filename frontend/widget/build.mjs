/** Builds the widget: dist/widget/{loader.js, scout.js, frame.LANG.html, extras.LANG.js}, each also as .br and .gz, and manifest.json. */

import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import { build } from "vite"

const here = dirname(fileURLToPath(import.meta.url))
const out = join(here, "../dist/widget")

async function bundle(entry, format, define = {}) {
  const built = await build({
    configFile: false,
    root: here,
    logLevel: "warn",
    define,
    build: {
      write: false,
      target: "es2021",
      minify: true,
      modulePreload: false,
      rollupOptions: { output: { minify: true } }, // white space too
      lib: { entry: join(here, "src", entry), formats: [format], name: "guanxi_widget" },
    },
  })
  const code = built[0].output[0].code.trim()
  // a script that stands inside a page must not end it
  return code.replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "<\\!--")
}

async function stylesheet(file) {
  const built = await build({
    configFile: false,
    root: here,
    logLevel: "warn",
    build: {
      write: false,
      target: ["chrome100", "safari15.4", "firefox115"],
      cssMinify: true,
      rollupOptions: { input: join(here, "src", file) },
    },
  })
  return String(built.output.find((file) => file.fileName.endsWith(".css")).source).trim()
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`
const sizes = {}

function write(name, text) {
  const raw = Buffer.from(text)
  const br = brotliCompressSync(raw, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length },
  })
  const gz = gzipSync(raw, { level: 9 })
  sizes[name] = { raw: raw.length, gz: gz.length, br: br.length }
  writeFileSync(join(out, name), raw)
  writeFileSync(join(out, `${name}.br`), br)
  writeFileSync(join(out, `${name}.gz`), gz)
}

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
// the style of the launcher stands in a template, whose line ends are not needed
for (const [name, planned] of [
  ["loader.js", "false"],
  ["loader.plan.js", "true"],
])
  write(
    name,
    (await bundle("loader.ts", "es", { __PLANNED__: planned }))
      .replace(/([;{}])\n/g, "$1")
      .replace(/\s*\/\* @vite-ignore \*\/\s*/, ""),
  )
write("scout.js", await bundle("scout.ts", "es"))

const read = (file) => JSON.parse(readFileSync(join(here, file), "utf8"))
const extras = await bundle("extras.ts", "es")
const extrasStyle = await stylesheet("extras.css")
for (const file of readdirSync(join(here, "words-extras")).sort())
  write(
    `extras.${file.replace(".json", "")}.js`,
    `const __STYLE__=${JSON.stringify(extrasStyle)},__WORDS__=${JSON.stringify(read(`words-extras/${file}`))};${extras}`,
  )
const edition = createHash("sha256")
  .update(extras + extrasStyle)
  .digest("hex")
  .slice(0, 8)
const script = (await bundle("frame.ts", "iife")).replace("%extras%", edition)
const style = await stylesheet("all.css")
const template = readFileSync(join(here, "src/frame.html"), "utf8")
  .replace(/\s*\n\s*/g, " ")
  .replace(/> /g, ">")
  .replace(/ </g, "<")
const languages = []
for (const file of readdirSync(join(here, "words")).sort()) {
  const words = read(`words/${file}`)
  const parts = {
    lang: words.lang,
    title: words.title,
    style,
    script,
    words: JSON.stringify(words).replace(/</g, "\\u003c"),
  }
  languages.push(words.lang)
  write(
    `frame.${words.lang}.html`,
    template.replace(/%(lang|title|style|words|script)%/g, (_, name) => parts[name]),
  )
}
writeFileSync(
  join(out, "manifest.json"),
  JSON.stringify(
    { languages, script: hash(script), style: hash(style), extras_style: hash(extrasStyle), sizes },
    null,
    2,
  ) + "\n",
)
for (const [name, size] of Object.entries(sizes)) console.log(`${name.padEnd(18)} ${size.raw} raw  ${size.br} br`)
