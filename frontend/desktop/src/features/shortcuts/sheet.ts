/** What stands on the sheet of keys, in groups. */
import type { Shortcut } from "@/server/bindings.ts"

export const sheet = {
  move: ["down", "up", "open", "page_down", "page_up", "panes", "panel", "beside"],
  talk: ["reply", "note", "quote", "send", "break", "toggle", "phrase", "leave"],
  act: [
    "resolve",
    "resolve_next",
    "take",
    "accept",
    "assign",
    "transfer",
    "snooze",
    "tag",
    "macro",
    "unread",
    "select",
  ],
  go: ["go_mine", "go_queue", "go_all", "go_snoozed", "go_resolved", "palette", "search", "sheet"],
} as const satisfies Record<string, readonly (Shortcut | keyof typeof others)[]>
/** Keys of the field one writes in and of the house: these are what they are everywhere. */
export const others: Record<string, string[]> = {
  panes: ["F6"],
  accept: ["F2"],
  send: ["Enter"],
  break: ["Shift", "Enter"],
  toggle: ["Ctrl", "."],
  phrase: ["/"],
  palette: ["Ctrl", "K"],
}
