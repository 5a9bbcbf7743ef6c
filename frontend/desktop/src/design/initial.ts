/** What stands in a face without a picture: the first sign of a name that says something, whole, in any script. */
const signs = new Intl.Segmenter(undefined, { granularity: "grapheme" })

export function initialOf(name: string): string {
  for (const { segment } of signs.segment(name.trim()))
    if (/\p{L}|\p{N}|\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(segment))
      return segment.toLocaleUpperCase()
  return "·"
}
