/** What calls us: the newest notices and how many are new. Follows the live socket; tells who listens of what is just in. */
import { reactive } from "vue"
import { call } from "./http.ts"
import { eventsOf, hear, hearReset } from "./live.ts"
import type { components } from "./schema.d.ts"

export type Notice = components["schemas"]["Notice"]

export const notices = reactive({
  rows: [] as Notice[],
  unread: 0,
  next: null as string | null,
  ready: false,
  failed: false,
  busy: false,
})
const hearers = new Set<(fresh: Notice[]) => void>()
let known: Set<string> | null = null

/** `hearer` is told of notices that come in while we look, never of those that were there. */
export function hearNotices(hearer: (fresh: Notice[]) => void): () => void {
  hearers.add(hearer)
  return () => hearers.delete(hearer)
}

export async function fetchNotices(): Promise<void> {
  notices.busy = true
  try {
    const page = await call("GET", "/api/notices")
    Object.assign(notices, { ...page, ready: true, failed: false })
    const fresh = known ? page.rows.filter((one) => !one.read && !known?.has(one.id)) : []
    known = new Set([...(known ?? []), ...page.rows.map((one) => one.id)])
    if (fresh.length) for (const hearer of hearers) hearer(fresh)
  } catch {
    notices.failed = true
  } finally {
    notices.busy = false
  }
}

export async function moreNotices(): Promise<void> {
  if (!notices.next || notices.busy) return
  notices.busy = true
  try {
    const page = await call("GET", "/api/notices", { query: { after: notices.next } })
    notices.rows = [...notices.rows, ...page.rows]
    notices.next = page.next
  } catch {
    // The button is still there.
  } finally {
    notices.busy = false
  }
}

/** Seen: all, or those about one conversation. Shown at once; the server's word comes after. */
export async function readNotices(conversation: string | null = null): Promise<void> {
  const ours = (one: Notice) => !one.read && (!conversation || one.conversation_id === conversation)
  const seen = notices.rows.filter(ours).length
  if (conversation && !seen) return
  notices.unread = conversation ? Math.max(0, notices.unread - seen) : 0
  notices.rows = notices.rows.map((one) => (ours(one) ? { ...one, read: true } : one))
  await call("POST", "/api/notices/read", { body: { conversation_id: conversation } }).catch(() => {})
}

hear((frames) => {
  if (eventsOf(frames).some((event) => event.kind.startsWith("notice."))) void fetchNotices()
})
hearReset(() => void fetchNotices())
