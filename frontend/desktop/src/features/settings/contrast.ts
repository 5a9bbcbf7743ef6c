/** Whether words can be read on the shop's colour: WCAG 2 contrast, the better of white and ink, and the nearest colour that works. */

export const WHITE = "#ffffff"
export const INK = "#1a1c1e"
/** Below this ratio (WCAG 2 AA, running text) a colour is refused. */
export const READABLE = 4.5

export type Verdict = {
  /** The colour as #rrggbb, or '' when it is not a colour. */
  color: string
  /** What is written on it: white or ink. */
  text: typeof WHITE | typeof INK
  ratio: number
  readable: boolean
  /** The nearest readable colour of the same hue; the colour itself when it is readable. */
  nearest: string
}

/** `#2f4a8a`, `2F4A8A`, `#24a` → `#2f4a8a`; anything else → ''. */
export function hex(value: string): string {
  const found = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(value.trim())
  if (!found) return ""
  const digits = found[1]!.toLowerCase()
  return "#" + (digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits)
}

function channels(color: string): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

function luminance(color: string): number {
  const [r, g, b] = channels(color).map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** Contrast of two #rrggbb colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function mixed(color: string, other: string, share: number): string {
  const [from, to] = [channels(color), channels(other)]
  return (
    "#" +
    from
      .map((part, i) =>
        Math.round(part + (to[i]! - part) * share)
          .toString(16)
          .padStart(2, "0"),
      )
      .join("")
  )
}

function best(color: string): { text: typeof WHITE | typeof INK; ratio: number } {
  const [white, ink] = [contrast(color, WHITE), contrast(color, INK)]
  return white >= ink ? { text: WHITE, ratio: white } : { text: INK, ratio: ink }
}

export function judge(value: string): Verdict {
  const color = hex(value)
  if (!color) return { color: "", text: WHITE, ratio: 0, readable: false, nearest: "" }
  const { text, ratio } = best(color)
  if (ratio >= READABLE) return { color, text, ratio, readable: true, nearest: color }
  // Away from the text: darker under white, lighter under ink. The first step that can be read is the nearest.
  const away = text === WHITE ? "#000000" : "#ffffff"
  for (let step = 1; step <= 100; step += 1) {
    const tried = mixed(color, away, step / 100)
    if (best(tried).ratio >= READABLE) return { color, text, ratio, readable: false, nearest: tried }
  }
  return { color, text, ratio, readable: false, nearest: away }
}
