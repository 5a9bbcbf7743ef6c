/** Macros: kept, rehearsed against the open conversation, and run. */
import type { components } from "./schema.d.ts"
import { shown } from "./actions.ts"
import { call } from "./http.ts"

type Schemas = components["schemas"]
export type Macro = Schemas["Macro"]
export type MacroAction = Macro["actions"][number]
export type MacroKey = Macro["key"]
export type Step = Required<Schemas["Step"]>

const of = (id: string) => ({ path: { macro_id: id } })

/** One's own first, then the company's. */
export const listMacros = () => call("GET", "/api/macros")
export const addMacro = (given: Omit<Macro, "id">) => call("POST", "/api/macros", { body: given })
export const changeMacro = (id: string, change: Omit<Macro, "id" | "personal">) =>
  call("PATCH", "/api/macros/{macro_id}", { ...of(id), body: change })
export const removeMacro = (id: string) => call("DELETE", "/api/macros/{macro_id}", of(id))

const at = (conversation_id: string, macro_id: string) => ({ path: { conversation_id, macro_id } })

/** What running it would come to, step by step; nothing is sent or changed. */
export const rehearse = async (conversation: string, macro: string) =>
  (await call("POST", "/api/conversations/{conversation_id}/macros/{macro_id}/rehearse", at(conversation, macro)))
    .steps as Step[]
/** All its steps but those `without`, or none. */
export const runMacro = (conversation: string, macro: string, without: number[]) =>
  shown(
    conversation,
    call("POST", "/api/conversations/{conversation_id}/macros/{macro_id}/run", {
      ...at(conversation, macro),
      body: { id: crypto.randomUUID(), without },
    }),
  )
