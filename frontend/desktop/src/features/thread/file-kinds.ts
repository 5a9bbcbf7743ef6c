/** What of a file can be looked at here, and how text and tables are read from its bytes. Pure. */
import type { Media } from "@/server/types.ts"

export type Shown = "image" | "pdf" | "table" | "text" | "audio" | "video"

const TABLES = new Set(["csv", "tsv"])
const TEXTS = new Set(
  "txt md log json xml yaml yml ini toml html htm svg css js ts py sql sh srt vtt ics vcf eml".split(" "),
)
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"])
const SOUNDS = /^(audio\/(mpeg|mp4|ogg|wav|webm|amr|amr-wb|silk|speex)|video\/(mp4|webm))$/
/** What is read of a text or a table; the rest is for the download. */
export const READ_BYTES = 512 * 1024
export const MOST_ROWS = 500
export const MOST_COLUMNS = 40

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

/** The text of the bytes: UTF-16 by its mark, UTF-8 when it is, else the likelier of the old East Asian encodings. */
export function textOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes)
  const strict = (encoding: string) => {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true }) // it may be cut in a letter
    } catch {
      return null
    }
  }
  const japanese = () => {
    const read = strict("shift_jis")
    return read && (read.match(/[\u3041-\u30fe]/g)?.length ?? 0) * 20 > read.length ? read : null
  }
  return strict("utf-8") ?? japanese() ?? strict("gb18030") ?? strict("euc-kr") ?? new TextDecoder().decode(bytes)
}

/** Rows of a table whose cells are parted by what its first line has most of: comma, semicolon or tab. */
export function tableOf(text: string): { rows: string[][]; more: boolean } {
  const head = text.slice(0, text.search(/\r?\n|$/))
  const counts = [",", ";", "\t"].map((mark) => [mark, head.split(mark).length] as const)
  const parting = counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0]
  const rows: string[][] = []
  let row: string[] = []
  let cell = ""
  let quoted = false
  const closeRow = () => {
    row.push(cell)
    if (row.length > 1 || row[0] !== "") rows.push(row.slice(0, MOST_COLUMNS))
    row = []
    cell = ""
  }
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!
    if (quoted) {
      if (letter !== '"') cell += letter
      else if (text[at + 1] === '"') cell += text[at++]
      else quoted = false
    } else if (letter === '"' && cell === "") quoted = true
    else if (letter === parting) {
      row.push(cell)
      cell = ""
    } else if (letter === "\n") {
      closeRow()
      if (rows.length >= MOST_ROWS) return { rows, more: at < text.length - 1 }
    } else if (letter !== "\r") cell += letter
  }
  if (cell || row.length) closeRow()
  return { rows, more: false }
}
