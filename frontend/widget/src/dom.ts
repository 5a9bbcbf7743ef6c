/** Elements in one line each. Text is only ever set as text: nothing here reads HTML. */

type Child = Node | string | false | null | undefined
type Props = Record<string, unknown>

/** An element with properties (`class` and aria- or data- names as attributes) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue
    if (key === "class" || key === "role" || key.includes("-")) element.setAttribute(key, String(value))
    else (element as unknown as Props)[key] = value
  }
  element.append(...children.filter((child): child is Node | string => child !== false && child != null))
  return element
}

const SVG = "http://www.w3.org/2000/svg"

/** A line drawing on a grid of 20. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg")
  svg.setAttribute("viewBox", "0 0 20 20")
  svg.setAttribute("aria-hidden", "true")
  const line = document.createElementNS(SVG, "path")
  line.setAttribute("d", path)
  svg.append(line)
  return svg
}
