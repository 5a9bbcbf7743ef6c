/** What an account shows by itself: its menu, and codes to scan. */
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"

type Schemas = components["schemas"]
export type MenuState = Schemas["MenuView"]
export type MenuProblem = { code: string; place?: string; detail?: string }
export type CodeList = Schemas["Codes"]
export type CodeRow = CodeList["rows"][number]
export type OfferedTemplate = Schemas["OfferedTemplate"]
export type ButtonDraft = {
  label: string
  does: "reply" | "url" | "mini_program"
  value: string
  app_id: string
  path: string
  children: ButtonDraft[]
}

const inbox = (inbox_id: string) => ({ path: { inbox_id } })

export const readMenu = (id: string) => call("GET", "/api/inboxes/{inbox_id}/menu", inbox(id))
export const writeMenu = (id: string, buttons: ButtonDraft[], version: number) =>
  call("PUT", "/api/inboxes/{inbox_id}/menu", { ...inbox(id), body: { buttons, version } })
export const publishMenu = (id: string) => call("POST", "/api/inboxes/{inbox_id}/menu/publish", inbox(id))

export const listTemplates = (id: string) => call("GET", "/api/inboxes/{inbox_id}/templates", inbox(id))

export const listCodes = (id: string) => call("GET", "/api/inboxes/{inbox_id}/codes", inbox(id))
export const makeCode = (id: string, given: Schemas["MakeCode"]) =>
  call("POST", "/api/inboxes/{inbox_id}/codes", { ...inbox(id), body: given })
export const forgetCode = (id: string, code_id: string) =>
  call("DELETE", "/api/inboxes/{inbox_id}/codes/{code_id}", { path: { inbox_id: id, code_id } })
