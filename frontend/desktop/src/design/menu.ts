/** What a menu can hold. */
import type { IconName } from "./icons.ts"

export type MenuItem =
  | { kind: "line" }
  | { kind: "title"; label: string }
  | {
      kind?: "action"
      label: string
      run: () => void
      icon?: IconName
      hint?: string
      dot?: string
      chosen?: boolean
      danger?: boolean
      disabled?: boolean
    }
