/** How somebody is here, as the team calls it: busy with what, since when, wrapping up for how long. */
import { find, t } from "./index.ts"
import { lasting } from "./time.ts"

type Standing = { presence: string; presence_at: string; busy_reason: string; wrap_up_ends_at: string | null }

/** A reason that we know words for, else as the workspace wrote it. */
export const reasonWord = (reason: string): string => find(`presence.reason.${reason}`) ?? reason

/** Busy · Meeting · 12:05; Wrapping up · 0:21; Online. `now` in milliseconds. */
export function standing(agent: Standing, now: number): string {
  const word = find(`presence.${agent.presence}`) ?? agent.presence
  if (agent.presence === "wrap_up" && agent.wrap_up_ends_at)
    return t("presence.with", { presence: word, what: lasting(Date.parse(agent.wrap_up_ends_at) - now) })
  if (agent.presence !== "busy") return word
  const since = lasting(now - Date.parse(agent.presence_at))
  const what = agent.busy_reason ? t("presence.with", { presence: reasonWord(agent.busy_reason), what: since }) : since
  return t("presence.with", { presence: word, what })
}
