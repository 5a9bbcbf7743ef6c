import { describe, expect, it } from "vitest"
import { snippetFor } from "./snippet.ts"

Object.assign(globalThis, { location: { origin: "http://10.0.0.7:8100" } })

describe("the snippet", () => {
  it("calls the house as it calls itself, and as the desk was opened where nobody has said that", () => {
    expect(snippetFor("abc", "https://desk.example")).toContain('src="https://desk.example/chat/abc/widget.js"')
    expect(snippetFor("abc", null)).toContain('src="http://10.0.0.7:8100/chat/abc/widget.js"')
  })
})
