import { describe, expect, it } from "vitest"
import { safeNext } from "./next.ts"
import { strength } from "./strength.ts"
import { clock } from "./wait.ts"

describe("the way in", () => {
  it("leads only to pages of this house", () => {
    expect(safeNext("/settings/team?a=1")).toBe("/settings/team?a=1")
    for (const bad of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "javascript:alert(1)",
      undefined,
      ["/x"],
      "/sign-in",
    ])
      expect(safeNext(bad)).toBe("/")
  })

  it("counts what a password still misses, in characters and not in bytes", () => {
    expect(strength("")).toEqual({ missing: 10, level: "none" })
    expect(strength("青禾陶作")).toEqual({ missing: 6, level: "short" })
    expect(strength("aaaaaaaaaaaa").level).toBe("weak")
    expect(strength("Password1234").level).toBe("weak")
    expect(strength("chenyu-1987x", ["chenyu"]).level).toBe("weak")
    expect(strength("kiln7 glaze").level).toBe("fair")
    expect(strength("three cups on a blue shelf").level).toBe("strong")
  })

  it("says a waiting time as minutes and seconds", () => {
    expect(clock(75)).toBe("1:15")
    expect(clock(9)).toBe("0:09")
  })
})
