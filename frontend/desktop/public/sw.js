/**
 * What the browser keeps of the desk, and who is called while it is closed.
 *
 * Kept here is the shell only: the one page and its hashed files, which are the same for everybody. No answer of the API and
 * no customer's file is ever looked at here; what was last shown the page keeps itself (src/server/kept.ts). The page comes
 * from the network whenever there is one, so a new version is there at once; the kept one is for when nothing answers, and
 * its files are kept beside it.
 */
const SHELL = "guanxi-shell-1"
const PAGE = "/"
const MOST = 400

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()))
self.addEventListener("activate", (event) =>
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== SHELL) await caches.delete(name)
      await self.clients.claim()
      // The page that is open came before this worker: it opens without a network from now on.
      const shell = await caches.open(SHELL)
      if (!(await shell.match(PAGE))) await shell.add(PAGE).catch(() => {})
    })(),
  ),
)

self.addEventListener("fetch", (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== "GET" || url.origin !== location.origin) return
  if (request.mode === "navigate") {
    if (!/^\/(api|media|chat|hooks|sidebar|introduction)(\/|$)/.test(url.pathname)) event.respondWith(page(event))
  } else if (url.pathname.startsWith("/assets/")) event.respondWith(asset(event))
})

/** From the network; the kept one only when nobody answers. */
async function page(event) {
  try {
    const fresh = await fetch(event.request)
    if (fresh.ok && fresh.headers.get("content-type")?.startsWith("text/html") && !fresh.redirected) {
      const copy = fresh.clone()
      event.waitUntil(caches.open(SHELL).then((shell) => shell.put(PAGE, copy)))
    }
    return fresh
  } catch (error) {
    const kept = await (await caches.open(SHELL)).match(PAGE)
    if (kept) return kept
    throw error
  }
}

/** A hashed file never changes: the kept one is the right one. */
async function asset(event) {
  const shell = await caches.open(SHELL)
  const kept = await shell.match(event.request)
  if (kept) return kept
  const fresh = await fetch(event.request)
  if (fresh.ok) {
    const copy = fresh.clone()
    event.waitUntil(shell.put(event.request, copy).then(() => forget(shell)))
  }
  return fresh
}

/** Files of versions long gone make room, the oldest first. */
async function forget(shell) {
  const kept = await shell.keys()
  for (const old of kept.filter((one) => new URL(one.url).pathname !== PAGE).slice(0, -MOST)) await shell.delete(old)
}

self.addEventListener("push", (event) => event.waitUntil(called(event)))

async function called(event) {
  const told = event.data?.json() ?? {}
  if ("setAppBadge" in navigator && Number.isInteger(told.waiting)) await navigator.setAppBadge(told.waiting)
  const desks = await self.clients.matchAll({ type: "window" })
  if (desks.some((desk) => desk.focused)) return // she is looking at it
  await self.registration.showNotification(String(told.title ?? "Guanxi"), {
    body: String(told.body ?? ""),
    tag: String(told.conversation ?? "guanxi"),
    renotify: true,
    icon: "/icons/icon-192.png",
    badge: "/icons/badge-96.png",
    data: { conversation: told.conversation },
  })
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close()
  const { conversation } = event.notification.data ?? {}
  const path = /^[0-9a-f-]{36}$/.test(conversation ?? "") ? `/all/${conversation}` : "/"
  event.waitUntil(
    (async () => {
      const desks = await self.clients.matchAll({ type: "window", includeUncontrolled: true })
      const desk = desks.find((one) => new URL(one.url).origin === location.origin)
      if (!desk) return self.clients.openWindow(path)
      await desk.focus()
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker speaks to its own pages only
      desk.postMessage({ open: path })
    })(),
  )
})
