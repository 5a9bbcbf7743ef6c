/** Teams: agents who work together under a name. */
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"

type Schemas = components["schemas"]
export type Team = Schemas["Team"]
export type SetTeam = Required<Schemas["SetTeam"]>

const named = (team_id: string) => ({ path: { team_id } })
export const listTeams = () => call("GET", "/api/teams")
export const addTeam = (given: SetTeam) => call("POST", "/api/teams", { body: given })
export const changeTeam = (id: string, given: SetTeam) =>
  call("PUT", "/api/teams/{team_id}", { ...named(id), body: given })
export const endTeam = (id: string) => call("DELETE", "/api/teams/{team_id}", named(id))
