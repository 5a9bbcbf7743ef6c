/** What the desk keeps for when nobody answers: only for whom it was shown, not for long, not too much, and not after the
 * sign-in. The server here is scripted, the store is real. */
import "fake-indexeddb/auto"
import { IDBFactory } from "fake-indexeddb"
import { openDB } from "idb"
import { beforeEach, expect, test, vi } from "vitest"

const DAY = 86_400_000
const mei = { agent: { id: "mei", role: "agent", role_id: null }, workspace: { id: "shop" }, rights: ["serve"] }
const filter = { view: "all", channel: "", assignee: "", queue: "", q: "", sort: "newest", me: "mei" } as const
const row = (id: string) => ({ id, version: 1, state: "open", last_at: "2026-01-01T00:00:00Z", tags: [] })

let socket: EventTarget
beforeEach(() => {
  indexedDB = new IDBFactory()
  const page = new EventTarget()
  Object.assign(globalThis, {
    addEventListener: page.addEventListener.bind(page),
    dispatchEvent: page.dispatchEvent.bind(page),
    document: {
      documentElement: { dataset: {} },
      createElement: () => ({}),
      addEventListener: page.addEventListener.bind(page),
      hidden: true,
    },
    localStorage: { getItem: () => null, setItem: () => {} },
    performance: Object.assign(performance, { getEntriesByType: () => [] }),
    fetch: async () => Promise.reject(new TypeError("fetch failed")),
    location: { protocol: "http:", host: "shop" },
    WebSocket: function () {
      return (socket = new EventTarget())
    },
    cancelAnimationFrame: () => {},
  })
})

/** A page of hers that has just been loaded: all modules anew, the store as it was left. */
async function freshPage(who: unknown = null) {
  vi.resetModules()
  const [kept, { me }, live, list, thread] = await Promise.all([
    import("@/server/kept.ts"),
    import("@/server/me.ts"),
    import("@/server/live.ts"),
    import("@/server/list.ts"),
    import("@/server/thread.ts"),
  ])
  me.value = who as never
  return { ...kept, me, live, list, thread }
}
type Page = Awaited<ReturnType<typeof freshPage>>

const stored = async () => {
  const db = await openDB("guanxi-kept")
  const all = db.objectStoreNames.contains("kept") ? ((await db.getAll("kept")) as { key: string; at: number }[]) : []
  db.close()
  return all
}
const keys = async () => (await stored()).map((one) => one.key).sort()
const settled = (check: () => unknown) => vi.waitFor(check, { timeout: 5000, interval: 5 })
/** A page that is put away writes down at once. */
const hide = () => void dispatchEvent(new Event("visibilitychange"))

/** Opens a thread and has it written down. */
async function opens(page: Page, id: string) {
  Object.assign(page.thread.thread, { id, detail: row(id), kept: 0 })
  page.thread.messages.value = {
    messages: [{ seq: 1, sent_at: "2026-01-01T00:00:00Z" }] as never,
    version: 1,
    older: false,
  }
  await settled(async () => {
    hide()
    expect(await keys()).toContain(`thread:${id}`)
  })
}

test("who opens the desk without a network is who sat here last, and finds the threads that she opened", async () => {
  const page = await freshPage(mei)
  page.keepWhatIsShown()
  await opens(page, "c1")
  const after = await freshPage()
  const found = await after.recallMe()
  expect(found).toMatchObject({ agent: { id: "mei" }, csrf: "" })
  after.me.value = found
  expect(await after.recallThread("c1")).toMatchObject({ detail: { id: "c1" }, state: { version: 1 } })
})

test("the last twenty threads stay, and nothing that is older than a week is shown or stays", async () => {
  const page = await freshPage(mei)
  page.keepWhatIsShown()
  for (let n = 0; n < 22; n++) await opens(page, `c${n}`)
  expect((await keys()).filter((key) => key.startsWith("thread:"))).toHaveLength(20)
  expect(await keys()).not.toContain("thread:c0")
  const db = await openDB("guanxi-kept")
  for (const one of await stored()) await db.put("kept", { ...one, at: one.at - 8 * DAY })
  db.close()
  const late = await freshPage()
  expect(await late.recallMe()).toBeNull()
  late.me.value = mei as never
  expect(await late.recallThread("c21")).toBeNull()
  late.keepWhatIsShown()
  await opens(late, "new")
  expect((await keys()).filter((key) => key.startsWith("thread:"))).toEqual(["thread:new"])
})

test("another agent, another workspace or another role finds nothing, and what was there is gone", async () => {
  for (const other of [
    { ...mei, agent: { ...mei.agent, id: "tom" } },
    { ...mei, workspace: { id: "elsewhere" } },
    { ...mei, agent: { ...mei.agent, role_id: "narrow" } },
    { ...mei, rights: [] },
  ]) {
    indexedDB = new IDBFactory()
    const page = await freshPage(mei)
    page.keepWhatIsShown()
    await opens(page, "c1")
    const after = await freshPage(other)
    expect(await after.recallThread("c1")).toBeNull()
    after.keepWhatIsShown()
    await settled(async () => expect(await keys()).not.toContain("thread:c1"))
  }
})

test("what becomes hidden from her goes, and with the sign-in everything, also what was about to be written", async () => {
  const page = await freshPage(mei)
  page.keepWhatIsShown()
  await opens(page, "c1")
  await opens(page, "c2")
  const key = `list:${JSON.stringify({ ...filter, me: "" })}`
  page.list.list.filter = filter
  page.list.list.ready = true
  page.list.learn([row("c1"), row("c2")] as never)
  await settled(async () => {
    hide()
    expect(await keys()).toContain(key)
  })
  expect((await page.recallList(filter))?.rows.map((one) => one.id).sort()).toEqual(["c1", "c2"])
  page.live.connect()
  const gone = { type: "event", kind: "conversation.hidden", conversation_id: "c1", version: 2, cursor: "1:1" }
  socket.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(gone) }))
  page.live.flush()
  await settled(async () => {
    hide()
    expect(await keys()).not.toContain("thread:c1")
  })
  expect((await page.recallList(filter))?.rows.map((one) => one.id)).toEqual(["c2"])
  expect(await keys()).toContain("thread:c2")
  page.thread.messages.value = { ...page.thread.messages.value, version: 2 }
  await page.forgetKept()
  hide()
  expect(await keys()).toEqual([])
})
