/** Finds the web addresses in a text, and the names that a note calls, without ever touching HTML. */
export type Piece = { text: string; href: string | null; called?: boolean }

/** The text in pieces; an address ends before closing punctuation, Chinese included. */
export function linked(text: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const match of text.matchAll(/https?:\/\/[^\s<>"'，。；、！？）】》」\u3000]+/giu)) {
    const address = match[0].replace(/[.,;:!?)\]}]+$/u, "")
    if (!URL.canParse(address)) continue
    if (match.index > at) pieces.push({ text: text.slice(at, match.index), href: null })
    pieces.push({ text: address, href: address })
    at = match.index + address.length
  }
  if (at < text.length || !pieces.length) pieces.push({ text: text.slice(at), href: null })
  return pieces
}

/** The same, with `@NAME` of each of the names as a piece of its own. */
export function called(text: string, names: readonly string[]): Piece[] {
  const longest = names.filter(Boolean).sort((a, b) => b.length - a.length)
  if (!longest.length) return linked(text)
  const sign = new RegExp(`(@(?:${longest.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")}))`, "u")
  return linked(text).flatMap((piece) =>
    piece.href
      ? [piece]
      : piece.text
          .split(sign)
          .map((part, at) => ({ text: part, href: null, called: at % 2 === 1 }))
          .filter((part) => part.text),
  )
}
