/** Single keys for the hands that know them. They never bite while somebody types, and never use Alt. */
import { PREFIX, shortcutOf, type Shortcut } from "@/server/bindings.ts"

export type { Shortcut }
const TOGETHER_MS = 1200

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

/** The sign that a key gives; on a keyboard of another script (ㅓ, о) the Latin letter in its place. */
export function signOf(event: KeyboardEvent): string {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1]
  if (letter && event.key.length === 1 && event.key > "\u024f") return event.shiftKey ? letter : letter.toLowerCase()
  return event.key === " " && event.shiftKey ? "Shift " : event.key
}

/** Puts the prefix before what follows it in time. Ask it for every key. */
export function together(): (sign: string, at: number) => string {
  let since = -Infinity
  return (sign, at) => {
    const whole = at - since < TOGETHER_MS && sign.length === 1 ? `${PREFIX} ${sign}` : sign
    since = whole === PREFIX ? at : -Infinity
    return whole
  }
}

/** Runs `run` for each shortcut while `wanted` says so. Returns how to stop. F6 moves between panes always. */
export function listenToKeys(run: (shortcut: Shortcut) => void, wanted: () => boolean): () => void {
  const joined = together()
  function heard(event: KeyboardEvent) {
    if (event.key === "F6") return movePane(event)
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (!wanted() || isTyping(event.target) || covered(event.target) || pressesIt(event)) return
    const sign = signOf(event)
    if (sign === "Shift") return
    const shortcut = shortcutOf(joined(sign, event.timeStamp)) ?? shortcutOf(sign)
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
  if (next instanceof HTMLIFrameElement) {
    event.preventDefault()
    return next.focus()
  }
  const inside = next?.querySelector<HTMLElement>(
    "[data-composer], [role=listbox], [aria-current=page], button, a, input",
  )
  if (!inside) return
  event.preventDefault()
  inside.focus()
}
