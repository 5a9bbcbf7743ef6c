/** What an action of a macro does, and why it cannot, as sentences. */
import type { IconName } from "@/design/icons.ts"
import type { MacroAction } from "@/server/macros.ts"
import { colleagues, queues } from "@/server/surroundings.ts"
import { find, t } from "@/words/index.ts"
import { skillsOf, skillWords } from "@/words/skills.ts"
import { lasting } from "@/words/time.ts"

const icons: Record<MacroAction["do"], IconName> = {
  reply: "message-square-text",
  note: "sticky-note",
  tag: "tag",
  assign: "user",
  enqueue: "inbox",
  prioritise: "triangle-alert",
  need: "list-checks",
  promise: "clock",
  snooze: "clock",
  resolve: "check",
  ask_rating: "star",
  webhook: "plug",
}
export const iconOf = (action: MacroAction): IconName => icons[action.do] ?? "zap"

const named = (id: string | null | undefined, among: { id: string; name: string }[]) =>
  among.find((one) => one.id === id)?.name ?? t("macro.gone")

/** The sentence; what it says to somebody stands beside it, see `wordsOf`. */
export function sentenceOf(action: MacroAction): string {
  switch (action.do) {
    case "reply":
      return t(action.public ? "macro.says.reply_public" : "macro.says.reply")
    case "tag":
      return t("macro.says.tag", { tags: action.add.join(", ") })
    case "assign":
      return action.agent_id
        ? t("macro.says.assign", { name: named(action.agent_id, colleagues.value) })
        : t("macro.says.assign_nobody")
    case "enqueue":
      return t("macro.says.enqueue", { name: named(action.queue_id, queues.value) })
    case "prioritise":
      return t("macro.says.prioritise", { priority: t(`priority.${action.priority}`) })
    case "need":
      return t("macro.says.need", { skills: skillWords(skillsOf(Object.keys(action.skills).join(" "))) })
    case "snooze":
      return action.minutes
        ? t("macro.says.snooze", { time: lasting(action.minutes * 60_000) })
        : t("macro.says.snooze_reply")
    default:
      return find(`macro.says.${action.do}`) ?? action.do
  }
}
export const wordsOf = (action: MacroAction): string => ("text" in action ? action.text : "")

export const problemOf = (code: string, missing: readonly string[]): string =>
  code === "unfilled"
    ? t("macro.problem.unfilled", { names: missing.join(", ") })
    : (find(`macro.problem.${code}`) ?? t("macro.problem.other", { code }))
