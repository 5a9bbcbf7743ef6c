/** What the address asks the list for. */
import { computed } from "vue"
import { useRoute } from "vue-router"
import { instant } from "@/server/clock.ts"
import type { ListFilter } from "@/server/list-rules.ts"
import { me, preferences } from "@/server/me.ts"
import { siftedBy } from "./sifting.ts"
import { savedKnown, savedViews } from "@/server/saved-views.ts"
import { colleagues, queues, teamOf } from "@/server/surroundings.ts"
import type { View } from "@/server/types.ts"
import type { WordKey } from "@/words/index.ts"

/** `known` is null while a saved view is asked for and the views have not been read; it changes with what is listed, and
 * not with the conversation that is open. */
export function asked() {
  const route = useRoute()
  const q = computed(() => String(route.query["q"] ?? "").trim())
  const open = computed(() => String(route.params["conversation"] ?? "") || null)
  const saved = computed(() => savedViews.value.find((one) => one.id === route.query["saved"]) ?? null)
  const view = computed(() => String(route.params["view"]) as View)
  const queue = computed(() => (view.value === "queue" && !q.value ? String(route.query["queue"] ?? "") : ""))
  const team = computed(() => (q.value ? "" : (saved.value?.conditions.team ?? String(route.query["team"] ?? ""))))
  const sifted = computed(() => siftedBy(route.query))
  const filter = computed<ListFilter>(() => ({
    view: q.value && !route.query["here"] ? "any" : view.value,
    channel: String(route.query["channel"] ?? ""),
    assignee: String(route.query["assignee"] ?? ""),
    queue: queue.value,
    team: teamOf(team.value),
    public: route.query["public"] ? route.query["public"] === "1" : null,
    q: q.value,
    sifted: sifted.value,
    sort: preferences.sort,
    me: me.value?.agent.id ?? "",
    saved: saved.value && { id: saved.value.id, conditions: saved.value.conditions },
    now: instant,
  }))
  const known = computed(() => (route.query["saved"] && !savedKnown.value ? null : JSON.stringify(filter.value)))
  const emptyWords = computed<WordKey>(() =>
    q.value ? "list.empty.search" : saved.value ? "saved.empty" : (`list.empty.${view.value}` as WordKey),
  )
  const narrowed = computed(
    () =>
      !!(
        route.query["tag"] ||
        route.query["channel"] ||
        route.query["assignee"] ||
        route.query["public"] ||
        route.query["team"] ||
        queue.value
      ),
  )
  const assigneeName = computed(
    () => colleagues.value.find((agent) => agent.id === route.query["assignee"])?.name ?? "",
  )
  const queueName = computed(() => queues.value.find((one) => one.id === queue.value)?.name ?? "")
  return { q, open, saved, view, filter, known, emptyWords, narrowed, assigneeName, queueName }
}
