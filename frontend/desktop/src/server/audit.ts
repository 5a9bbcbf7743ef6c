/** The audit log: who did what to what. */
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"

export type AuditEntry = components["schemas"]["AuditEntry"]
/** Of whom, of which area, of which days by the clock of this browser; '' for all. */
export type AuditFilter = { agent_id: string; area: string; first: string; last: string }

function query({ agent_id, area, first, last }: AuditFilter): Record<string, string> {
  const after = last ? new Date(`${last}T00:00:00`) : null
  after?.setDate(after.getDate() + 1)
  const said = {
    agent_id,
    area,
    since: first ? new Date(`${first}T00:00:00`).toISOString() : "",
    until: after ? after.toISOString() : "",
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value))
}

/** The newest first; `after` is the `next` of the page before. */
export const auditLog = (filter: AuditFilter, after: string | null = null) =>
  call("GET", "/api/audit", { query: { ...query(filter), ...(after ? { after } : {}) } })

/** Where the same is had for a spreadsheet. */
export const auditTable = (filter: AuditFilter) => `/api/audit/table?${new URLSearchParams(query(filter))}`
