/** Which quick phrases fit what stands behind the slash. Pure. */
import type { QuickPhrase } from "@/server/types.ts"

const MOST = 12

/** The word behind a slash, before the caret; null when there is none, or when the slash is part of an address or a date. */
export function slashWord(text: string, caret: number): { from: number; word: string } | null {
  const found = /(?:^|[^\w/:.])\/(\S{0,20})$/u.exec(text.slice(0, caret))
  return found ? { from: caret - found[1]!.length - 1, word: found[1]! } : null
}

/** One's own first, then the company's; in each, shortcuts that begin with the word, then those with it anywhere. */
export function matching(phrases: readonly QuickPhrase[], word: string): QuickPhrase[] {
  const sought = word.toLocaleLowerCase()
  const rank = (phrase: QuickPhrase) => {
    const shortcut = phrase.shortcut.toLocaleLowerCase()
    if (shortcut.startsWith(sought)) return 0
    if (shortcut.includes(sought)) return 1
    return phrase.text.toLocaleLowerCase().includes(sought) ? 2 : 3
  }
  return phrases
    .map((phrase) => ({ phrase, rank: rank(phrase) }))
    .filter((one) => one.rank < 3)
    .sort((a, b) => Number(b.phrase.personal) - Number(a.phrase.personal) || a.rank - b.rank)
    .slice(0, MOST)
    .map((one) => one.phrase)
}
