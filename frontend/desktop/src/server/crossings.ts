/** A customer goes on with a conversation on another channel: where, by which code, and when it was not he. */
import { call } from "./http.ts"
import type { components } from "./schema.d.ts"

export type CrossingPlace = components["schemas"]["CrossingPlace"]
export type CrossingView = components["schemas"]["CrossingView"]
const of = (id: string) => ({ path: { conversation_id: id } })

export const listCrossings = (id: string) => call("GET", "/api/conversations/{conversation_id}/crossings", of(id))
export const giveCrossing = (id: string, inbox_id: string) =>
  call("POST", "/api/conversations/{conversation_id}/crossings", { ...of(id), body: { inbox_id } })
export const undoCrossing = (id: string) => call("DELETE", "/api/conversations/{conversation_id}/crossing", of(id))
