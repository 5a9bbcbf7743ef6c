/** How the desk is built: routes split by themselves, everything else stays in the first load. */
import vue from "@vitejs/plugin-vue"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, gzipSync } from "node:zlib"
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
        writeFileSync(`${path}.br`, brotliCompressSync(body))
        writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }))
      }
    },
  }
}

export default defineConfig({
  root: here("."),
  plugins: [vue(), packed()],
  resolve: { alias: { "@": here("src") } },
  define: {
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
  },
  server: {
    proxy: { "/api": { target: server, ws: true }, "/media": server },
  },
})
