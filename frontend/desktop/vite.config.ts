/** How the desk is built: what the first screen needs in one file, which packs a sixth better than sixty; routes split by
 * themselves. */
import vue from "@vitejs/plugin-vue"
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import { defineConfig, type Plugin } from "vite"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const server = process.env["GUANXI_SERVER"] ?? "http://127.0.0.1:8100"

/** Lays a .br and a .gz beside each file, so that the server packs nothing while it serves. */
function packed(): Plugin {
  let folder = ""
  return {
    name: "packed",
    apply: "build",
    configResolved: (config) => void (folder = config.build.outDir),
    closeBundle() {
      for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!file.isFile() || !/\.(js|css|svg|html)$/.test(file.name)) continue
        const path = join(file.parentPath, file.name)
        const body = readFileSync(path)
        const quality = body.length > 300_000 ? 9 : 11 // the last percent of what is rarely fetched takes seconds
        writeFileSync(`${path}.br`, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }))
        writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }))
      }
    },
  }
}

const pdf = here("../node_modules/pdfjs-dist")
const pdfVersion = (JSON.parse(readFileSync(join(pdf, "package.json"), "utf8")) as { version: string }).version

/** What the reader of PDFs fetches only for files that need it: tables of East Asian letters, fonts, old image formats. */
function pdfParts(): Plugin {
  let folder = ""
  return {
    name: "pdf-parts",
    apply: "build",
    configResolved: (config) => void (folder = config.build.outDir),
    writeBundle() {
      for (const part of ["cmaps", "standard_fonts", "wasm"])
        cpSync(join(pdf, part), join(folder, `assets/pdf-${pdfVersion}`, part), {
          recursive: true,
          filter: (path) => !/(fallback|quickjs)/.test(path),
        })
    },
  }
}

/** Libspeex is handed on as a file of our own making, and its licence with it. */
function licences(): Plugin {
  let folder = ""
  return {
    name: "licences",
    apply: "build",
    configResolved: (config) => void (folder = config.build.outDir),
    writeBundle() {
      for (const file of ["COPYING", "COPYING.musl"])
        cpSync(here(`../speex/${file}`), join(folder, `assets/speex-${file}.txt`))
    },
  }
}

export default defineConfig({
  root: here("."),
  plugins: [vue(), pdfParts(), licences(), packed()],
  resolve: {
    alias: [
      { find: /^@(?=\/)/, replacement: here("src") },
      // its build for production, which leaves its tools for developers at home
      { find: /^vue-router$/, replacement: here("../node_modules/vue-router/dist/vue-router.esm-browser.prod.js") },
    ],
  },
  define: {
    __PDF_VERSION__: JSON.stringify(pdfVersion),
    __VUE_OPTIONS_API__: "false",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
  build: {
    outDir: here("../dist/desktop"),
    emptyOutDir: true,
    manifest: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1700,
    rolldownOptions: {
      input: { index: here("index.html"), pdf: here("pdf.html") },
      output: {
        codeSplitting: {
          groups: [
            // the frame for PDFs is a page of its own: neither carries what is the other's
            { name: "loading", test: /rolldown\/runtime|preload-helper/, priority: 1 },
            { name: "desk", tags: ["$initial"], test: (id) => !/pdf(js|-frame|\.html)|index\.html|main\.ts/.test(id) },
          ],
        },
      },
    },
  },
  worker: { format: "es" },
  server: {
    proxy: { "/api": { target: server, ws: true }, "/media": server },
  },
})
