/** How text and tables are read from the bytes of a file. Pure. */

/** What is read of a text or a table; the rest is for the download. */
export const READ_BYTES = 512 * 1024
export const MOST_ROWS = 500
export const MOST_COLUMNS = 40

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
