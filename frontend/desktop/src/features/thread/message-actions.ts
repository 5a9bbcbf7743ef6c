/** What can be done with one message of the thread. */
import type { IconName } from "@/design/icons.ts"

export type Action = { icon: IconName; label: string; title?: string; shown?: boolean; run: () => void }
