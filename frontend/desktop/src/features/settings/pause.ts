/** Why an inbox stands still, in a sentence: the channel's own words for the code, else ours. */
import { word } from "./channel-words.ts"
import type { Channel } from "@/server/types.ts"
import { find, t } from "@/words/index.ts"

/** `{name}` gaps of a channel's sentence filled in. */
export function fill(sentence: string, gaps: Record<string, string>): string {
  return sentence.replace(/\{(\w+)\}/g, (gap, name: string) => gaps[name] ?? gap)
}

export function pauseReason(inbox: { state_reason: string }, channel: Channel | undefined, language: string): string {
  const code = inbox.state_reason.split(":")[0] ?? ""
  const words = channel?.words ?? {}
  const own = word(words, language, `reason.${code}`) || word(words, language, `check.${code}`)
  return (
    (own && fill(own, { detail: "" })) ||
    find(`settings.inbox.reason.${code}`) ||
    (code ? `${code}.` : t("settings.inbox.paused_unknown"))
  )
}

/** What is wrong with the credentials, in the channel's words; the bare code where it has none. A code may be `CODE:detail`. */
export function checkSentence(
  answer: { code: string; detail?: string },
  channel: Channel | undefined,
  language: string,
): string {
  const [code = "", ...rest] = answer.code.split(":")
  const checked = { code, detail: rest.join(":") || (answer.detail ?? "") }
  const words = channel?.words ?? {}
  const own = word(words, language, `check.${checked.code}`)
  if (own) return fill(own, { detail: checked.detail })
  const ours = find(`settings.inbox.check.${checked.code}`)
  return ours ?? t("settings.inbox.check.failed", { reason: checked.detail || checked.code })
}
