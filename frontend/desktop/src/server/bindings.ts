/** Which keys do what: the usual ones, and what this agent has chosen instead. A key is written as the keyboard says it
 * ("j", "E" with shift), after the prefix as "g m"; "" means none. */
import { preferences } from "./me.ts"

export const usual = {
  down: "j",
  up: "k",
  open: "Enter",
  reply: "r",
  note: "n",
  quote: "q",
  resolve: "e",
  resolve_next: "E",
  assign: "a",
  take: "i",
  snooze: "s",
  tag: "l",
  unread: "u",
  macro: "m",
  select: "x",
  transfer: "t",
  beside: "b",
  search: "/",
  sheet: "?",
  panel: "]",
  go_queue: "g q",
  go_mine: "g m",
  go_all: "g a",
  go_snoozed: "g s",
  go_resolved: "g d",
  leave: "Escape",
  page_down: " ",
  page_up: "Shift ",
} satisfies Record<string, string>
export type Shortcut = keyof typeof usual
export const PREFIX = "g"
/** Every list and dialog knows these; they stay what they are. */
export const FIXED = new Set<Shortcut>(["open", "leave", "page_down", "page_up"])
const names = Object.keys(usual) as Shortcut[]

export function keyOf(does: Shortcut): string {
  const chosen = preferences.keys[does]
  return FIXED.has(does) || typeof chosen !== "string" ? usual[does] : chosen
}

/** What a key does now. */
export const shortcutOf = (key: string): Shortcut | undefined => names.find((does) => keyOf(does) === key)

/** Can it be bound? One visible sign, alone or after the prefix; never the prefix alone. */
export function isBindable(key: string): boolean {
  const last = key.startsWith(`${PREFIX} `) ? key.slice(2) : key
  return key !== PREFIX && [...last].length === 1 && last.trim() !== ""
}

/** The choices after `does` has got `key`, and who had it until now and has none from now on. */
export function rebound(does: Shortcut, key: string): { keys: Record<string, string>; robbed: Shortcut | null } {
  const keys = { ...preferences.keys }
  const robbed = key ? shortcutOf(key) : undefined
  if (robbed && robbed !== does) keys[robbed] = ""
  if (key === usual[does]) delete keys[does]
  else keys[does] = key
  return { keys, robbed: robbed && robbed !== does ? robbed : null }
}

const shown: Record<string, string[]> = { Escape: ["Esc"], " ": ["Space"], "Shift ": ["Shift", "Space"] }

/** The caps of a key as they are drawn: "g m" as G M, "E" as Shift E; none where it has no key. */
export function capsOf(key: string): string[] {
  if (!key) return []
  return key in shown ? shown[key]! : key.length === 1 || key.includes(" ") ? key.split(" ").flatMap(cap) : [key]
}
const cap = (sign: string): string[] => (sign !== sign.toLowerCase() ? ["Shift", sign] : [sign.toUpperCase()])

/** The caps in one string, for a tooltip or a button: "Shift E". */
export const capOf = (does: Shortcut): string => capsOf(keyOf(does)).join(" ")
