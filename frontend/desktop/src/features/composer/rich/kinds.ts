/** What can be written besides words and files: an entry of the "+" menu for each kind that the channel sends. */
import { defineAsyncComponent, type Component } from "vue"
import type { IconName } from "@/design/icons.ts"
import type { Limit } from "@/server/types.ts"

export type RichKind = "choices" | "card" | "mini_program" | "template"
export const richKinds: readonly { kind: RichKind; icon: IconName; form: Component }[] = [
  { kind: "choices", icon: "list-checks", form: defineAsyncComponent(() => import("./WriteChoices.vue")) },
  { kind: "card", icon: "gallery-vertical", form: defineAsyncComponent(() => import("./WriteCard.vue")) },
  { kind: "mini_program", icon: "app-window", form: defineAsyncComponent(() => import("./WriteMiniProgram.vue")) },
  { kind: "template", icon: "file-text", form: defineAsyncComponent(() => import("./WriteTemplate.vue")) },
]

/** The entries that this channel carries. */
export function carried(sends: Record<string, Limit>): typeof richKinds {
  return richKinds.filter(({ kind }) => sends[kind])
}
