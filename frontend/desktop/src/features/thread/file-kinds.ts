/** What of a file can be looked at here. Pure. */
import type { Media } from "@/server/types.ts"

export type Shown = "image" | "pdf" | "table" | "text" | "audio" | "video"

const TABLES = new Set(["csv", "tsv"])
const TEXTS = new Set(
  "txt md log json xml yaml yml ini toml html htm svg css js ts py sql sh srt vtt ics vcf eml".split(" "),
)
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"])
const SOUNDS = /^(audio\/(mpeg|mp4|ogg|wav|webm|amr|amr-wb|silk|speex)|video\/(mp4|webm))$/

/** How this file is shown, or null when it is only handed out. A page or a drawing with scripts is shown as its source. */
export function shownAs(media: Media): Shown | null {
  const type = media.type ?? ""
  const ending = (media.name ?? "").toLowerCase().split(".").at(-1) ?? ""
  if (PICTURES.has(type)) return "image"
  if (type === "application/pdf") return "pdf"
  if (SOUNDS.test(type)) return type.startsWith("audio") ? "audio" : "video"
  if (type !== "" && type !== "application/octet-stream" && !type.startsWith("text/")) return null
  if (TABLES.has(ending)) return "table"
  return TEXTS.has(ending) || type.startsWith("text/") ? "text" : null
}
