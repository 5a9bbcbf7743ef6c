/** The signs that a saved view may carry. */
import type { IconName } from "@/design/icons.ts"

export const signs = [
  "list-filter",
  "zap",
  "triangle-alert",
  "clock",
  "tag",
  "user",
  "users",
  "inbox",
  "mail",
  "message-square",
  "globe",
  "phone",
] as const satisfies readonly IconName[]

export function iconOf(kept: string): IconName {
  return signs.find((sign) => sign === kept) ?? "list-filter"
}
