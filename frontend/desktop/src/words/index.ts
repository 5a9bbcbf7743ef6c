/**
 * Words in the reader's language: flat `key: sentence` files with `{name}` gaps, the same shape everywhere.
 *
 * `words/LANGUAGE.json` holds the desk's words and `words/parts/LANGUAGE.PART.json` those of other pages; all of one
 * language are loaded together, and only that language. A sentence that counts has a sister `KEY.one`.
 */
import { ref, shallowRef } from "vue"

export type Language = "zh-CN" | "en"
export type WordKey =
  | keyof typeof import("./parts/en.account.json")
  | keyof typeof import("./en.json")
  | keyof typeof import("./parts/en.bulk.json")
  | keyof typeof import("./parts/en.reports.json")
  | keyof typeof import("./parts/en.access.json")
  | keyof typeof import("./parts/en.palette.json")
  | keyof typeof import("./parts/en.people.json")
  | keyof typeof import("./parts/en.saved.json")
  | keyof typeof import("./parts/en.settings.json")
  | keyof typeof import("./parts/en.take.json")
  | keyof typeof import("./parts/en.integrations.json")
  | keyof typeof import("./parts/en.saying.json")
  | keyof typeof import("./parts/en.media.json")
  | keyof typeof import("./parts/en.rich-menu.json")
  | keyof typeof import("./parts/en.webchat.json")
  | keyof typeof import("./parts/en.workspaces.json")
  | keyof typeof import("./parts/en.sign-on.json")
export const languages: Record<Language, string> = { "zh-CN": "简体中文", en: "English" }

const files = import.meta.glob<Record<string, string>>(["./*.json", "./parts/*.json"], { import: "default" })
export const language = ref<Language>("zh-CN")
const sentences = shallowRef<Record<string, string>>({})
let plural = new Intl.PluralRules("zh-CN")

/** The nearest language that we speak. */
export function nearest(tag: string | null | undefined): Language {
  return tag?.toLowerCase().startsWith("zh") ? "zh-CN" : "en"
}

/** Loads a language and speaks it from then on. */
export async function speak(next: Language): Promise<void> {
  const wanted = Object.entries(files).filter(([path]) => path.split("/").at(-1)!.startsWith(`${next}.`))
  const parts = await Promise.all(wanted.map(([, load]) => load()))
  sentences.value = Object.assign({}, ...parts) as Record<string, string>
  plural = new Intl.PluralRules(next)
  language.value = next
  document.documentElement.lang = next
  localStorage.setItem("guanxi.language", next)
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
