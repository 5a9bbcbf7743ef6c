/** Single keys for the hands that know them. They never bite while somebody types, and never use Alt. */
export type Shortcut =
  | "down"
  | "up"
  | "open"
  | "reply"
  | "note"
  | "resolve"
  | "resolve_next"
  | "assign"
  | "take"
  | "snooze"
  | "tag"
  | "unread"
  | "select"
  | "transfer"
  | "search"
  | "sheet"
  | "panel"
  | "go_queue"
  | "go_mine"
  | "go_all"
  | "go_snoozed"
  | "go_resolved"
  | "leave"
  | "page_down"
  | "page_up"

const single: Record<string, Shortcut> = {
  j: "down",
  k: "up",
  Enter: "open",
  r: "reply",
  n: "note",
  e: "resolve",
  E: "resolve_next",
  a: "assign",
  i: "take",
  s: "snooze",
  l: "tag",
  u: "unread",
  x: "select",
  t: "transfer",
  "/": "search",
  "?": "sheet",
  "]": "panel",
  Escape: "leave",
  " ": "page_down",
}
const afterG: Record<string, Shortcut> = {
  q: "go_queue",
  m: "go_mine",
  a: "go_all",
  s: "go_snoozed",
  d: "go_resolved",
}
const TOGETHER_MS = 1200

/** For the sheet: what each key does, in groups. */
export const sheet: {
  group: "move" | "talk" | "act" | "go"
  keys: string[]
  does: Shortcut | "send" | "break" | "toggle" | "phrase" | "panes" | "palette"
}[] = [
  { group: "move", keys: ["J"], does: "down" },
  { group: "move", keys: ["K"], does: "up" },
  { group: "move", keys: ["Enter"], does: "open" },
  { group: "move", keys: ["Space"], does: "page_down" },
  { group: "move", keys: ["Shift", "Space"], does: "page_up" },
  { group: "move", keys: ["F6"], does: "panes" },
  { group: "move", keys: ["]"], does: "panel" },
  { group: "talk", keys: ["R"], does: "reply" },
  { group: "talk", keys: ["N"], does: "note" },
  { group: "talk", keys: ["Enter"], does: "send" },
  { group: "talk", keys: ["Shift", "Enter"], does: "break" },
  { group: "talk", keys: ["Ctrl", "."], does: "toggle" },
  { group: "talk", keys: ["/"], does: "phrase" },
  { group: "talk", keys: ["Esc"], does: "leave" },
  { group: "act", keys: ["E"], does: "resolve" },
  { group: "act", keys: ["Shift", "E"], does: "resolve_next" },
  { group: "act", keys: ["I"], does: "take" },
  { group: "act", keys: ["A"], does: "assign" },
  { group: "act", keys: ["T"], does: "transfer" },
  { group: "act", keys: ["S"], does: "snooze" },
  { group: "act", keys: ["L"], does: "tag" },
  { group: "act", keys: ["U"], does: "unread" },
  { group: "act", keys: ["X"], does: "select" },
  { group: "go", keys: ["G", "M"], does: "go_mine" },
  { group: "go", keys: ["G", "Q"], does: "go_queue" },
  { group: "go", keys: ["G", "A"], does: "go_all" },
  { group: "go", keys: ["G", "S"], does: "go_snoozed" },
  { group: "go", keys: ["G", "D"], does: "go_resolved" },
  { group: "go", keys: ["Ctrl", "K"], does: "palette" },
  { group: "go", keys: ["/"], does: "search" },
  { group: "go", keys: ["?"], does: "sheet" },
]

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
/** Something floats in front: its own keys count. */
function covered(target: EventTarget | null): boolean {
  return (
    !!document.querySelector("[role=dialog], [role=menu]") ||
    (target instanceof HTMLElement && !!target.closest("[role=menu]"))
  )
}
/** Enter and space belong to the control that has the focus. */
function pressesIt(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null
  return (
    (event.key === "Enter" || event.key === " ") &&
    !!target?.closest("a, button, summary, audio, video, [role=tab], [role=listbox]")
  )
}

/** Runs `run` for each shortcut while `wanted` says so. Returns how to stop. F6 moves between panes always. */
export function listenToKeys(run: (shortcut: Shortcut) => void, wanted: () => boolean): () => void {
  let gAt = -Infinity
  function heard(event: KeyboardEvent) {
    if (event.key === "F6") return movePane(event)
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (!wanted() || isTyping(event.target) || covered(event.target) || pressesIt(event)) return
    const afterwards = event.timeStamp - gAt < TOGETHER_MS ? afterG[event.key] : undefined
    gAt = event.key === "g" ? event.timeStamp : -Infinity
    const shortcut = afterwards ?? (event.key === " " && event.shiftKey ? "page_up" : single[event.key])
    if (!shortcut) return
    event.preventDefault()
    run(shortcut)
  }
  addEventListener("keydown", heard)
  return () => removeEventListener("keydown", heard)
}

function movePane(event: KeyboardEvent) {
  const panes = [...document.querySelectorAll<HTMLElement>("[data-pane]")].filter((pane) => pane.offsetParent)
  const at = panes.findIndex((pane) => pane.contains(document.activeElement))
  const next = panes[(at + (event.shiftKey ? -1 : 1) + panes.length) % panes.length]
  const inside = next?.querySelector<HTMLElement>(
    "[data-composer], [role=listbox], [aria-current=page], button, a, input",
  )
  if (!inside) return
  event.preventDefault()
  inside.focus()
}
