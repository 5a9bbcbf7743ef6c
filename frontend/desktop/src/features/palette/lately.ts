/** What was used lately: commands by their id, kept by the browser; conversations only as long as the tab is open. */
import { shallowRef } from "vue"

const SHELF = "guanxi.palette"
const MOST_COMMANDS = 24
const MOST_CONVERSATIONS = 8

export type Visited = { id: string; name: string; channel: string }
export const visited = shallowRef<Visited[]>([])

/** A conversation has been opened. */
export function visit(one: Visited): void {
  visited.value = [one, ...visited.value.filter((other) => other.id !== one.id)].slice(0, MOST_CONVERSATIONS)
}

/** Ids of commands, the latest first. */
export function usedLately(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(SHELF) ?? "[]")
    return Array.isArray(kept) ? kept.filter((id): id is string => typeof id === "string") : []
  } catch {
    return []
  }
}

export function use(id: string): void {
  localStorage.setItem(SHELF, JSON.stringify([id, ...usedLately().filter((one) => one !== id)].slice(0, MOST_COMMANDS)))
}
