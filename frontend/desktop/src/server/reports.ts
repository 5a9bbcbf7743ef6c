/** Numbers from the server: the page of reports, its tables, and the wallboard. */
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"

type Schemas = components["schemas"]
export type Report = Schemas["Report"]
export type Numbers = Schemas["Numbers"]
export type Parity = Schemas["Parity"]
export type Served = Schemas["Served"]
export type Wall = Schemas["Now"]
/** Which days, of which channel and agent; '' for all. */
export type Chosen = { first: string; last: string; channel: string; agent_id: string; team_id: string }
export type By = "day" | "channel" | "agent"

/** Without days, the last seven. */
export const fetchReport = (chosen: Partial<Chosen>) => call("GET", "/api/reports", { query: chosen })
/** Whether all channels are served alike on these days. */
export const fetchParity = (days: { first: string; last: string }) =>
  call("GET", "/api/reports/parity", { query: days })
export const parityTableAddress = (days: { first: string; last: string }) =>
  `/api/reports/parity/table?${new URLSearchParams(days)}`
/** In these of the queues that name their agents she serves from now on; answers with those before. */
export const serveIn = (agent_id: string, queue_ids: string[]) =>
  call("POST", "/api/agents/{agent_id}/queues", { path: { agent_id }, body: { queue_ids } })
export const setPresenceOf = (agent_id: string, presence: "online" | "busy" | "offline") =>
  call("POST", "/api/agents/{agent_id}/presence", { path: { agent_id }, body: { presence } })
export const fetchWall = () => call("GET", "/api/wallboard")

/** Where the same numbers are had for a spreadsheet. */
export function tableAddress(by: By, chosen: Chosen): string {
  const filled = Object.entries({ by, ...chosen }).filter(([, value]) => value)
  return `/api/reports/table?${new URLSearchParams(filled)}`
}

/** So many days before or after an ISO date; days have no clock. */
export function daysFrom(iso: string, by: number): string {
  const at = new Date(`${iso}T00:00:00Z`)
  at.setUTCDate(at.getUTCDate() + by)
  return at.toISOString().slice(0, 10)
}
