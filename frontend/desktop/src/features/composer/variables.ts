/** Variables in quick phrases: `{{contact.name}}`, or `{{contact.name|there}}` with a word for when nothing is known. Pure. */

const VARIABLE =
  /\{\{\s*((?:contact|conversation|agent|workspace)\.[^{}|\s]+(?:[^{}|]*[^{}|\s])?)\s*(?:\|([^{}]*))?\}\}/gu

const GONE = "\uE000" // of the private use area: nobody writes it

/** A variable that stands in a text, and where. */
export type Standing = { name: string; from: number; to: number }

export function variablesIn(text: string): Standing[] {
  return [...text.matchAll(VARIABLE)].map((found) => ({
    name: found[1]!,
    from: found.index,
    to: found.index + found[0].length,
  }))
}

/** Fills what has a value, else takes the word behind the bar; what has neither stays as it stands, to be seen. */
export function filled(text: string, valueOf: (name: string) => string | undefined): string {
  return text.replace(VARIABLE, (all, name: string, otherwise: string | undefined) => {
    const value = valueOf(name)?.trim()
    return value || (otherwise?.trim() ? otherwise.trim() : all)
  })
}

/** The text without the variables that still stand in it, and without the gaps that they leave. */
export function without(text: string): string {
  return text
    .replace(VARIABLE, GONE)
    .replace(/ *\uE000+( ?)/gu, "$1")
    .replace(/^ +/gmu, "")
}
