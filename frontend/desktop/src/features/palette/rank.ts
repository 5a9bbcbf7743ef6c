/** How well letters fit a name: whole, at its beginning, at the beginning of a word, inside, or scattered in order. Pure. */

/** Larger fits better; null does not fit. */
export function fit(sought: string, name: string): number | null {
  const wanted = plain(sought)
  const text = plain(name)
  if (!wanted) return 0
  const at = text.indexOf(wanted)
  if (at >= 0) {
    const begins = at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1]!)
    return (at === 0 ? 90 : begins ? 80 : 60) + 10 * (wanted.length / text.length)
  }
  return scattered(wanted.replace(/\s/g, ""), text)
}

function scattered(wanted: string, text: string): number | null {
  let from = 0
  let first = -1
  let jumps = 0
  for (const letter of wanted) {
    const at = text.indexOf(letter, from)
    if (at < 0) return null
    if (first < 0) first = at
    else if (at > from && !/[^\p{L}\p{N}]/u.test(text[at - 1]!)) jumps++
    from = at + letter.length
  }
  return Math.max(1, 40 - 6 * jumps - first)
}

const plain = (text: string) => text.normalize("NFKC").toLocaleLowerCase().trim()

/**
 * The things that fit, the best first. Of equals the one used more lately is first (`lately`: ids, the latest first), and
 * lately used ones overtake what fits only a little better.
 */
export function ranked<Thing extends { id: string; label: string }>(
  things: Thing[],
  sought: string,
  lately: string[],
): Thing[] {
  const bonus = (id: string) => {
    const at = lately.indexOf(id)
    return at < 0 ? 0 : 12 * (1 - at / lately.length)
  }
  return things
    .map((thing, at) => {
      const own = fit(sought, thing.label)
      const english = fit(sought, thing.id.replace(/[._]/g, " "))
      const best = own === null && english === null ? null : Math.max(own ?? 0, (english ?? 0) - 10)
      return { thing, at, score: best === null ? null : best + bonus(thing.id) }
    })
    .filter((one) => one.score !== null)
    .sort((a, b) => b.score! - a.score! || a.at - b.at)
    .map((one) => one.thing)
}
