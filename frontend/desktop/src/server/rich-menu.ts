/** The rich menu of one account: what is drawn up, and what customers see. */
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"
import type { StoredFile } from "./types.ts"

type Schemas = components["schemas"]
export type RichMenuState = Schemas["RichMenuView"]
export type RichMenu = Schemas["RichMenu"]
export type MenuAction = Schemas["MenuAction"]

const at = (id: string) => ({ path: { inbox_id: id } })

export const getRichMenu = (id: string) => call("GET", "/api/inboxes/{inbox_id}/rich-menu", at(id))
export const drawRichMenu = (id: string, menu: RichMenu) =>
  call("PUT", "/api/inboxes/{inbox_id}/rich-menu", { ...at(id), body: menu })
export const publishRichMenu = (id: string) => call("POST", "/api/inboxes/{inbox_id}/rich-menu/publish", at(id))
export const withdrawRichMenu = (id: string) => call("POST", "/api/inboxes/{inbox_id}/rich-menu/withdraw", at(id))

export function storePicture(file: File): Promise<StoredFile> {
  const form = new FormData()
  form.append("file", file, file.name)
  return call("POST", "/api/files", { body: form })
}
