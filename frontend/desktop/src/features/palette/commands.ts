/** What the command palette can do just now. Pages offer it; the palette only shows and runs it. */
import { shallowReactive } from "vue"
import type { IconName } from "@/design/icons.ts"

export type Command = {
  /** Stable: what was used lately is remembered by it. An English word in it also finds the command. */
  id: string
  label: string
  icon: IconName
  group: "conversation" | "go" | "look"
  keys?: string[]
  run: () => void
}
const offers = shallowReactive(new Set<() => Command[]>())

/** Adds commands for as long as they make sense. Returns how to take them back. */
export function offer(commands: () => Command[]): () => void {
  offers.add(commands)
  return () => offers.delete(commands)
}
export const offered = (): Command[] => [...offers].flatMap((commands) => commands())
