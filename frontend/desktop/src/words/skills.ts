/** What a skill is called: a language by its name in the reader's language, anything else as the team calls it. */
import { comma, language, t } from "./index.ts"

const LANGUAGE = "lang:"
/** Languages that are offered before anybody has named one. */
export const LANGUAGES = [
  "zh",
  "en",
  "ja",
  "ko",
  "yue",
  "th",
  "vi",
  "id",
  "ms",
  "es",
  "fr",
  "de",
  "pt",
  "ru",
  "ar",
].map((tag) => LANGUAGE + tag)

export function skillName(key: string): string {
  if (!key.startsWith(LANGUAGE)) return key
  const tag = key.slice(LANGUAGE.length)
  try {
    return new Intl.DisplayNames([language.value], { type: "language" }).of(tag) ?? tag
  } catch {
    return tag // no language is called so
  }
}

/** A skill and how well: the first level goes without saying. */
export const skillAt = (key: string, level: number): string =>
  level > 1 ? t("skill.at", { skill: skillName(key), level }) : skillName(key)

/** What somebody does best stands first. */
export const bestFirst = (skills: Record<string, number>): [string, number][] =>
  Object.entries(skills).sort(([a, x], [b, y]) => y - x || skillName(a).localeCompare(skillName(b), language.value))

/** All of them in one line. */
export const skillWords = (skills: Record<string, number>): string =>
  bestFirst(skills)
    .map(([key, level]) => skillAt(key, level))
    .join(comma())

/** What a conversation needs, as the server writes it down: `lang:ja refunds+2`. */
export function skillsOf(needs: string): Record<string, number> {
  const pairs = needs.split(" ").filter(Boolean)
  return Object.fromEntries(pairs.map((one) => [one.split("+")[0]!, Number(one.split("+")[1] ?? 1)]))
}

/** Of what is needed, what somebody cannot, or not so well. */
export const lacking = (needed: Record<string, number>, skills: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(needed).filter(([key, level]) => (skills[key] ?? 0) < level))

/** What was typed, as a key: a language by its name, and no spaces. */
export function keyOf(typed: string, known: readonly string[]): string {
  const word = typed.trim().toLowerCase()
  const found = known.find((key) => key.toLowerCase() === word || skillName(key).toLowerCase() === word)
  return (
    found ??
    typed
      .trim()
      .replace(/[\s+]+/g, "-")
      .slice(0, 40)
  )
}
