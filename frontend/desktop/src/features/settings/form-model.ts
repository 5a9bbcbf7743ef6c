/** The form of an inbox, drawn from the channel's manifest and nothing else: settings → fields, values → what is wrong, values → what is sent. */

import { word, type ChannelWords } from "./channel-words.ts"
import { judge } from "./contrast.ts"
import type { Setting } from "@/server/types.ts"

export type Field = Required<Setting> & {
  title: string
  help: string
  options: { value: string; title: string }[]
  /** A secret that the server holds already: it is shown as set and only sent when it is replaced. */
  stored: boolean
}

export type Values = Readonly<Record<string, string>>
export type Problem = "required" | "pattern" | "choice" | "contrast"

/** A switch is on when it says one of these; it is sent as `true` or `false`. */
export function isOn(value: string | undefined): boolean {
  return value === "true" || value === "1" || value === "on"
}

/** What a manifest means where it says nothing. */
const usual = {
  advanced: false,
  choices: [] as string[],
  default: "",
  generate: "" as const,
  kind: "text" as const,
  only: "",
  pattern: "",
  required: true,
}

export function fields(
  settings: readonly Setting[],
  words: ChannelWords,
  language: string,
  secretsSet: readonly string[] = [],
): Field[] {
  return settings
    .map((given) => ({ ...usual, ...given }))
    .map((setting) => ({
      ...setting,
      title: word(words, language, `setting.${setting.key}`) || setting.key,
      help: word(words, language, `setting.${setting.key}.help`),
      options: setting.choices.map((value) => ({
        value,
        title: word(words, language, `setting.${setting.key}.${value}`) || value,
      })),
      stored: setting.kind === "secret" && secretsSet.includes(setting.key),
    }))
}

/** What the form starts with: what is saved, else the default; stored secrets start empty. */
export function startingValues(of: readonly Field[], saved: Values = {}): Record<string, string> {
  return Object.fromEntries(
    of.map((field) => [field.key, field.kind === "secret" ? "" : (saved[field.key] ?? field.default)]),
  )
}

/** A new inbox starts with a random value in each field that can be made up, so that nobody has to invent one. */
export function withGenerated(
  of: readonly Field[],
  start: Values,
  make: (kind: Field["generate"]) => string,
): Record<string, string> {
  return Object.fromEntries(of.map((field) => [field.key, start[field.key] || make(field.generate)]))
}

/** Does the choice stand that this field belongs to ("way=bot")? */
export function asked(field: Field, values: Values): boolean {
  const [key, value] = field.only.split("=")
  return !key || values[key] === value
}

/** The first thing wrong with each field; nothing for a field that is right. */
export function problems(of: readonly Field[], values: Values): Record<string, Problem> {
  const found: Record<string, Problem> = {}
  for (const field of of) {
    const value = (values[field.key] ?? "").trim()
    if (field.kind === "switch" || !asked(field, values)) continue
    if (!value) {
      if (field.required && !field.stored) found[field.key] = "required"
    } else if (field.kind === "choice" && field.choices.length && !field.choices.includes(value)) {
      found[field.key] = "choice"
    } else if (!matches(field.pattern, value)) {
      found[field.key] = "pattern"
    } else if (field.key === "color" && !judge(value).readable) {
      found[field.key] = "contrast"
    }
  }
  return found
}

/** The whole value against the manifest's pattern. A pattern that only the server can read is left to the server. */
function matches(pattern: string, value: string): boolean {
  if (!pattern) return true
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(value)
  } catch {
    return true
  }
}

/** Settings and secrets as the server takes them. A secret that was not typed is left out: the stored one stays. */
export function sent(
  of: readonly Field[],
  values: Values,
): { settings: Record<string, string>; secrets: Record<string, string> } {
  const settings: Record<string, string> = {}
  const secrets: Record<string, string> = {}
  for (const field of of) {
    const value = (values[field.key] ?? "").trim()
    if (field.kind === "switch") settings[field.key] = isOn(value) ? "true" : "false"
    else if (field.kind !== "secret") settings[field.key] = value
    else if (value) secrets[field.key] = value
  }
  return { settings, secrets }
}

/** Whether the values differ from what the form started with (any typed secret counts). */
export function changed(of: readonly Field[], start: Values, values: Values): boolean {
  return of.some((field) =>
    field.kind === "switch"
      ? isOn(start[field.key]) !== isOn(values[field.key])
      : (start[field.key] ?? "").trim() !== (values[field.key] ?? "").trim(),
  )
}

/** The setting that would make the platform sign more, and the choice to take for it: by name, the mode called safe. */
export function safeChoice(of: readonly Field[]): { field: Field; value: string } | null {
  for (const field of of) {
    if (field.kind === "choice" && field.choices.includes("safe")) return { field, value: "safe" }
  }
  return null
}
