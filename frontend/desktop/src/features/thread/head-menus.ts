/** The menus above a thread: whose it is, when it comes back, what can be taken along, and all of it on a phone. */
import { computed, type ComputedRef } from "vue"
import type { MenuItem } from "@/design/menu.ts"
import { askRating, assign, handBack, prioritise, seenAt, snooze } from "@/server/actions.ts"
import { capOf } from "@/server/bindings.ts"
import { now } from "@/server/clock.ts"
import { takeAlong } from "@/server/links.ts"
import { may, me, zone } from "@/server/me.ts"
import { snoozeTimes } from "@/server/snooze-times.ts"
import { askApart, askMerge, askSplit } from "@/server/asked-moves.ts"
import { attempt } from "@/server/sorry.ts"
import { agents, serving } from "@/server/surroundings.ts"
import { thread } from "@/server/thread.ts"
import type { ConversationRow } from "@/server/types.ts"
import { switchTranslation } from "@/server/translating.ts"
import { t } from "@/words/index.ts"
import { upcoming } from "@/words/time.ts"
import { here } from "@/words/zone.ts"
import { copyLink } from "./copy-link.ts"

/** `opens` is what a menu only opens: the dialogs of a transfer and of taking over, the form of a time, and that of the tags. */
export function headMenus(
  row: ComputedRef<ConversationRow>,
  opens: {
    transfer: () => void
    stepIn: () => void
    chooseTime: () => void
    tag: () => void
    macros: () => void
    rules: () => void
    cross: () => void
  },
) {
  const mine = computed(() => row.value.assignee?.id === me.value?.agent.id)
  /** What a supervisor does with what another one has, or what she has taken from him. */
  const beside = computed<MenuItem[]>(() => {
    const { assignee, taken_from, state, id } = row.value
    if (!may("supervise") || !may("serve") || state === "resolved" || !assignee) return []
    const from = agents.value.find((agent) => agent.id === taken_from)
    return [
      ...(mine.value ? [] : [{ label: t("beside.step_in"), icon: "user-plus" as const, run: opens.stepIn }]),
      ...(from
        ? [
            {
              label: t("beside.hand_back", { name: from.name }),
              icon: "rotate-ccw" as const,
              run: () => void attempt(handBack(id)),
            },
          ]
        : []),
    ]
  })
  const hands = computed<MenuItem[]>(() => [
    ...serving.value
      .filter(
        (agent) =>
          agent.presence !== "offline" || agent.id === row.value.assignee?.id || agent.id === me.value?.agent.id,
      )
      .sort((a, b) => Number(b.id === me.value?.agent.id) - Number(a.id === me.value?.agent.id))
      .map((agent) => ({
        label: agent.id === me.value?.agent.id ? t("head.me", { name: agent.name }) : agent.name,
        hint: agent.id === me.value?.agent.id ? capOf("take") : `${agent.load}/${agent.capacity}`,
        dot: agent.presence,
        chosen: row.value.assignee?.id === agent.id,
        run: () => void attempt(assign(row.value.id, agent.id, seenAt(row.value))),
      })),
    { kind: "line" },
    {
      label: t("head.to_queue"),
      icon: "inbox",
      disabled: !row.value.assignee,
      run: () => void attempt(assign(row.value.id, null, seenAt(row.value))),
    },
    { label: t("head.transfer"), icon: "arrow-right-left", hint: capOf("transfer"), run: opens.transfer },
    ...beside.value,
  ])
  /** Whose clock it is stands there when it is not the one on this wall. */
  const until = computed(() => t("head.snooze_until") + (zone.value === here() ? "" : ` · ${zone.value}`))
  const times = computed<MenuItem[]>(() =>
    snoozeTimes(new Date(now.value), zone.value).map(({ key, at }) => ({
      label: t(`snooze.${key}`),
      hint: upcoming(at, now.value, zone.value),
      icon: "clock",
      run: () => void attempt(snooze(row.value.id, { until: at })),
    })),
  )
  const chooseTime = computed<MenuItem>(() => ({ label: t("snooze.custom"), icon: "calendar", run: opens.chooseTime }))
  const untilReply = computed<MenuItem>(() => ({
    label: t("snooze.reply"),
    hint: t("snooze.reply_means"),
    icon: "message-square-text",
    run: () => void attempt(snooze(row.value.id, { until: null })),
  }))
  const later = computed<MenuItem[]>(() => [
    { kind: "title", label: until.value },
    untilReply.value,
    ...times.value,
    { kind: "line" },
    chooseTime.value,
  ])
  const take: MenuItem = {
    label: t("head.take"),
    icon: "user",
    run: () => void attempt(assign(row.value.id, me.value!.agent.id)),
  }
  /** Where this inbox has a way to ask, and whether that was done: a contact is asked once. */
  const rating = computed(() => thread.detail?.reply.rating ?? "")
  const ratingWord = computed(() =>
    t(rating.value === "asked" ? "rating.asked" : rating.value === "rated" ? "rating.rated" : "webchat.ask_rating"),
  )
  const inviteRating = computed<MenuItem>(() => ({
    label: ratingWord.value,
    icon: "star",
    disabled: rating.value !== "can",
    run: () => void attempt(askRating(row.value.id)),
  }))
  const urgency = computed<MenuItem[]>(() =>
    may("assign") && row.value.state !== "resolved"
      ? [
          { kind: "title", label: t("priority.label") },
          ...([2, 1, 0, -1, -2] as const).map((priority) => ({
            label: t(`priority.${priority}`),
            chosen: row.value.priority === priority,
            run: () => void attempt(prioritise(row.value.id, priority)),
          })),
          { kind: "line" },
        ]
      : [],
  )
  const moving = computed<MenuItem[]>(() =>
    may("resolve")
      ? [
          { label: t("merge.menu"), icon: "merge", run: () => askMerge(row.value.id) },
          { label: t("split.menu"), icon: "split", run: () => askSplit(row.value.id) },
          ...(thread.detail?.was_merged
            ? [{ label: t("merge.take_apart"), icon: "rotate-ccw" as const, run: () => askApart(row.value.id) }]
            : []),
          { kind: "line" },
        ]
      : [],
  )
  const macros: MenuItem = { label: t("macro.title"), icon: "zap", run: opens.macros }
  const translation = computed<MenuItem[]>(() => {
    const there = may("serve") && thread.detail?.translation
    if (!there) return []
    const run = () => void attempt(switchTranslation(row.value.id, !there.on))
    return [{ label: t(there.on ? "translate.off" : "translate.on"), icon: "languages", run }]
  })
  /** Only what is said to one person alone can go on elsewhere: whoever reads along could take the code. */
  const cross = computed<MenuItem[]>(() =>
    may("serve") && row.value.state !== "resolved" && !row.value.is_public && row.value.identity_kind === "person"
      ? [{ label: t("cross.menu"), icon: "arrow-right-left" as const, run: opens.cross }]
      : [],
  )
  const along = computed<MenuItem[]>(() => [
    ...cross.value,
    ...(may("serve") ? [macros] : []),
    ...urgency.value,
    ...translation.value,
    ...moving.value,
    { label: t("take.link"), icon: "link", run: () => void copyLink(row.value.id) },
    ...(may("integrations") ? [{ label: t("head.rules"), icon: "rotate-ccw" as const, run: opens.rules }] : []),
    ...(may("export") ? transcripts.value : []),
  ])
  const transcripts = computed<MenuItem[]>(() => [
    { label: t("take.print"), icon: "file-text", run: () => takeAlong(row.value.id, "html", false) },
    { label: t("take.print_notes"), icon: "sticky-note", run: () => takeAlong(row.value.id, "html", true) },
    { label: t("take.text"), icon: "download", hint: ".txt", run: () => takeAlong(row.value.id, "txt", false) },
    { label: t("take.json"), icon: "code-xml", hint: ".json", run: () => takeAlong(row.value.id, "json", false) },
  ])
  const more = computed<MenuItem[]>(() => [
    ...(mine.value || !may("assign") ? [] : [take]),
    ...(may("assign") ? [{ label: t("head.transfer"), icon: "arrow-right-left" as const, run: opens.transfer }] : []),
    ...beside.value,
    { label: t("head.tags"), icon: "tag", run: opens.tag },
    ...(rating.value ? [inviteRating.value] : []),
    ...(row.value.state === "open" && may("resolve")
      ? [{ kind: "title" as const, label: until.value }, untilReply.value, ...times.value, chooseTime.value]
      : []),
  ])

  return { mine, rating, ratingWord, until, hands, later, along, more }
}
