/** Writes the types of the server's API from the document that the server prints; with --check only compares. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import openapiTS, { astToString } from "openapi-typescript"

const file = join(import.meta.dirname, "src/server/schema.d.ts")
const root = join(import.meta.dirname, "../..")
const own = join(root, ".venv/bin/python")
const python = process.env.GUANXI_PYTHON ?? (existsSync(own) ? own : "python3")
const document = execFileSync(python, ["-m", "guanxi", "openapi"], {
  cwd: root,
  encoding: "utf8",
  maxBuffer: 1 << 26,
  env: { ...process.env, PYTHONPATH: join(root, "src") },
})
// A field with a default may be left out of what we send: only `required` says what must be there.
const tree = await openapiTS(JSON.parse(document), { defaultNonNullable: false })
const text = `// Written by \`npm run schema\` from the server's own description. Not by hand.\n${astToString(tree)}`

if (!process.argv.includes("--check")) writeFileSync(file, text)
else if (readFileSync(file, "utf8") !== text) {
  console.error("src/server/schema.d.ts is not what the server says: run `npm run schema`.")
  process.exitCode = 1
}
