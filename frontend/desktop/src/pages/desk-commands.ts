/** What the palette can do with the open conversation and the list: the same acts as the keys, by their names. */
import type { IconName } from "@/design/icons.ts"
import { WIDE } from "@/features/beside/beside.ts"
import type { Command } from "@/features/palette/commands.ts"
import { capsOf, keyOf, type Shortcut } from "@/server/bindings.ts"
import { copyLink } from "@/features/thread/copy-link.ts"
import { takeAlong } from "@/server/links.ts"
import { may } from "@/server/me.ts"
import { askApart, askMerge, askSplit } from "@/server/asked-moves.ts"
import { thread } from "@/server/thread.ts"
import { t } from "@/words/index.ts"

const named: [Shortcut, IconName][] = [
  ["reply", "message-square-text"],
  ["note", "sticky-note"],
  ["resolve", "check"],
  ["resolve_next", "check-check"],
  ["take", "user"],
  ["assign", "users"],
  ["transfer", "arrow-right-left"],
  ["beside", "columns-2"],
  ["snooze", "clock"],
  ["tag", "tag"],
  ["unread", "mail"],
  ["macro", "zap"],
]

/** None while no conversation is open; resolving and putting off only what is open. */
export function conversationCommands(acts: Record<Shortcut, () => void>): Command[] {
  const row = thread.row
  if (!row) return []
  const moving = may("resolve")
    ? [
        { id: "merge", label: t("merge.menu"), icon: "merge" as const, run: () => askMerge(row.id) },
        { id: "split", label: t("split.menu"), icon: "split" as const, run: () => askSplit(row.id) },
        ...(thread.detail?.was_merged
          ? [{ id: "apart", label: t("merge.take_apart"), icon: "rotate-ccw" as const, run: () => askApart(row.id) }]
          : []),
      ]
    : []
  const only = new Set<Shortcut>(["resolve", "resolve_next", "snooze"])
  const keyed = named
    .filter(([act]) => act !== "beside" || matchMedia(WIDE).matches)
    .filter(([act]) => row.state === "open" || !only.has(act))
    .map(([act, icon]) => ({
      id: `conversation.${act}`,
      label: t(`keys.${act}` as "keys.reply"),
      icon,
      keys: capsOf(keyOf(act)),
      group: "conversation" as const,
      run: acts[act],
    }))
  return [...keyed, ...moving.map((one) => ({ ...one, group: "conversation" as const }))]
}

/** The open conversation, taken along; also by those who only look. */
export function takeAlongCommands(): Command[] {
  const id = thread.row?.id
  if (!id) return []
  const group = "conversation"
  return [
    { id: "take.link", label: t("take.link"), icon: "link", group, run: () => void copyLink(id) },
    { id: "take.print", label: t("take.print"), icon: "file-text", group, run: () => takeAlong(id, "html", false) },
    {
      id: "take.print_notes",
      label: t("take.print_notes"),
      icon: "sticky-note",
      group,
      run: () => takeAlong(id, "html", true),
    },
    { id: "take.text", label: t("take.text"), icon: "download", group, run: () => takeAlong(id, "txt", false) },
    { id: "take.json", label: t("take.json"), icon: "code-xml", group, run: () => takeAlong(id, "json", false) },
  ]
}
