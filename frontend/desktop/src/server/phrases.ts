/** Quick phrases and the groups in which they lie, as settings change them and the composer picks them. */
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"
import type { QuickPhrase } from "./types.ts"

type Schemas = components["schemas"]
export type PhraseGroup = Schemas["PhraseGroup"]
export type PhraseContent = NonNullable<QuickPhrase["content"]>

const phrase = (id: string) => ({ path: { phrase_id: id } })
const group = (id: string) => ({ path: { group_id: id } })

export const listPhrases = () => call("GET", "/api/quick-phrases")
export const addPhrase = (given: Schemas["NewPhrase"]) => call("POST", "/api/quick-phrases", { body: given })
export const changePhrase = (id: string, given: Schemas["ChangePhrase"]) =>
  call("PATCH", "/api/quick-phrases/{phrase_id}", { ...phrase(id), body: given })
export const removePhrase = (id: string) => call("DELETE", "/api/quick-phrases/{phrase_id}", phrase(id))
/** Before that phrase of the group, or behind all. */
export const placePhrase = (id: string, group_id: string | null, before: string | null) =>
  call("PUT", "/api/quick-phrases/{phrase_id}/place", { ...phrase(id), body: { group_id, before } })

export const listPhraseGroups = () => call("GET", "/api/quick-phrases/groups")
export const addPhraseGroup = (name: string, personal: boolean) =>
  call("POST", "/api/quick-phrases/groups", { body: { name, personal } })
export const renamePhraseGroup = (id: string, name: string) =>
  call("PATCH", "/api/quick-phrases/groups/{group_id}", { ...group(id), body: { name } })
export const removePhraseGroup = (id: string) => call("DELETE", "/api/quick-phrases/groups/{group_id}", group(id))
export const placePhraseGroup = (id: string, before: string | null) =>
  call("PUT", "/api/quick-phrases/groups/{group_id}/place", { ...group(id), body: { before } })

/** As a phrase keeps a file: what a browser shows or plays as such, anything else as a file. */
export async function keptAs(file: File): Promise<PhraseContent> {
  const form = new FormData()
  form.append("file", file, file.name)
  const { key, url, name, size, type } = await call("POST", "/api/files", { body: form })
  const kind = { image: "image", audio: "voice", video: "video" }[type.split("/")[0]!] ?? "file"
  return { kind, media: { key, url, name, size, type } }
}
/** As it is told to the server: a file by its key. */
export const asGiven = (content: PhraseContent): NonNullable<Schemas["NewPhrase"]["content"]> =>
  ({
    ...content,
    ...(content.media ? { media: { key: content.media.key } } : {}),
  }) as unknown as NonNullable<Schemas["NewPhrase"]["content"]>
