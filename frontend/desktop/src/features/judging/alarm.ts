/** Alarm words in a form: the workspace's own, and which of the house's are switched off. Pure. */
import type { AlarmWord, OurWord } from "@/server/judging.ts"

export const MEANINGS = ["urgent", "high", "angry", "bad", "good", "nothing"] as const
/** In the order in which they are shown. */
export const OUR_MEANINGS = ["danger", "urgent", "high", "late", "angry", "bad", "good", "closing", "nothing"] as const
export const MOST_WORDS = 200

const plain = (word: string) => word.normalize("NFKC").toLowerCase().replaceAll("’", "'").trim()

/** Is this word of the house's switched off for everybody? */
export const isOff = (own: readonly AlarmWord[], word: OurWord): boolean =>
  own.some((one) => one.means === "nothing" && !one.language && plain(one.word) === plain(word.word))

/** The own words after one of the house's was switched. */
export const switched = (own: readonly AlarmWord[], word: OurWord): AlarmWord[] =>
  isOff(own, word)
    ? own.filter((one) => one.means !== "nothing" || one.language || plain(one.word) !== plain(word.word))
    : [...own, { word: word.word, means: "nothing", language: "" }]

/** What cannot be kept: the numbers of lines that are empty, or that stand there twice. */
export function wrongLines(own: readonly AlarmWord[]): { empty: number[]; twice: number[] } {
  const seen = new Set<string>()
  const empty: number[] = []
  const twice: number[] = []
  own.forEach((one, n) => {
    const key = `${plain(one.word)}\n${one.language ?? ""}`
    if (!plain(one.word)) empty.push(n)
    else if (seen.has(key)) twice.push(n)
    seen.add(key)
  })
  return { empty, twice }
}
