/** The shop's page around us, reached through the loader; without one (the chat opened as a page) we keep things ourselves. */

export interface Init {
  kept: Record<string, string>
  identify?: string | null
  open: boolean
  page?: string
  theme?: string
  language?: string
}
export interface Visit {
  url: string
  title: string
  from: string
  stayed: number
}
type Told =
  | ({ g: "init" } & Init)
  | ({ g: "visit" } & Visit)
  | { g: "greet"; id: string }
  | { g: "consent"; yes: boolean }
  | { g: "show"; open: boolean }
  | { g: "identify"; identify?: string | null }

export const embedded = parent !== window
// The browser hands a message over only if the page around us really has this origin.
const origin = decodeURIComponent(location.hash.slice(1))

export function tell(
  g: "ready" | "save" | "look" | "close" | "warn" | "event" | "greet" | "consent",
  value?: unknown,
  key = "",
): void {
  if (embedded && origin) parent.postMessage({ g, key, value }, origin)
}

const prefix = `${location.pathname}:`

/** Keep a value until the next visit: what says who we are in the shop's first-party storage, the rest in our own. */
export function keep(
  key: "browser" | "look" | "seen" | "draft" | "outbox" | "told" | "later",
  value: string | null,
): void {
  if (embedded && (key === "browser" || key === "look" || key === "seen" || !ours)) return tell("save", value, key)
  try {
    if (value === null) localStorage.removeItem(prefix + key)
    else localStorage.setItem(prefix + key, value)
  } catch {
    // full: kept in memory only
  }
}

const ours = (() => {
  try {
    localStorage.setItem(prefix, "1")
    localStorage.removeItem(prefix)
    return true
  } catch {
    return false // third-party storage is switched off
  }
})()

/** Calls `start` once with what was kept, and `hear` for everything later. */
export function listen(start: (init: Init) => void, hear: (told: Told) => void): void {
  const own: Record<string, string> = {}
  if (ours)
    for (const key of Object.keys(localStorage))
      if (key.startsWith(prefix)) own[key.slice(prefix.length)] = localStorage[key] as string
  if (!embedded) return start({ kept: own, open: true })
  addEventListener("message", (event) => {
    if (event.source !== parent || event.origin !== origin) return
    const told = event.data as Told
    if (told.g === "init") start({ ...told, kept: { ...told.kept, ...own } })
    else hear(told)
  })
  tell("ready")
}
