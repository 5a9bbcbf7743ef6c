/** What stands in a face without a picture: the first sign of a name that says something, whole, in any script. Of
 * accents piled up on it only four: twenty of them would be drawn over the faces above. */
const signs = new Intl.Segmenter(undefined, { granularity: "grapheme" })

const PILED = /(\p{M}{4})\p{M}+/gu

export function initialOf(name: string): string {
  for (const { segment } of signs.segment(name.trim()))
    if (/\p{L}|\p{N}|\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(segment))
      return segment.toLocaleUpperCase().replace(PILED, "$1")
  return "·"
}
