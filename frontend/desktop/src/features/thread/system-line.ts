/** What happened to the conversation, as a sentence. */
import type { Content } from "@/server/types.ts"
import { find, t } from "@/words/index.ts"
import { upcoming } from "@/words/time.ts"
import { now } from "@/server/clock.ts"
import { zone } from "@/server/me.ts"
import { skillsOf, skillWords } from "@/words/skills.ts"
import { channelWord } from "./channel-word.ts"

/** What the channel of the open thread calls what happened. */
const channelSays = (what: string) => channelWord(`happened.${what}`) || channelWord(`happened.${what.split(".")[0]}.*`)

/** What routing did by itself or was told to do: why this agent, into which queue, for which skills. */
function routingSays({
  what = "",
  by = "",
  to = "",
  why,
  queue = "",
  team = "",
  priority,
  needs = "",
}: Content): string | null {
  if (why) {
    const { load, capacity } = why
    const because = t(`event.why.${why.code}`, { load, capacity, skills: skillWords(skillsOf(why.needs ?? "")) })
    return t(what === "offered" ? "event.offered" : "event.given", { to, why: because })
  }
  const gaps = { by, queue, team, skills: skillWords(skillsOf(needs)), priority: find(`priority.${priority}`) ?? "" }
  const shape = what === "overflowed" && !queue ? "overflowed.stays" : team ? `${what}.team` : what
  return find(`event.${shape}${by ? ".by" : ""}`, gaps) ?? find(`event.${shape}`, gaps)
}
const ROUTING = new Set([
  "assigned",
  "offered",
  "queued",
  "overflowed",
  "nobody_skilled",
  "needs",
  "needs_nothing",
  "prioritised",
])

/**
 * The sentence that fits what is known of who and whom; in a group `who` did it. What is particular to a channel is said
 * in the channel's own words; an unknown happening is named by its own word.
 */
export function systemLine(content: Content, who = ""): string {
  const { what = "", by = "", to = "", until: at, details = {} } = content
  const routed = ROUTING.has(what) && (what !== "assigned" || content.why) ? routingSays(content) : null
  if (routed) return routed
  const until = at ? upcoming(at, now.value, zone.value) : ""
  const text = String(details["text"] ?? details["title"] ?? details["scene"] ?? details["key"] ?? "")
  const gaps = { by, to, until, text }
  const shape = `${by && by !== to ? ".by" : ""}${to ? ".to" : ""}`
  const told = text && !shape ? find(`event.${what}.of`, gaps) : null
  const own = told ?? find(`event.${what}${shape}`, gaps)
  if (own && (shape || !who)) return own
  const said = (text ? channelWord(`happened.${what}.of`).replace("{text}", () => text) : "") || channelSays(what)
  if (said && who) return t("event.who", { who, what: said })
  return own ?? find(`event.${what}`, gaps) ?? (said || t("event.other", { what }))
}
