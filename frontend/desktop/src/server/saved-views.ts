/** Views of one's own and of the team, with how much each holds; kept fresh by events, and by time where waiting counts. */
import { ref, shallowRef, watch } from "vue"
import { call } from "./http.ts"
import { eventsOf, hear, hearReset } from "./live.ts"
import { me } from "./me.ts"
import type { Conditions, Count, SavedView } from "./types.ts"

const COUNT_MS = 3000
const BY_TIME_MS = 30_000

export const savedViews = shallowRef<SavedView[]>([])
/** They have been asked for, and have come or failed. */
export const savedKnown = ref(false)
export const savedCounts = shallowRef<Record<string, Count>>({})
let counting: ReturnType<typeof setTimeout> | undefined
let countedAt = 0

export async function fetchSavedViews(): Promise<void> {
  savedViews.value = await call("GET", "/api/saved-views").catch(() => savedViews.value)
  savedKnown.value = true
  await count()
}
async function count(): Promise<void> {
  countedAt = Date.now()
  if (!savedViews.value.length) return
  const answer = await call("GET", "/api/saved-views/counts").catch(() => null)
  if (answer) savedCounts.value = answer.counts
}

export async function addView(name: string, icon: string, conditions: Conditions, shared: boolean): Promise<SavedView> {
  const view = await call("POST", "/api/saved-views", { body: { name, icon, conditions, shared } })
  await fetchSavedViews()
  return view
}
export async function changeView(id: string, name: string, icon: string, conditions: Conditions): Promise<void> {
  await call("PATCH", "/api/saved-views/{view_id}", { path: { view_id: id }, body: { name, icon, conditions } })
  await fetchSavedViews()
}
export async function removeView(id: string): Promise<void> {
  await call("DELETE", "/api/saved-views/{view_id}", { path: { view_id: id } })
  await fetchSavedViews()
}

hear((frames) => {
  const events = eventsOf(frames)
  if (events.some((event) => event.kind === "saved_view.changed")) void fetchSavedViews()
  if (!savedViews.value.length || !events.some((event) => event.conversation_id)) return
  counting ??= setTimeout(
    () => {
      counting = undefined
      void count()
    },
    Math.max(150, countedAt + COUNT_MS - Date.now()),
  )
})
hearReset(() => void fetchSavedViews())
watch(
  () => me.value?.agent.id,
  (id) => {
    if (id) void fetchSavedViews()
    else savedViews.value = []
  },
  { immediate: true },
)
setInterval(() => {
  if (me.value && !document.hidden && savedViews.value.some((view) => view.conditions.waiting_minutes)) void count()
}, BY_TIME_MS)
