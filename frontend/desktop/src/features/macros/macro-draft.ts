/** A macro as it is written in its form: plain lines, turned into what the server keeps and back. Pure. */
import type { MacroAction } from "@/server/macros.ts"
import type { Priority } from "@/server/types.ts"

export const DEEDS = [
  "reply",
  "note",
  "tag",
  "prioritise",
  "assign",
  "enqueue",
  "ask_rating",
  "snooze",
  "resolve",
] as const
export type Deed = (typeof DEEDS)[number]
/** `kept` is an action that this form has no line for: it stays as it is. */
export type Line = { do: Deed; text: string; pick: string; minutes: string; everybody: boolean; kept?: MacroAction }

export const newLine = (what: Deed = "reply"): Line => ({
  do: what,
  text: "",
  pick: "",
  minutes: "",
  everybody: false,
})
const split = (words: string) =>
  words
    .split(/[,，、]/)
    .map((word) => word.trim())
    .filter(Boolean)

export function lineOf(action: MacroAction): Line {
  const line = newLine()
  switch (action.do) {
    case "reply":
      return { ...line, do: "reply", text: action.text, everybody: action.public ?? false }
    case "note":
      return { ...line, do: "note", text: action.text }
    case "tag":
      return { ...line, do: "tag", text: action.add.join(", ") }
    case "assign":
      return { ...line, do: "assign", pick: action.agent_id ?? "" }
    case "enqueue":
      return { ...line, do: "enqueue", pick: action.queue_id }
    case "prioritise":
      return { ...line, do: "prioritise", pick: String(action.priority) }
    case "snooze":
      return { ...line, do: "snooze", minutes: action.minutes ? String(action.minutes) : "" }
    case "resolve":
      return { ...line, do: "resolve", pick: action.wrap_up_id ?? "" }
    case "ask_rating":
      return { ...line, do: "ask_rating" }
    default:
      return { ...line, kept: action }
  }
}

/** What the server keeps of a line; null while something is missing. */
export function actionOf(line: Line): MacroAction | null {
  if (line.kept) return line.kept
  const text = line.text.trim()
  const minutes = Number(line.minutes)
  switch (line.do) {
    case "reply":
      return text ? { do: "reply", text, public: line.everybody } : null
    case "note":
      return text ? { do: "note", text } : null
    case "tag":
      return split(text).length ? { do: "tag", add: split(text) } : null
    case "assign":
      return { do: "assign", agent_id: line.pick || null }
    case "enqueue":
      return line.pick ? { do: "enqueue", queue_id: line.pick } : null
    case "prioritise":
      return line.pick ? { do: "prioritise", priority: Number(line.pick) as Priority } : null
    case "snooze":
      if (!line.minutes.trim()) return { do: "snooze", minutes: null }
      return Number.isInteger(minutes) && minutes > 0 && minutes <= 43_200 ? { do: "snooze", minutes } : null
    case "resolve":
      return { do: "resolve", wrap_up_id: line.pick || null }
    default:
      return { do: line.do }
  }
}
