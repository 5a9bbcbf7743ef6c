/** Conversations in other words: who translates, where, and what it comes to. */
import { shown } from "./actions.ts"
import { call } from "./http.ts"
import type { components } from "./schema.d.ts"

type Schemas = components["schemas"]
export type Translation = Schemas["TranslationSettings"]
export type SetTranslation = Schemas["SetTranslation"]
const of = (id: string) => ({ path: { conversation_id: id } })

export const switchTranslation = (id: string, on: boolean) =>
  shown(id, call("POST", "/api/conversations/{conversation_id}/translating", { ...of(id), body: { on } }))
export const readTranslations = (id: string, seqs: number[], to: string) =>
  call("POST", "/api/conversations/{conversation_id}/translations", { ...of(id), body: { seqs, to } })
export const translateDraft = (id: string, text: string, to: string) =>
  call("POST", "/api/conversations/{conversation_id}/translate", { ...of(id), body: { text, to } })

export const getTranslation = () => call("GET", "/api/translation")
export const setTranslation = (given: SetTranslation) => call("PUT", "/api/translation", { body: given })
export const tryTranslation = (text: string, to: string) => call("POST", "/api/translation/try", { body: { text, to } })
