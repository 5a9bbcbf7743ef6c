/** Contacts as a list, what was noted about one, and the attributes that the workspace has defined. */
import { shallowRef } from "vue"
import { call } from "./http.ts"
import { eventsOf, hear, hearReset } from "./live.ts"
import type { components } from "./schema.d.ts"

type Schemas = components["schemas"]
export type PersonRow = Schemas["PersonRow"]
export type NoteAbout = Schemas["NoteAbout"]
export type Attribute = Schemas["Attribute"]

/** Defined attributes of contacts and conversations, in their order. */
export const attributes = shallowRef<Attribute[]>([])

export async function fetchAttributes(): Promise<Attribute[]> {
  attributes.value = await call("GET", "/api/attributes")
  return attributes.value
}
export const addAttribute = (given: Schemas["NewAttribute"]) => call("POST", "/api/attributes", { body: given })
export const changeAttribute = (id: string, change: Schemas["ChangeAttribute"]) =>
  call("PATCH", "/api/attributes/{attribute_id}", { path: { attribute_id: id }, body: change })
export const removeAttribute = (id: string) =>
  call("DELETE", "/api/attributes/{attribute_id}", { path: { attribute_id: id } })

/** The newest first; `after` is the `next` of the page before. */
export const listPeople = (asked: { q: string; tag: string; after: string | null }, signal: AbortSignal) =>
  call("GET", "/api/contacts", { query: { ...asked, limit: 60 }, signal })
export const listTags = () => call("GET", "/api/contact-tags")
export const notesAbout = (id: string) => call("GET", "/api/contacts/{contact_id}/notes", { path: { contact_id: id } })

let asked = false
/** Asks for the attributes once; later changes come by themselves. */
export function learnAttributes(): void {
  if (asked) return
  asked = true
  fetchAttributes().catch(() => (asked = false))
}
hear((frames) => {
  if (asked && eventsOf(frames).some((event) => event.kind === "attribute.changed"))
    void fetchAttributes().catch(() => {})
})
hearReset(() => asked && void fetchAttributes().catch(() => {}))
