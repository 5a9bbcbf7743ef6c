/** What the house believes of a conversation, and what corrects it. */
import { call } from "./http.ts"
import { correctedRow } from "./actions.ts"
import type { components } from "./schema.d.ts"

type Schemas = components["schemas"]
export type Correction = Schemas["Correct"]
export type Reason = Schemas["Reason"]
export type AlarmWord = Schemas["AlarmWord"]
export type OurWord = Schemas["OurWord"]
export type JudgedSentence = Schemas["JudgedSentence"]
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
/** The words that every workspace begins with. */
export const listOurAlarmWords = () => call("GET", "/api/alarm-words/ours")
/** `seen` are those that were changed; refused as `stale` when they are others meanwhile. */
export const setAlarmWords = (words: AlarmWord[], seen: AlarmWord[]) =>
  call("PUT", "/api/alarm-words", { body: { words, seen } }).then((answer) => answer.words)
export const tryAlarmWords = (given: Schemas["TrySentence"]) => call("POST", "/api/alarm-words/try", { body: given })
