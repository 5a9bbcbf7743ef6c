/** The shop's brand colour, with writing that can be read on it, or none. */

const WHITE = "#ffffff"
const INK = "#1a1c1e"

function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** WCAG 2.1 contrast of two #rrggbb colours. */
export function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** White or ink, whichever is read better; undefined when neither reaches 4.5, or when it is no colour. */
export function inkOn(color: string): string | undefined {
  if (!/^#[0-9a-f]{6}$/i.test(color)) return undefined
  const best = contrast(color, WHITE) >= contrast(color, INK) ? WHITE : INK
  return contrast(color, best) >= 4.5 ? best : undefined
}
