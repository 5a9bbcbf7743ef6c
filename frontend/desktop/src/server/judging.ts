/** What the house believes of a conversation, and what corrects it. */
import { call } from "./http.ts"
import { correctedRow } from "./actions.ts"
import type { components } from "./schema.d.ts"

type Schemas = components["schemas"]
export type Correction = Schemas["Correct"]
export type Reason = Schemas["Reason"]
export type AlarmWord = Schemas["AlarmWord"]
export const URGENCIES = ["urgent", "high", "normal", "low"] as const
export const MOODS = ["angry", "falling", "neutral", "glad"] as const

let known: Promise<string[]> | undefined
/** The languages that messages are told to be in. They never change while the page is open. */
export const listLanguages = () => {
  known ??= call("GET", "/api/languages").then((answer) => answer.languages)
  known.catch(() => (known = undefined))
  return known
}
export const correct = (id: string, what: Correction) => correctedRow(id, what)
export const listAlarmWords = () => call("GET", "/api/alarm-words").then((answer) => answer.words)
export const setAlarmWords = (words: AlarmWord[]) =>
  call("PUT", "/api/alarm-words", { body: { words } }).then((answer) => answer.words)
