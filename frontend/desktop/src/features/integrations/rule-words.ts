/** What a condition asks for and what it met, and what a rule did or did not do, in the reader's words. */
import { lineOfCondition, operandOf } from "./rule-draft.ts"
import type { RuleSurroundings } from "./rule-surroundings.ts"
import type { Failed, Look, RuleCondition, Trial } from "@/server/integrations.ts"
import { channels } from "@/server/settings.ts"
import { comma, find, language, t } from "@/words/index.ts"
import { languageName } from "@/words/languages.ts"

const quoted = (words: string) => t("rules.met.words", { words })
const nameOf = (rows: readonly { id: string; name: string }[], id: unknown) => rows.find((one) => one.id === id)?.name
const yesOrNo = (on: string, met: unknown) => find(`rules.${on}.${met ? "yes" : "no"}`) ?? String(met)

/** The value that a condition found, as a person would say it. */
export function metWord({ on, met }: Failed, around: RuleSurroundings, condition?: RuleCondition): string {
  const nothing = t("rules.met.nothing")
  if (Array.isArray(met)) return met.length ? met.join(comma()) : nothing
  switch (on) {
    case "channel":
      return channels.value.find((one) => one.key === met)?.title ?? String(met)
    case "inbox":
      return nameOf(around.inboxes, met) ?? t("rules.gone.one")
    case "queue":
      return nameOf(around.queues, met) ?? t("rules.gone.one")
    case "assignee":
      return met ? (nameOf(around.team, met) ?? t("rules.gone.one")) : t("rules.nobody")
    case "text":
      return met ? quoted(String(met)) : nothing
    case "content":
      return find(`rules.content.${String(met)}`) ?? nothing
    case "public":
      return t(met ? "public.word" : "public.private")
    case "vip":
    case "known":
      return yesOrNo(on, met)
    case "hours":
      return met === null || met === undefined ? t("rules.gone.hours") : yesOrNo(on, met)
    case "time": {
      const zone = condition?.on === "time" ? condition.time_zone : undefined
      const format: Intl.DateTimeFormatOptions = { weekday: "short", hour: "2-digit", minute: "2-digit" }
      return new Intl.DateTimeFormat(language.value, { ...format, ...(zone && { timeZone: zone }) }).format(
        new Date(String(met)),
      )
    }
    case "language":
      return met ? languageName(String(met)) : t("rules.met.language")
    case "urgency":
      return find(`urgency.${String(met)}`) ?? String(met)
    case "mood":
      return find(`mood.${String(met)}`) ?? String(met)
    case "state":
      return find(`rules.state.${String(met)}`) ?? String(met)
    case "waited":
      return typeof met === "number" ? t("rules.met.minutes", { count: met }) : t("rules.met.waits")
    case "earlier":
      return t("rules.met.earlier", { count: Number(met) })
    default:
      return met === null || met === undefined ? nothing : quoted(String(met))
  }
}

/** What the condition asks about: an attribute is named, with how it is compared and with what. */
function askedWord({ on }: Failed, around: RuleSurroundings, condition?: RuleCondition): string {
  if (condition?.on !== "attribute") return find(`rules.on.${on}`) ?? on
  const { name, how, words, picks, number, day, days } = lineOfCondition(condition)
  const values = picks.length ? picks.join(comma()) : words
  const value = { "": "", words: values, number, day, days }[operandOf(how)]
  const called = around.attributes.find((one) => one.key === name)?.name ?? name
  return [called, t(`rules.how.${how}`), value].filter(Boolean).join(" ")
}

/** Which condition said no, and what it met. */
export const noWord = (failed: Failed, around: RuleSurroundings, condition?: RuleCondition): string =>
  t("rules.no", {
    n: failed.condition + 1,
    what: askedWord(failed, around, condition),
    met: metWord(failed, around, condition),
  })

/** What it would say, its variables filled. */
export const saysOf = (trial: Trial): string[] =>
  (trial.would?.at(-1)?.does ?? []).map((one) => one.text ?? "").filter(Boolean)

/** What it would have done: each deed, and that it is so already. */
export function wouldWord(trial: Trial): string {
  const last = trial.would?.at(-1)
  if (!last) return ""
  if (last.stopped_by) return t("rules.look.stopped", { name: last.stopped_by })
  if (last.held_back) return t("rules.log.held_back")
  const missing = [...new Set(last.does.flatMap((one) => one.missing ?? []))]
  if (missing.length) return t("rules.log.failed", { why: problemWord("unfilled", missing) })
  return last.does
    .map((one) => {
      const word = find(`rules.do.${one.do}`) ?? one.do
      return one.changes ? word : t("rules.do.already", { what: word })
    })
    .join(" → ")
}

/** What was not known is named, where the rule wanted to say it. */
export const problemWord = (problem: string, details: readonly string[] = []): string =>
  (problem === "unfilled" ? t("rules.problem.unfilled", { names: details.join(comma()) }) : undefined) ??
  find(`rules.problem.${problem}`) ??
  find(`refused.${problem}`) ??
  problem

/** What one rule made of one event. */
export function lookWord(look: Look, around: RuleSurroundings, conditions: readonly RuleCondition[]): string {
  if (look.outcome === "no" && look.failed) return noWord(look.failed, around, conditions[look.failed.condition])
  if (look.outcome === "failed") return t("rules.log.failed", { why: problemWord(look.problem ?? "", look.details) })
  if (look.outcome === "stopped") return t("rules.look.stopped", { name: look.problem ?? "" })
  if (look.outcome === "done")
    return (look.details ?? []).map((one) => find(`rules.do.${one}`) ?? one).join(" → ") || t("rules.log.done")
  return find(`rules.look.${look.outcome}`) ?? find(`rules.log.${look.outcome}`) ?? look.outcome
}
