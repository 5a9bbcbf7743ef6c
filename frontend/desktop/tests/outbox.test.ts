/** The outbox: nothing is lost, nothing is said twice, a collision asks. The server here is scripted, the shelf is real. */
import "fake-indexeddb/auto"
import { IDBFactory } from "fake-indexeddb"
import { beforeEach, expect, test, vi } from "vitest"

type Post = { path: string; body: Record<string, unknown> }
let posts: Post[] = []
let answers: (() => Response)[] = []
const yes = (id: unknown) => () => new Response(JSON.stringify({ id, seq: 1 }), { status: 201 })
const no = (status: number, body: object) => () => new Response(JSON.stringify(body), { status })
const silence = () => {
  throw new TypeError("fetch failed")
}

beforeEach(() => {
  indexedDB = new IDBFactory()
  posts = []
  answers = []
  const page = new EventTarget()
  Object.assign(globalThis, {
    addEventListener: page.addEventListener.bind(page),
    dispatchEvent: page.dispatchEvent.bind(page),
    document: { documentElement: { dataset: {} }, createElement: () => ({}), addEventListener: () => {} },
    localStorage: { getItem: () => null, setItem: () => {} },
    fetch: async (path: string, { body }: { body: string }) => {
      posts.push({ path, body: JSON.parse(body) as Record<string, unknown> })
      return (answers.shift() ?? yes(posts.at(-1)!.body["id"]))()
    },
  })
})

/** A page that has just been loaded: all modules anew, the shelf as it was left. */
async function freshPage() {
  vi.resetModules()
  const { me } = await import("@/server/me.ts")
  me.value = { agent: { id: "me", name: "林薇" } } as never
  return import("@/server/outbox.ts")
}
const settled = (check: () => void) => vi.waitFor(check, { timeout: 3000, interval: 5 })

test("a reply that nobody answered goes out again under the same id when the line is back", async () => {
  const outbox = await freshPage()
  answers = [silence]
  outbox.post("c1", "reply", { kind: "text", text: "您好" }, 7, false)
  await settled(() => expect(outbox.unsent.value[0]?.state).toBe("held"))
  dispatchEvent(new Event("online"))
  await settled(() => expect(outbox.unsent.value).toEqual([]))
  expect(posts).toHaveLength(2)
  expect(posts[1]!.body).toEqual(posts[0]!.body)
  expect(posts[0]!.body).toMatchObject({ content: { kind: "text", text: "您好" }, seen_seq: 7 })
})

test("what was not sent survives a reload and goes out in the order of writing", async () => {
  const before = await freshPage()
  answers = Array.from({ length: 9 }, () => silence)
  before.post("c1", "reply", { kind: "text", text: "one" }, 1, false)
  await settled(() => expect(before.unsent.value[0]?.state).toBe("held"))
  before.post("c2", "note", { kind: "text", text: "two" }, 1, false)
  const id = before.unsent.value[0]!.id
  await settled(() => expect(posts.length).toBeGreaterThan(0))
  answers = []
  posts = []
  const after = await freshPage()
  await after.loadOutbox()
  await settled(() => expect(after.unsent.value).toEqual([]))
  expect(posts.map((post) => post.path)).toEqual(["/api/conversations/c1/replies", "/api/conversations/c2/notes"])
  expect(posts[0]!.body["id"]).toBe(id)
})

test("a colleague's newer reply is asked about once, and sending anyway says so", async () => {
  const outbox = await freshPage()
  answers = [no(409, { error: "newer_reply", by: "周敏" })]
  outbox.post("c1", "reply", { kind: "text", text: "hi" }, 1, false)
  await settled(() => expect(outbox.unsent.value[0]).toMatchObject({ state: "collided", reason: "周敏" }))
  expect(posts).toHaveLength(1)
  outbox.sendAgain(outbox.unsent.value[0]!.id, true)
  await settled(() => expect(outbox.unsent.value).toEqual([]))
  expect(posts[1]!.body).toMatchObject({ id: posts[0]!.body["id"], force: true })
})

test("a refusal is shown with its reason and given back whole", async () => {
  const outbox = await freshPage()
  answers = [no(422, { error: "too_long" })]
  outbox.post("c1", "reply", { kind: "text", text: "long" }, 1, false)
  await settled(() => expect(outbox.unsent.value[0]).toMatchObject({ state: "refused", reason: "too_long" }))
  expect(outbox.withdraw(outbox.unsent.value[0]!.id)?.content.text).toBe("long")
  expect(outbox.unsent.value).toEqual([])
})

test("what was written as public goes out as public, and nothing else does", async () => {
  const outbox = await freshPage()
  outbox.post("c1", "reply", { kind: "text", text: "all" }, 1, true)
  outbox.post("c2", "reply", { kind: "text", text: "one" }, 1, false)
  await settled(() => expect(outbox.unsent.value).toEqual([]))
  expect(posts.map((post) => post.body["public"])).toEqual([true, undefined])
})
