/** Quick phrases that fit what is being typed, without being asked for. Pure, but for the counter of its work. */
import type { QuickPhrase } from "@/server/types.ts"

const MOST = 5
const TAIL = 12
/** For tests: how many phrases the last look has weighed. */
export const work = { weighed: 0 }
export type HintIndex = { phrases: readonly QuickPhrase[]; pairs: Map<string, number[]>; words: string[] }

const plain = (text: string) => text.toLocaleLowerCase()

/** Each pair of neighbouring signs, and the phrases that have it: made once for a list. */
export function indexOf(phrases: readonly QuickPhrase[]): HintIndex {
  const pairs = new Map<string, number[]>()
  const words = phrases.map((phrase) => plain(`${phrase.shortcut} ${phrase.text}`))
  words.forEach((text, at) => {
    for (const pair of new Set(pairsOf(text))) pairs.set(pair, [...(pairs.get(pair) ?? []), at])
  })
  return { phrases, pairs, words }
}
function pairsOf(text: string): string[] {
  const signs = [...text]
  return signs.slice(1).map((sign, at) => signs[at]! + sign)
}

/** The best for the end of what stands before the caret; those used more often first among equals. Only phrases that have the
 * rarest pair of it are weighed. None for less than two signs, or where the whole phrase stands there already. */
export function hintsFor(index: HintIndex, text: string, uses: Readonly<Record<string, number>>): QuickPhrase[] {
  const typed =
    plain(text)
      .split(/[\s。，！？,.!?;；\n]+/u)
      .at(-1) ?? ""
  const sought = [...typed].slice(-TAIL).join("")
  const pairs = pairsOf(sought)
  work.weighed = 0
  if (!pairs.length) return []
  const found = pairs.map((pair) => index.pairs.get(pair) ?? [])
  const rarest = found.reduce((least, one) => (one.length < least.length ? one : least))
  const fits = rarest.filter((at) => {
    work.weighed++
    return index.words[at]!.includes(sought) && !plain(text).includes(plain(index.phrases[at]!.text))
  })
  const score = (at: number) =>
    (index.words[at]!.startsWith(sought) ? 4 : 0) + Math.min(uses[index.phrases[at]!.id] ?? 0, 20)
  return fits
    .sort((a, b) => score(b) - score(a) || index.words[a]!.length - index.words[b]!.length)
    .slice(0, MOST)
    .map((at) => index.phrases[at]!)
}
