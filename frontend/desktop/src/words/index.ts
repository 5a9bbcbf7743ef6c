/**
 * Words in the reader's language: flat `key: sentence` files with `{name}` gaps, the same shape everywhere.
 *
 * `words/LANGUAGE.json` and `words/parts/LANGUAGE.PART.json` hold what the desk says; `words/later/LANGUAGE.PART.json` what
 * only other pages say, and these load it before they are shown. Only one language is loaded. A sentence that counts has a
 * sister `KEY.one`.
 */
import { ref, shallowRef } from "vue"

export type Language = "zh-CN" | "zh-TW" | "en" | "ja" | "ko"
export type WordKey =
  | keyof typeof import("./later/en.account.json")
  | keyof typeof import("./en.json")
  | keyof typeof import("./parts/en.beside.json")
  | keyof typeof import("./parts/en.bulk.json")
  | keyof typeof import("./later/en.hours.json")
  | keyof typeof import("./later/en.keys.json")
  | keyof typeof import("./later/en.reports.json")
  | keyof typeof import("./later/en.parity.json")
  | keyof typeof import("./later/en.crossing.json")
  | keyof typeof import("./parts/en.crossing.json")
  | keyof typeof import("./later/en.wall.json")
  | keyof typeof import("./later/en.access.json")
  | keyof typeof import("./later/en.alarm.json")
  | keyof typeof import("./later/en.audit.json")
  | keyof typeof import("./later/en.roles.json")
  | keyof typeof import("./later/en.passkeys.json")
  | keyof typeof import("./parts/en.head.json")
  | keyof typeof import("./parts/en.judging.json")
  | keyof typeof import("./parts/en.kept.json")
  | keyof typeof import("./parts/en.palette.json")
  | keyof typeof import("./parts/en.people.json")
  | keyof typeof import("./later/en.coverage.json")
  | keyof typeof import("./parts/en.presence.json")
  | keyof typeof import("./later/en.presence.json")
  | keyof typeof import("./parts/en.public.json")
  | keyof typeof import("./parts/en.promises.json")
  | keyof typeof import("./later/en.promises.json")
  | keyof typeof import("./parts/en.queues.json")
  | keyof typeof import("./later/en.queues.json")
  | keyof typeof import("./parts/en.saved.json")
  | keyof typeof import("./later/en.settings.json")
  | keyof typeof import("./later/en.limits.json")
  | keyof typeof import("./parts/en.sift.json")
  | keyof typeof import("./later/en.macros.json")
  | keyof typeof import("./later/en.planned.json")
  | keyof typeof import("./later/en.phrases.json")
  | keyof typeof import("./later/en.translate.json")
  | keyof typeof import("./later/en.slow.json")
  | keyof typeof import("./later/en.wrap-up.json")
  | keyof typeof import("./later/en.teams.json")
  | keyof typeof import("./parts/en.merging.json")
  | keyof typeof import("./later/en.merging.json")
  | keyof typeof import("./later/en.sight.json")
  | keyof typeof import("./parts/en.sight.json")
  | keyof typeof import("./parts/en.teams.json")
  | keyof typeof import("./parts/en.take.json")
  | keyof typeof import("./parts/en.tools.json")
  | keyof typeof import("./later/en.integrations.json")
  | keyof typeof import("./later/en.rules.json")
  | keyof typeof import("./parts/en.saying.json")
  | keyof typeof import("./parts/en.listening.json")
  | keyof typeof import("./parts/en.media.json")
  | keyof typeof import("./later/en.rich-menu.json")
  | keyof typeof import("./later/en.webchat.json")
  | keyof typeof import("./parts/en.workspaces.json")
  | keyof typeof import("./later/en.push.json")
  | keyof typeof import("./parts/en.version.json")
  | keyof typeof import("./later/en.sidebar.json")
  | keyof typeof import("./later/en.sign-on.json")
export const languages: Record<Language, string> = {
  "zh-CN": "简体中文",
  "zh-TW": "繁體中文",
  en: "English",
  ja: "日本語",
  ko: "한국어",
}

/** What a language says, by file: `loads/` puts its many files together, so that one comes over the line. */
type Said = Record<string, Record<string, string>>
const loads = import.meta.glob<Said>("./loads/*.ts", { import: "default" })
export const language = ref<Language>("zh-CN")
const sentences = shallowRef<Record<string, string>>({})
let all = false
let plural = new Intl.PluralRules("zh-CN")

/** The first of these languages that we speak, and the nearest to it; else English. */
export function nearest(...tags: (string | null | undefined)[]): Language {
  for (const tag of tags) {
    const [first, ...rest] = (tag ?? "").toLowerCase().split("-")
    if (first === "zh") return rest.some((part) => ["hant", "tw", "hk", "mo"].includes(part)) ? "zh-TW" : "zh-CN"
    if (first === "en" || first === "ja" || first === "ko") return first
  }
  return "en"
}

/** Between the parts of a list. */
export const comma = (): string => (/^(zh|ja)/.test(language.value) ? "、" : ", ")

/** Loads a language and speaks it from then on. */
export async function speak(next: Language): Promise<void> {
  const parts = await Promise.all([load(next), ...(all ? [load(`${next}.later`)] : [])])
  sentences.value = Object.assign({}, ...parts.flat()) as Record<string, string>
  plural = new Intl.PluralRules(next)
  language.value = next
  document.documentElement.lang = next
  localStorage.setItem("guanxi.language", next)
}

const load = async (name: Language | `${Language}.later`) => Object.values(await loads[`./loads/${name}.ts`]!())

/** Loads what only other pages than the desk say. Again, in case the language has changed meanwhile. */
export async function speakOfAll(): Promise<void> {
  if (all) return
  const before = language.value
  const parts = await load(`${before}.later`)
  if (before !== language.value) return speakOfAll()
  all = true
  sentences.value = Object.assign({}, sentences.value, ...parts) as Record<string, string>
}

/** The sentence of `key` with its gaps filled. With `count`, the form that fits the number. */
export function t(key: WordKey, gaps: Record<string, string | number> = {}): string {
  return find(key, gaps) ?? key
}

/** Like `t` for a key that is only known at run time (a code from the server); null when there is no such sentence. */
export function find(key: string, gaps: Record<string, string | number> = {}): string | null {
  const one =
    typeof gaps["count"] === "number" && plural.select(gaps["count"]) === "one"
      ? sentences.value[`${key}.one`]
      : undefined
  const sentence = one ?? sentences.value[key]
  return sentence?.replace(/\{(\w+)\}/g, (gap, name: string) => String(gaps[name] ?? gap)) ?? null
}

const ENDINGS: Record<string, string> = { one: "st", two: "nd", few: "rd", other: "th" }
/** A number in an order: 3rd in English; elsewhere the sentence around it says that it is one. */
export function nth(number: number): string {
  if (language.value !== "en") return String(number)
  return `${number}${ENDINGS[new Intl.PluralRules("en", { type: "ordinal" }).select(number)]}`
}
