/** What languages are called, in the reader's own. */
import { language } from "./index.ts"

// The two ways of writing Chinese are called by their signs, not by places.
const SIGNS: Record<string, string> = { "zh-CN": "zh-Hans", "zh-TW": "zh-Hant" }

/** `ja` → 日语; the code itself when nobody has a name for it. */
export function languageName(code: string): string {
  return new Intl.DisplayNames([language.value], { type: "language", fallback: "code" }).of(SIGNS[code] ?? code) ?? code
}
