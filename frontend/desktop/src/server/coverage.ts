/** What the coverage page asks and tells the server. */
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"

type Schemas = components["schemas"]
export type Coverage = Schemas["Coverage"]
export type CoveredDay = Coverage["days"][number]
export type Shift = Schemas["Shift"]
export type SetPlan = Schemas["SetPlan"]

const at = (queue_id: string, first: string) => ({ path: { queue_id }, query: { first } })
export const getCoverage = (queue: string, first: string) =>
  call("GET", "/api/queues/{queue_id}/coverage", at(queue, first))
export const planCoverage = (queue: string, first: string, plan: SetPlan) =>
  call("PUT", "/api/queues/{queue_id}/coverage", { ...at(queue, first), body: plan })
