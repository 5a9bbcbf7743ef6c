/** What happened to the conversation, as a sentence. */
import type { Content } from "@/server/types.ts"
import { find, t } from "@/words/index.ts"
import { upcoming } from "@/words/time.ts"
import { now } from "@/server/clock.ts"
import { zone } from "@/server/me.ts"

/** The sentence that fits what is known of who and whom; an unknown happening is named by its own word. */
export function systemLine({ what = "", by = "", to = "", until: at, details = {} }: Content): string {
  const until = at ? upcoming(at, now.value, zone.value) : ""
  const text = String(details["text"] ?? details["title"] ?? "")
  const gaps = { by, to, until, text }
  const shape = `${by && by !== to ? ".by" : ""}${to ? ".to" : ""}`
  return find(`event.${what}${shape}`, gaps) ?? find(`event.${what}`, gaps) ?? t("event.other", { what })
}
