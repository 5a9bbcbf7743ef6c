/** Opening hours: asked for, written anew, removed. */
import { call } from "./http.ts"
import type { components } from "./schema.d.ts"

type Schemas = components["schemas"]
export type HoursNow = Schemas["HoursNow"]
export type SetHours = Schemas["SetHours"]
export type DaySpan = Schemas["DaySpan"]
export type Holiday = Required<Schemas["Holiday"]>

const named = (id: string) => ({ path: { hours_id: id } })
export const fetchHours = () => call("GET", "/api/hours")
export const addHours = (given: SetHours) => call("POST", "/api/hours", { body: given })
export const changeHours = (id: string, given: SetHours) =>
  call("PUT", "/api/hours/{hours_id}", { ...named(id), body: given })
export const removeHours = (id: string) => call("DELETE", "/api/hours/{hours_id}", named(id))
