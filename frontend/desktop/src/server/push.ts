/** This device as one on which its agent is called, and the desk as an application of its own. */
import { ref } from "vue"
import { language } from "@/words/index.ts"
import { here } from "@/words/zone.ts"
import { call } from "./http.ts"
import { me } from "./me.ts"

export type How = { shows_text: boolean; quiet_from: number | null; quiet_to: number | null }
/** Who has asked for it on this device: nobody else is called on it. */
const WHOSE = "guanxi.push.whose"
const HOW = "guanxi.push"

/** Null: this browser cannot. */
export const pushed = ref<boolean | null>(null)
export const how = ref<How>({ shows_text: false, quiet_from: null, quiet_to: null, ...keptHow() })

function keptHow(): Partial<How> {
  try {
    return JSON.parse(localStorage.getItem(HOW) ?? "{}") as Partial<How>
  } catch {
    return {}
  }
}

/** Installs the worker; `open` goes to the conversation whose call was tapped. */
export function keepWorker(open: (path: string) => void): void {
  if (!("serviceWorker" in navigator)) return
  navigator.serviceWorker.register("/sw.js").catch(() => {})
  navigator.serviceWorker.addEventListener("message", ({ data }: MessageEvent<{ open?: unknown }>) => {
    if (typeof data?.open === "string" && data.open.startsWith("/")) open(data.open)
  })
}

async function manager(): Promise<PushManager | null> {
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return null
  return (await navigator.serviceWorker.ready).pushManager
}

/** Whether this device is on; one that is on tells the server again how, for its sign-in may be another one. */
export async function lookAtPush(): Promise<void> {
  const found = await manager()
  const subscription = await found?.getSubscription()
  const mine = subscription && localStorage.getItem(WHOSE) === me.value?.person.email
  if (subscription && !mine) await subscription.unsubscribe()
  pushed.value = found ? Boolean(mine) : null
  if (subscription && mine) await tell(subscription)
}

/** Asks the browser, then subscribes. False when its owner said no. */
export async function turnOnPush(): Promise<boolean> {
  const found = await manager()
  if (!found || (await Notification.requestPermission()) !== "granted") return false
  const { key } = await call("GET", "/api/push")
  const subscription = await found.subscribe({ userVisibleOnly: true, applicationServerKey: key })
  await tell(subscription)
  localStorage.setItem(WHOSE, me.value?.person.email ?? "")
  return (pushed.value = true)
}

export async function turnOffPush(): Promise<void> {
  const subscription = await (await manager())?.getSubscription()
  if (subscription) {
    await subscription.unsubscribe()
    await call("POST", "/api/push/off", { body: { endpoint: subscription.endpoint } })
  }
  pushed.value = false
}

export async function changeHow(change: Partial<How>): Promise<void> {
  how.value = { ...how.value, ...change }
  localStorage.setItem(HOW, JSON.stringify(how.value))
  const subscription = await (await manager())?.getSubscription()
  if (subscription) await tell(subscription)
}

async function tell(subscription: PushSubscription): Promise<void> {
  const { endpoint, keys } = subscription.toJSON()
  if (!endpoint || !keys?.["p256dh"] || !keys["auth"]) return
  await call("POST", "/api/push", {
    body: {
      endpoint,
      p256dh: keys["p256dh"],
      auth: keys["auth"],
      language: language.value,
      time_zone: here(),
      ...how.value,
    },
  })
}
