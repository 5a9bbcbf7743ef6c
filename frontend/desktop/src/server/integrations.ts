/** What the pages about other systems ask and tell the server: access tokens. */
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"

type Schemas = components["schemas"]
export type Token = Schemas["Token"]
export type TokenScope = Token["scopes"][number]
export type MadeToken = Schemas["MadeToken"]

export const listTokens = () => call("GET", "/api/tokens")
export const makeToken = (given: Schemas["MakeToken"]) => call("POST", "/api/tokens", { body: given })
export const revokeToken = (id: string) => call("DELETE", "/api/tokens/{token_id}", { path: { token_id: id } })
