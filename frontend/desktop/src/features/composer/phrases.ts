/** Which quick phrases fit what stands behind the slash. Pure. */
import type { QuickPhrase } from "@/server/types.ts"
import { spells } from "./pinyin.ts"

const MOST = 12

/** One's own first, then the company's; in each, shortcuts that begin with the word, then those with it anywhere, then what is
 * spelt so, then those that say it; among equals in their order. */
export function matching(phrases: readonly QuickPhrase[], word: string, most = MOST): QuickPhrase[] {
  const sought = word.toLocaleLowerCase()
  const rank = (phrase: QuickPhrase) => {
    const shortcut = phrase.shortcut.toLocaleLowerCase()
    if (shortcut.startsWith(sought)) return 0
    if (shortcut.includes(sought)) return 1
    if (spells(phrase.pinyin, sought)) return 2
    return phrase.text.toLocaleLowerCase().includes(sought) ? 3 : 4
  }
  return phrases
    .map((phrase) => ({ phrase, rank: rank(phrase) }))
    .filter((one) => one.rank < 4)
    .sort((a, b) => Number(b.phrase.personal) - Number(a.phrase.personal) || a.rank - b.rank)
    .slice(0, most)
    .map((one) => one.phrase)
}
