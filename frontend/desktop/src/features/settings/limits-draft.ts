/** The limits of a channel as an inbox's form has them: in units that people say, empty where the channel's own stands. Pure. */
import type { Adjustable } from "@/server/types.ts"

export type Unit = { word: string; size: number }
export type Problem = "number" | "range"

const FILES = ["image", "voice", "video", "file", "card", "mini_program"]
const TIMES: Unit[] = [
  { word: "days", size: 86_400 },
  { word: "hours", size: 3_600 },
  { word: "minutes", size: 60 },
]

/** What a limit is counted in: the largest unit of which the channel's own number has some whole ones. */
export function unitOf(one: Adjustable): Unit {
  if (one.what === "bytes")
    return FILES.includes(one.of) ? { word: "megabytes", size: 1024 * 1024 } : { word: "bytes", size: 1 }
  if (one.what !== "seconds") return { word: "", size: 1 }
  const whole = TIMES.find(({ word, size }) => one.value % size === 0 && (word !== "days" || one.value > 2 * size))
  return (one.part !== "sends" && one.part !== "public_sends" && whole) || { word: "seconds", size: 1 }
}

/** A number as it stands in the field: at most three places behind the point. */
export const shown = (value: number, unit: Unit): string => String(Number((value / unit.size).toFixed(3)))

/** What was typed: nothing (null: the channel's own), a number in the server's unit, or what is wrong with it. */
export function read(typed: string, one: Adjustable): { value: number | null } | { problem: Problem } {
  const said = typed.replace(/[\s,，_]/g, "").normalize("NFKC")
  if (!said) return { value: null }
  if (!/^\d{1,12}(\.\d{1,6})?$/.test(said)) return { problem: "number" }
  const value = Math.round(Number(said) * unitOf(one).size)
  return value < one.least || value > one.most ? { problem: "range" } : { value }
}

/** What the server is told: only what is otherwise than it was. A number that merely looks rounded is none. */
export function changes(
  limits: readonly Adjustable[],
  typed: Readonly<Record<string, string>>,
  saved: Readonly<Record<string, number>>,
): Record<string, number | null> {
  const told: Record<string, number | null> = {}
  for (const one of limits) {
    const got = read(typed[one.key] ?? "", one)
    const before = saved[one.key]
    if ("problem" in got) continue
    if (got.value === null ? before !== undefined : typed[one.key]!.trim() !== startOf(one, saved))
      told[one.key] = got.value
  }
  return told
}

/** What stands in a field at first. */
export const startOf = (one: Adjustable, saved: Readonly<Record<string, number>>): string =>
  saved[one.key] === undefined ? "" : shown(saved[one.key]!, unitOf(one))

/** The limits in groups of what they are about, in the channel's order. */
export function grouped(
  limits: readonly Adjustable[],
): { key: string; part: Adjustable["part"]; of: string; lines: Adjustable[] }[] {
  const groups = new Map<string, { key: string; part: Adjustable["part"]; of: string; lines: Adjustable[] }>()
  for (const one of limits) {
    const key = `${one.part}.${one.of}`
    if (!groups.has(key)) groups.set(key, { key, part: one.part, of: one.of, lines: [] })
    groups.get(key)!.lines.push(one)
  }
  return [...groups.values()]
}
