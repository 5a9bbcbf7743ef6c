/** A menu while it is edited: buttons by their place, "0" the first, "1.2" the third below the second. Pure. */
import type { ButtonDraft } from "@/server/showing.ts"

export const blank = (): ButtonDraft => ({ label: "", does: "reply", value: "", app_id: "", path: "", children: [] })

type Came = { [Member in keyof Omit<ButtonDraft, "children">]?: ButtonDraft[Member] | undefined } & {
  children?: readonly Came[] | undefined
}

/** A menu as it came, with every member that a form needs. */
export function editable(buttons: readonly Came[]): ButtonDraft[] {
  return buttons.map(({ label = "", does = "reply", value = "", app_id = "", path = "", children = [] }) => ({
    label,
    does,
    value,
    app_id,
    path,
    children: editable(children),
  }))
}

/** The button at that place. */
export function at(buttons: readonly ButtonDraft[], place: string): ButtonDraft | undefined {
  const [first, second] = place.split(".").map(Number)
  const one = buttons[first ?? -1]
  return second === undefined ? one : one?.children[second]
}

/** The list that the place is in, and its number there. */
export function siblings(buttons: ButtonDraft[], place: string): { list: ButtonDraft[]; number: number } {
  const [first = 0, second] = place.split(".").map(Number)
  return second === undefined ? { list: buttons, number: first } : { list: buttons[first]!.children, number: second }
}

/** The place of a neighbour in the same list. */
export function beside(place: string, number: number): string {
  return place.includes(".") ? `${place.split(".")[0]}.${number}` : String(number)
}

export const bytes = (text: string): number => new TextEncoder().encode(text).length
