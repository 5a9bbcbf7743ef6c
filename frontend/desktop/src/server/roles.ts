/** Roles: what each may, those built in and the workspace's own. */
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"

type Schemas = components["schemas"]
export type Roles = Schemas["Roles"]
export type OwnRole = Schemas["OwnRole"]
export type SetRole = Schemas["SetRole"]

const named = (id: string) => ({ path: { role_id: id } })
export const fetchRoles = () => call("GET", "/api/roles")
export const addRole = (given: SetRole) => call("POST", "/api/roles", { body: given })
export const changeRole = (id: string, given: SetRole) =>
  call("PUT", "/api/roles/{role_id}", { ...named(id), body: given })
export const removeRole = (id: string) => call("DELETE", "/api/roles/{role_id}", named(id))
