/** Where the front end's own tests live. */
import vue from "@vitejs/plugin-vue"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { "@": fileURLToPath(new URL("desktop/src", import.meta.url)) } },
  test: { include: ["desktop/**/*.test.ts", "widget/**/*.test.ts"], environment: "node" },
})
