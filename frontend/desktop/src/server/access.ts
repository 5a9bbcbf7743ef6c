/** How people come in: their sign-ins and second factor, and the workspace's rules and record. */
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"

type Schemas = components["schemas"]
export type SignIn = Schemas["SignInView"]
export type NewFactor = Schemas["NewFactor"]
export type SignInRecord = Schemas["SignInRecord"]

export const myAccess = () => call("GET", "/api/me/access")
export const revokeSignIn = (id: string) =>
  call("DELETE", "/api/me/sign-ins/{sign_in_id}", { path: { sign_in_id: id } })
export const endOtherSignIns = () => call("POST", "/api/me/sign-ins/end-others")
export const beginSecondFactor = (password: string) => call("POST", "/api/me/second-factor", { body: { password } })
export const confirmSecondFactor = async (code: string) =>
  (await call("POST", "/api/me/second-factor/confirm", { body: { code } })).codes
export const endSecondFactor = (password: string) => call("POST", "/api/me/second-factor/end", { body: { password } })

export const accessRules = () => call("GET", "/api/workspace/rules")
export const changeRules = (change: Partial<Schemas["Rules"]>) =>
  call("PATCH", "/api/workspace/rules", { body: change })
/** The newest first; `after` is the `next` of the page before. */
export const signInRecords = (after: string | null = null) => call("GET", "/api/sign-ins", { query: { after } })
export const resetLink = (agent: string, second_factor: boolean) =>
  call("POST", "/api/agents/{agent_id}/reset-link", { path: { agent_id: agent }, body: { second_factor } })
