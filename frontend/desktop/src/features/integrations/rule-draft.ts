/** A rule as it is written in the editor: plain lines, turned into what the server keeps and back. */
import type { RuleAction, RuleCondition } from "@/server/integrations.ts"
import type { MOODS, URGENCIES } from "@/server/judging.ts"
import type { Priority, Skills } from "@/server/types.ts"
import { here } from "@/words/zone.ts"

export const CONDITIONS = [
  "text",
  "content",
  "language",
  "urgency",
  "mood",
  "channel",
  "inbox",
  "public",
  "known",
  "earlier",
  "vip",
  "contact_tag",
  "attribute",
  "hours",
  "time",
  "waited",
  "queue",
  "assignee",
  "state",
  "tag",
] as const
export const CONTENTS = [
  "text",
  "image",
  "voice",
  "video",
  "file",
  "location",
  "link",
  "sticker",
  "chosen",
  "card",
  "mini_program",
  "unsupported",
] as const
export const ACTIONS = [
  "reply",
  "note",
  "tag",
  "assign",
  "enqueue",
  "prioritise",
  "need",
  "promise",
  "snooze",
  "resolve",
  "webhook",
] as const
export const NOBODY = "nobody"

/** How an attribute is compared, in one word each: what the server says by `how`, `holds` and whether there are values. */
const NUMBERS = ["equals", "below", "at_most", "above", "at_least"] as const
const DATES = ["before", "after"] as const
const SPANS = ["last_days", "next_days"] as const
export type How =
  | "is"
  | "is_not"
  | "contains"
  | "contains_not"
  | "set"
  | "unset"
  | "equals_not"
  | (typeof NUMBERS)[number]
  | (typeof DATES)[number]
  | (typeof SPANS)[number]
const SET: How[] = ["set", "unset"]
const TEXT: How[] = ["is", "is_not", "contains", "contains_not"]
const NUMBER: How[] = ["equals", "equals_not", "below", "at_most", "above", "at_least"]
const DATE: How[] = ["before", "after", "last_days", "next_days"]
/** What fits each kind; an attribute that is not defined may be anything. */
export const HOWS: Record<"text" | "number" | "date" | "choice" | "yes_no" | "any", How[]> = {
  text: [...TEXT, ...SET],
  number: [...NUMBER, ...SET],
  date: [...DATE, ...SET],
  choice: ["is", "is_not", ...SET],
  yes_no: ["is", "is_not", ...SET],
  any: [...TEXT, ...SET, ...NUMBER, ...DATE],
}
const among = <Some extends string>(some: readonly Some[], how: string): how is Some =>
  (some as readonly string[]).includes(how)
/** With what it is compared; '' where it is enough that it is there, or is not. */
export const operandOf = (how: How): "" | "words" | "number" | "day" | "days" =>
  how === "set" || how === "unset"
    ? ""
    : how === "equals_not" || among(NUMBERS, how)
      ? "number"
      : among(DATES, how)
        ? "day"
        : among(SPANS, how)
          ? "days"
          : "words"
type OnAttribute = Extract<RuleCondition, { on: "attribute" }>

function howOf(one: OnAttribute): How {
  const no = one.holds === false
  const how = one.how ?? "is"
  if (how === "is" && !one.any_of?.length) return no ? "unset" : "set"
  if (how === "is" || how === "contains" || how === "equals") return no ? `${how}_not` : how
  return how
}

function attributeOf(line: ConditionLine): OnAttribute | null {
  const name = line.name.trim()
  if (!name) return null
  const plain = line.how.replace(/_not$/, "")
  const holds = line.how === plain && line.how !== "unset"
  const asked = { on: "attribute", name, holds } as const
  if (line.how === "set" || line.how === "unset") return { ...asked, how: "is", any_of: [] }
  if (plain === "is" || plain === "contains") {
    const any_of = line.picks.length ? line.picks : split(line.words)
    return any_of.length ? { ...asked, how: plain, any_of } : null
  }
  if (among(NUMBERS, plain))
    return line.number !== "" && Number.isFinite(Number(line.number))
      ? { ...asked, how: plain, any_of: [], number: Number(line.number) }
      : null
  if (among(DATES, plain)) return line.day ? { ...asked, how: plain, any_of: [], day: line.day } : null
  const days = Number(line.days)
  return among(SPANS, plain) && line.days !== "" && Number.isInteger(days) && days >= 0 && days <= 3660
    ? { ...asked, how: plain, any_of: [], days }
    : null
}

/** `minutes`: how long somebody has waited. `words` are separated by commas, `picks` are ids or keys, `name` is an
 * attribute's; `pick` is one id, '' where it is the queue's own. */
export type ConditionLine = {
  on: RuleCondition["on"]
  holds: "yes" | "no"
  words: string
  picks: string[]
  pick: string
  name: string
  minutes: string
  opens: string
  closes: string
  zone: string
  how: How
  number: string
  day: string
  days: string
}
/** `everybody`: a reply that is said in public. */
export type ActionLine = {
  do: RuleAction["do"]
  text: string
  pick: string
  minutes: string
  everybody: boolean
  skills: Skills
}

export const newCondition = (on: RuleCondition["on"] = "text"): ConditionLine => ({
  on,
  holds: "yes",
  words: "",
  picks: [],
  pick: "",
  name: "",
  minutes: "10",
  opens: "22:00",
  closes: "08:00",
  zone: here(),
  how: "is",
  number: "",
  day: "",
  days: "30",
})
export const newAction = (what: RuleAction["do"] = "reply"): ActionLine => ({
  do: what,
  text: "",
  pick: "",
  minutes: "60",
  everybody: false,
  skills: {},
})

