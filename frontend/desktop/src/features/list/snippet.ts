/** Cuts a text around what was looked for, and says which parts of it were hit. */
export type Part = { text: string; hit: boolean }
const BEFORE = 14

/** `text` in parts, those that match a word of `q` marked. Starts a little before the first hit when that lies deep. */
export function inParts(text: string, q: string): Part[] {
  const words = q.trim().split(/\s+/).filter(Boolean)
  if (!words.length) return [{ text, hit: false }]
  const sought = new RegExp(words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "giu")
  const plain = text.replace(/\s+/g, " ")
  const first = plain.search(sought)
  const from = first > BEFORE * 2 ? first - BEFORE : 0
  const cut = from ? `…${plain.slice(from)}` : plain
  const parts: Part[] = []
  let at = 0
  for (const match of cut.matchAll(sought)) {
    if (match.index > at) parts.push({ text: cut.slice(at, match.index), hit: false })
    parts.push({ text: match[0], hit: true })
    at = match.index + match[0].length
  }
  if (at < cut.length) parts.push({ text: cut.slice(at), hit: false })
  return parts
}
