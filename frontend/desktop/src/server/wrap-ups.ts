/** Wrap-up codes: what a matter was about. Whoever resolves is asked, where the workspace has such. */
import { shallowRef } from "vue"
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"
import { eventsOf, hear, hearReset } from "./live.ts"

type Schemas = components["schemas"]
export type WrapUps = Schemas["WrapUps"]
export type SetWrapUps = Schemas["SetWrapUps"]

export const wrapUps = shallowRef<WrapUps>({ needed: false, codes: [] })
/** Somebody is asked now: answers with a code, null for none, undefined for not resolving after all. */
export const asked = shallowRef<{ answer: (code: string | null | undefined) => void; current: string | null } | null>(
  null,
)

export const getWrapUps = () => call("GET", "/api/wrap-ups")
export const setWrapUps = (given: SetWrapUps) => call("PUT", "/api/wrap-ups", { body: given })

export async function fetchWrapUps(): Promise<void> {
  wrapUps.value = await getWrapUps().catch(() => wrapUps.value)
}
hear((frames) => eventsOf(frames).some((event) => event.kind === "wrap_up.changed") && void fetchWrapUps())
hearReset(() => void fetchWrapUps())

/** `current`: what it was resolved with before. */
export function askWrapUp(current: string | null = null): Promise<string | null | undefined> {
  if (!wrapUps.value.codes.length) return Promise.resolve(null)
  asked.value?.answer(undefined)
  return new Promise((done) => {
    asked.value = {
      current,
      answer(code) {
        asked.value = null
        done(code)
      },
    }
  })
}