const split = (words: string) =>
  words
    .split(/[,，、]/)
    .map((word) => word.trim())
    .filter(Boolean)

export function lineOfCondition(one: RuleCondition): ConditionLine {
  const line = newCondition(one.on)
  if ("holds" in one && one.holds === false) line.holds = "no"
  if (one.on === "text" || one.on === "tag" || one.on === "contact_tag") line.words = (one.any_of ?? []).join(", ")
  else if (one.on === "attribute") {
    Object.assign(line, { how: howOf(one), name: one.name, picks: [...(one.any_of ?? [])] })
    line.words = line.picks.join(", ")
    if (one.number !== null && one.number !== undefined) line.number = String(one.number)
    if (one.day) line.day = one.day
    if (one.days !== null && one.days !== undefined) line.days = String(one.days)
  } else if (one.on === "earlier") line.number = String(one.count)
  else if (one.on === "waited") line.minutes = String(one.minutes)
  else if (one.on === "hours") line.pick = one.hours_id ?? ""
  else if (one.on === "time") {
    line.picks = one.days.map(String)
    line.opens = one.opens
    line.closes = one.closes === "24:00" ? "00:00" : one.closes
    line.zone = one.time_zone
  } else if (one.on !== "public" && one.on !== "vip" && one.on !== "known")
    line.picks = [...((one.any_of ?? []) as string[])]
  if (one.on === "assignee" && one.nobody) line.picks.push(NOBODY)
  return line
}

/** What the server keeps of a line; null while something is missing. */
export function conditionOf(line: ConditionLine): RuleCondition | null {
  const words = split(line.words)
  const holds = line.holds === "yes"
  switch (line.on) {
    case "text":
    case "tag":
    case "contact_tag":
      return words.length ? { on: line.on, any_of: words, holds } : null
    case "attribute":
      return attributeOf(line)
    case "earlier": {
      const count = Number(line.number)
      return Number.isInteger(count) && count >= 1 && count <= 100 ? { on: "earlier", count, holds } : null
    }
    case "assignee": {
      const any_of = line.picks.filter((id) => id !== NOBODY)
      return line.picks.length ? { on: "assignee", any_of, nobody: line.picks.includes(NOBODY) } : null
    }
    case "hours":
      return { on: "hours", hours_id: line.pick || null, holds }
    case "time": {
      const days = line.picks.map(Number).sort() as (0 | 1 | 2 | 3 | 4 | 5 | 6)[]
      const closes = line.closes === "00:00" ? "24:00" : line.closes
      return days.length && line.opens && closes
        ? { on: "time", days, opens: line.opens, closes, time_zone: line.zone, holds }
        : null
    }
    case "content":
      return line.picks.length ? { on: "content", any_of: line.picks as (typeof CONTENTS)[number][] } : null
    case "public":
    case "vip":
    case "known":
      return { on: line.on, holds }
    case "waited": {
      const minutes = Number(line.minutes)
      return Number.isInteger(minutes) && minutes > 0 && minutes <= 1440 ? { on: "waited", minutes } : null
    }
    case "urgency":
      return line.picks.length ? { on: "urgency", any_of: line.picks as (typeof URGENCIES)[number][] } : null
    case "mood":
      return line.picks.length ? { on: "mood", any_of: line.picks as (typeof MOODS)[number][] } : null
    case "state":
      return line.picks.length ? { on: "state", any_of: line.picks as ("open" | "snoozed" | "resolved")[] } : null
    default:
      return line.picks.length ? { on: line.on, any_of: line.picks } : null
  }
}

export function lineOfAction(one: RuleAction): ActionLine {
  const line = newAction(one.do)
  if (one.do === "reply" || one.do === "note") line.text = one.text
  if (one.do === "reply") line.everybody = one.public ?? false
  if (one.do === "tag") line.text = one.add.join(", ")
  if (one.do === "assign") line.pick = one.agent_id ?? ""
  if (one.do === "enqueue") line.pick = one.queue_id
  if (one.do === "prioritise") line.pick = String(one.priority)
  if (one.do === "promise") line.pick = one.policy_id ?? ""
  if (one.do === "need") line.skills = { ...one.skills }
  if (one.do === "snooze") line.minutes = one.minutes ? String(one.minutes) : ""
  if (one.do === "resolve") line.pick = one.wrap_up_id ?? ""
  if (one.do === "webhook") line.pick = one.webhook_id
  return line
}

/** What the server keeps of a line; null while something is missing. */
export function actionOf(line: ActionLine): RuleAction | null {
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
    case "promise":
      return { do: "promise", policy_id: line.pick || null }
    case "need":
      return Object.keys(line.skills).length ? { do: "need", skills: line.skills } : null
    case "snooze":
      if (!line.minutes) return { do: "snooze", minutes: null }
      return Number.isInteger(minutes) && minutes > 0 && minutes <= 43_200 ? { do: "snooze", minutes } : null
    case "webhook":
      return line.pick ? { do: "webhook", webhook_id: line.pick } : null
    default:
      return { do: "resolve", wrap_up_id: line.pick || null }
  }
}

/** What is chosen but is no more, at the end of what there is to choose. */
export const withGone = <Option extends { value: string; title: string }>(
  options: readonly Option[],
  picked: readonly string[],
  title: string,
): { value: string; title: string; gone?: boolean }[] => [
  ...options,
  ...picked
    .filter((value) => value && !options.some((option) => option.value === value))
    .map((value) => ({ value, title, gone: true })),
]
