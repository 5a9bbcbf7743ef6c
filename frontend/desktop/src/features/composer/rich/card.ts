/** Is what stands in a card's form fit to go? Pure. */
import type { Limit } from "@/server/types.ts"

/** A button of a card while it is written. */
export type ButtonDraft = { text: string; does: "url" | "reply"; value: string }

/** An http or https address. */
export function isAddress(written: string): boolean {
  return /^https?:\/\/\S+$/i.test(written.trim()) && URL.canParse(written.trim())
}

/** A button says something short, and does something. */
export function labelled(one: ButtonDraft, limit: Limit): boolean {
  const label = [...one.text.trim()].length
  if (!label || (limit.label && label > limit.label)) return false
  return one.does === "url" ? isAddress(one.value) : one.value.trim() !== ""
}
