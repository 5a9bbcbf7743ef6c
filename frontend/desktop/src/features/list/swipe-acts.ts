/** What a swiped row asks for: to be resolved at once, or put aside until a chosen time; either with a way back. */
import { computed } from "vue"
import type { MenuItem } from "@/design/menu.ts"
import { say } from "@/design/toast.ts"
import { actOnMany, undoMany } from "@/server/bulk.ts"
import { now } from "@/server/clock.ts"
import { zone } from "@/server/me.ts"
import { snoozeTimes } from "@/server/snooze-times.ts"
import { codeWords } from "@/server/sorry.ts"
import { nameOf } from "@/server/surroundings.ts"
import type { Act, ConversationRow, OneOfMany } from "@/server/types.ts"
import { askWrapUp } from "@/server/wrap-ups.ts"
import { t } from "@/words/index.ts"
import { upcoming } from "@/words/time.ts"

const UNDO_SECONDS = 10

async function undo(items: OneOfMany[]) {
  const came = await undoMany(items, () => {})
  if (!came.done) say(t("bulk.nothing"))
}
async function act(row: ConversationRow, one: Act, done: string): Promise<void> {
  const came = await actOnMany([row], one, () => {})
  if (came.done) {
    const action = { label: t("common.undo"), run: () => void undo(came.undo) }
    say(done, { seconds: UNDO_SECONDS, action })
  } else if (came.changed.length) say(t("bulk.changed", { count: 1 }))
  else if (came.refused.length)
    say(t("bulk.refused", { count: 1, why: came.reasons.map((code) => codeWords(code)).join(" · ") }), { tone: "bad" })
  else if (came.unasked.length) say(t("bulk.unasked", { count: 1 }), { tone: "bad" })
  else say(t("bulk.nothing"))
}

export async function resolveRow(row: ConversationRow): Promise<void> {
  const wrap_up_id = await askWrapUp()
  if (wrap_up_id === undefined) return
  await act(row, { do: "resolve", wrap_up_id }, t("desk.resolved", { name: nameOf(row.contact) }))
}
/** The times for a row to be put aside until; `done` when it has been. */
export const timesFor = (row: () => ConversationRow, done: () => void) =>
  computed<MenuItem[]>(() => {
    const until = (at: string | null) => () =>
      void act(row(), { do: "snooze", until: at }, t("bulk.done.snooze", { count: 1 })).then(done)
    return [
      { kind: "title", label: `${t("head.snooze_until")} · ${nameOf(row().contact)}` },
      { label: t("snooze.reply"), icon: "message-square-text", run: until(null) },
      ...snoozeTimes(new Date(now.value), zone.value).map(({ key, at }) => ({
        label: t(`snooze.${key}`),
        hint: upcoming(at, now.value, zone.value),
        icon: "clock" as const,
        run: until(at.toISOString()),
      })),
    ]
  })
