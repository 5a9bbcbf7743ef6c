/** Finds the web addresses in a text, without ever touching HTML. */
export type Piece = { text: string; href: string | null }

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
