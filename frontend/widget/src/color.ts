/** The shop's brand colour, brought to where writing can be read on it, by day and by night. */

const WHITE = "#ffffff"
const INK = "#1a1c1e"
const NIGHT = "#191c1f" // --surface in the dark

const parts = (color: string): number[] => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))

function luminance(color: string): number {
  const [r, g, b] = parts(color).map((value) => {
    const part = value / 255
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

/**
 * The colour to fill with and the one to write in, or undefined when it is no colour. Writing reaches 4.5 to 1: by day
 * a colour in between is darkened until it does. By night it is lightened, also until it stands out from the dark (3 to 1).
 */
export function brand(color: string, night: boolean): [fill: string, ink: string] | undefined {
  if (!/^#[0-9a-f]{6}$/i.test(color)) return undefined
  const own = parts(color)
  for (let step = 0; step <= 50; step++) {
    const fill = `#${own
      .map((value) =>
        Math.round(value + ((night ? 255 : 0) - value) * (step / 50))
          .toString(16)
          .padStart(2, "0"),
      )
      .join("")}`
    const ink = inkOn(fill)
    if (ink && (!night || contrast(fill, NIGHT) >= 3)) return [fill, ink]
  }
  return undefined
}
