/** How the desk is built: routes split by themselves, everything else stays in the first load. */
import vue from "@vitejs/plugin-vue"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vite"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const server = process.env["GUANXI_SERVER"] ?? "http://127.0.0.1:8080"

export default defineConfig({
  root: here("."),
  plugins: [vue()],
  resolve: { alias: { "@": here("src") } },
  define: {
    __VUE_OPTIONS_API__: "false",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
  build: {
    outDir: here("../dist/desktop"),
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: {
    proxy: { "/api": { target: server, ws: true }, "/media": server },
  },
})
