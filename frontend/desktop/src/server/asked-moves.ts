/** Somebody wants to merge conversations, to split one, or to take a merge apart: what that needs is loaded then. */
import { shallowRef } from "vue"

/** `chosen`: with which others; `from`: from which message on. */
export type AskedMove =
  | { what: "merge"; id: string; chosen: string[] }
  | { what: "split"; id: string; from: number | null }
  | { what: "apart"; id: string }
export const askedMove = shallowRef<AskedMove | null>(null)
export const askMerge = (id: string, chosen: string[] = []) => void (askedMove.value = { what: "merge", id, chosen })
export const askSplit = (id: string, from: number | null = null) => void (askedMove.value = { what: "split", id, from })
export const askApart = (id: string) => void (askedMove.value = { what: "apart", id })

/** Where a message stands now that has, or had, this number. */
export const placeNow = async (id: string, seq: number) => (await import("./merging.ts")).placeOf(id, seq)
