/** What a search is sifted by, as the address says it: who said it, what it holds, from which day to which, a tag. */
import type { LocationQuery } from "vue-router"
import type { Sifted } from "@/server/list-rules.ts"

export const SPEAKERS = ["contact", "agent", "bot", "note"] as const
export const HOLDS = ["image", "voice", "video", "file", "link", "location", "card"] as const
const oneOf = <One extends string>(from: readonly One[], said: unknown) => from.find((one) => one === said) ?? null

/** A day of the agent's own calendar, as "2026-11-22"; null when it is none. */
function day(said: unknown, days = 0): Date | null {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(String(said ?? "")) ?? []
  return year ? new Date(Number(year), Number(month) - 1, Number(date) + days) : null
}
/** The day so many days before today, as it stands in the address. */
export function dayBefore(days: number): string {
  const at = new Date()
  at.setDate(at.getDate() - days)
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-")
}

export function siftedBy(query: LocationQuery): Sifted {
  return {
    by: oneOf(SPEAKERS, query["by"]),
    holds: oneOf(HOLDS, query["holds"]),
    since: day(query["since"])?.toISOString() ?? null,
    until: day(query["until"], 1)?.toISOString() ?? null, // the last day is meant to its end
    tag: String(query["tag"] ?? "") || null,
  }
}
