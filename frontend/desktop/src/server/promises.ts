/** Promises in words, and the policies that settings ask for and write. */
import { t } from "@/words/index.ts"
import { exactly, lasting, upcoming } from "@/words/time.ts"
import { call } from "./http.ts"
import { zone } from "./me.ts"
import { shownPromise } from "./promise-rules.ts"
import type { components } from "./schema.d.ts"
import type { ConversationRow } from "./types.ts"

type Schemas = components["schemas"]
export type PolicyNow = Schemas["PolicyNow"]
export type SetPolicy = Required<Schemas["SetPolicy"]>
export type Examples = Schemas["Examples"]

const HALF_A_DAY = 12 * 3_600_000

/** 8m, 3h: what is far enough away needs no seconds. */
const briefly = (ms: number) =>
  ms < 3_600_000
    ? t("promise.minutes", { count: Math.floor(ms / 60_000) })
    : t("promise.hours", { count: Math.floor(ms / 3_600_000) })

/** What a chip says of the promise that counts now: a word, a time, and a tone that only repeats them. */
export function promiseOf(row: ConversationRow, now: number) {
  const shown = row.state === "resolved" ? null : shownPromise(row, now)
  if (!shown) return null
  const { promise, tone, left, due } = shown
  const word = tone === "bad" ? "over" : promise
  const time =
    left <= 0
      ? lasting(-left)
      : left > HALF_A_DAY
        ? upcoming(due, now, zone.value)
        : tone === "warn" || left < 60_000
          ? lasting(left)
          : briefly(left)
  return {
    tone,
    text: t(`promise.${word}`, { time }),
    title: t("promise.title", { what: t(`promise.name.${promise}`), at: exactly(due) }),
  }
}

const named = (policy_id: string) => ({ path: { policy_id } })
export const listPolicies = () => call("GET", "/api/policies")
export const addPolicy = (given: SetPolicy) => call("POST", "/api/policies", { body: given })
export const changePolicy = (id: string, given: SetPolicy) =>
  call("PUT", "/api/policies/{policy_id}", { ...named(id), body: given })
export const removePolicy = (id: string) => call("DELETE", "/api/policies/{policy_id}", named(id))
export const tryPolicy = (given: SetPolicy) => call("POST", "/api/policies/try", { body: given })
