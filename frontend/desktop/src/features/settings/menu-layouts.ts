/** How a menu's picture is parted: so many areas in each row. Pure. */
import type { MenuAction, RichMenu } from "@/server/rich-menu.ts"

export const LAYOUTS: Record<RichMenu["layout"], readonly number[]> = {
  "1": [1],
  "2": [2],
  "3": [3],
  "1-2": [1, 2],
  "1-3": [1, 3],
  "2-2": [2, 2],
  "3-3": [3, 3],
}

export const areasOf = (layout: RichMenu["layout"]): number => LAYOUTS[layout].reduce((sum, row) => sum + row, 0)

/** As many actions as there are areas: those that there are stay, in their order. */
export function fitted(actions: readonly MenuAction[], layout: RichMenu["layout"]): MenuAction[] {
  return Array.from({ length: areasOf(layout) }, (_, at) => actions[at] ?? { label: "", does: "url", value: "" })
}

export function emptyMenu(): RichMenu {
  return { name: "", bar: "", is_open: true, layout: "3", picture: "", actions: fitted([], "3") }
}
