/** Who sits at this desk, and how they like it. Preferences follow the agent; a local copy paints the first frame. */
import { computed, reactive, ref, shallowRef, watch } from "vue"
import { instant, setServerTime } from "./clock.ts"
import { call, carryCsrf, onStrange, Refused } from "./http.ts"
import type { Me, Presence, Right, Sort } from "./types.ts"
import { language, nearest, speak, type Language } from "@/words/index.ts"
import { zoneOr } from "@/words/zone.ts"

export type Preferences = {
  theme: "system" | "light" | "dark"
  density: "compact" | "standard" | "relaxed"
  send_key: "enter" | "ctrl_enter"
  /** Replies wait a moment on the server, while they can be undone. */
  undo_send: boolean
  /** Quick phrases that fit are offered while one types. */
  phrase_hints: boolean
  /** A double click on a quick phrase sends it at once. */
  double_click_sends: boolean
  sort: Sort
  sound: boolean
  /** No sounds and no notifications before this time, in milliseconds; 0: they come. */
  muted_until: number
  notifications: boolean
  notify_mentioned: boolean
  notify_assigned: boolean
  notify_transferred: boolean
  notify_warned: boolean
  notify_missed: boolean
  /** Where the workspace allows it: looks on without being seen. */
  listen_unseen: boolean
  shortcuts: boolean
  /** Keys that this agent has chosen instead of the usual ones: what it does -> the key, '' for none. */
  keys: Record<string, string>
  panel: boolean
}
const usual: Preferences = {
  theme: "system",
  density: "standard",
  send_key: "enter",
  undo_send: false,
  phrase_hints: true,
  double_click_sends: false,
  sort: "newest",
  sound: true,
  muted_until: 0,
  notifications: false,
  notify_mentioned: true,
  notify_assigned: true,
  notify_transferred: true,
  notify_warned: true,
  notify_missed: true,
  listen_unseen: false,
  shortcuts: true,
  keys: {},
  panel: true,
}
const shelf = "guanxi.preferences"

function remembered(): Partial<Preferences> {
  try {
    return JSON.parse(localStorage.getItem(shelf) ?? "{}") as Partial<Preferences>
  } catch {
    return {}
  }
}

export const me = shallowRef<Me | null>(null)
/** We go by what was kept here: the server has not said yet who we are. */
export const recalled = ref(false)
const PATIENCE_MS = 1500
/** The workspace's time zone: what is agreed among colleagues is agreed by its clock. */
export const zone = computed(() => zoneOr(me.value?.workspace.time_zone))
/** What our role allows: the server's own table, which it holds us to. */
export const may = (right: Right): boolean => me.value?.rights.includes(right) ?? false
export const preferences = reactive<Preferences>({ ...usual, ...remembered() })

watch(
  preferences,
  ({ theme, density }) => {
    document.documentElement.dataset["theme"] = theme
    document.documentElement.dataset["density"] = density
    localStorage.setItem(shelf, JSON.stringify(preferences))
  },
  { immediate: true, deep: true },
)

/** Asks who we are. Raises Refused 401 when nobody is signed in. */
export async function recogniseMe(): Promise<Me> {
  const found = await call("GET", "/api/me")
  carryCsrf(found.csrf)
  setServerTime(found.server_time)
  // Another tab has gone over to another workspace: nothing of this one may stay on the screen.
  if (me.value && me.value.agent.id !== found.agent.id) location.assign("/")
  me.value = found
  recalled.value = false
  for (const key of Object.keys(usual) as (keyof Preferences)[]) {
    const kept = found.agent.settings[key]
    if (kept !== null && typeof kept === typeof usual[key]) Object.assign(preferences, { [key]: kept })
  }
  const wanted = nearest(found.person.language)
  if (found.person.language && wanted !== language.value) await speak(wanted)
  return found
}

/** Who we are; where nobody answers, or not soon, who sat here last. Raises what `recogniseMe` raises. */
export async function recogniseOrRecall(): Promise<void> {
  const asked = recogniseMe()
  try {
    if (await Promise.race([asked, new Promise((done) => setTimeout(done, PATIENCE_MS))])) return
  } catch (error) {
    if (error instanceof Refused && error.status < 500) throw error
  }
  const kept = await import("./kept.ts").then(({ recallMe }) => recallMe()).catch(() => null)
  if (kept) asked.catch(() => {})
  else await asked
  if (!kept || me.value) return
  recalled.value = true
  me.value = kept
}

onStrange(() => void recogniseMe().catch(() => {}))

/** Is it quiet by the agent's own wish? Away for a while, or without sounds for good. */
export const muted = (): boolean => preferences.muted_until > Date.now()

/** Changes a preference here and, quietly, on the server. */
export async function prefer(change: Partial<Preferences>): Promise<void> {
  Object.assign(preferences, change)
  if (me.value)
    await call("PATCH", "/api/me", { body: { settings: { ...me.value.agent.settings, ...preferences } } }).catch(
      () => {},
    )
}

export async function chooseLanguage(next: Language): Promise<void> {
  await speak(next)
  if (me.value) await call("PATCH", "/api/me", { body: { language: next } }).catch(() => {})
}

/** Tells everybody whether we take conversations. Shown at once, taken back when the server refuses. */
export async function setPresence(presence: Exclude<Presence, "wrap_up">, reason = ""): Promise<void> {
  const before = me.value
  if (!before) return
  const shown = { presence, busy_reason: reason, presence_at: new Date(instant()).toISOString(), wrap_up_ends_at: null }
  me.value = { ...before, agent: { ...before.agent, ...shown } }
  try {
    await call("POST", "/api/me/presence", { body: { presence, reason } })
  } catch (error) {
    me.value = before
    throw error
  }
}

/** Nothing of what was on the screen stays on this device. */
export async function forget(): Promise<void> {
  recalled.value = false
  await import("./kept.ts").then(({ forgetKept }) => forgetKept()).catch(() => {})
}

/** Who has left is called on this device no more. */
async function stopPush(): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration()
  await (await worker?.pushManager?.getSubscription())?.unsubscribe()
}

/** She goes by herself, and need not be told that she is out. */
export const leaving = ref(false)
/** Signs out; leads on to the company's sign-on where one is to be signed out there as well. */
export async function signOut(): Promise<void> {
  leaving.value = true
  await forget()
  await stopPush().catch(() => {})
  const { then } = await call("POST", "/api/sign-out").finally(() => setTimeout(() => (leaving.value = false), 2000))
  me.value = null
  if (!then) return
  location.assign(then)
  await new Promise(() => {}) // until this page is gone
}
