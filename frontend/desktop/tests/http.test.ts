/** The door to the server: addresses are put together rightly, and what the server does not know does not compile. */
import { expect, expectTypeOf, test } from "vitest"
import { call, carryCsrf, Refused, Unreachable } from "@/server/http.ts"
import type { Agent, ConversationPage } from "@/server/types.ts"

type Asked = { address: string; method: string; headers: Record<string, string>; body: unknown }
const asked: Asked[] = []
function answering(...answers: (() => Response)[]): void {
  asked.length = 0
  globalThis.fetch = (async (
    address: string,
    given: { method: string; headers: Record<string, string>; body: unknown },
  ) => {
    asked.push({ address, ...given })
    return answers.shift()!()
  }) as never
}
const yes = (said: unknown) => () => new Response(JSON.stringify(said))
const at = { path: { conversation_id: "c1" } }

test("the braces of a path are filled, its query is added, and empty words of the query are left out", async () => {
  answering(yes({ rows: [] }), yes({}))
  await call("GET", "/api/conversations/{conversation_id}/messages", { ...at, query: { before: 7, after: null } })
  await call("GET", "/api/link/{token}", { path: { token: "a/b?c" } })
  expect(asked.map(({ address }) => address)).toEqual([
    "/api/conversations/c1/messages?before=7",
    "/api/link/a%2Fb%3Fc",
  ])
})

test("a change carries the word against forgery, a look does not", async () => {
  carryCsrf("word")
  answering(yes({}), yes({}))
  await call("GET", "/api/counts")
  await call("POST", "/api/conversations/{conversation_id}/read", { ...at, body: { seq: 3 } })
  expect(asked.map(({ headers }) => headers["x-csrf"])).toEqual([undefined, "word"])
  expect(asked[1]!.body).toBe('{"seq":3}')
})

test("a refusal has the server's code and fields; noise in between is nobody's answer", async () => {
  const no = { error: "invalid", message: "No.", fields: { name: "required" } }
  answering(
    () => new Response(JSON.stringify(no), { status: 422 }),
    () => new Response("<h1>", { status: 502 }),
  )
  const refused = await call("GET", "/api/counts").catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(Refused)
  expect(refused).toMatchObject({ status: 422, code: "invalid", fields: { name: "required" } })
  await expect(call("GET", "/api/counts")).rejects.toBeInstanceOf(Unreachable)
})

test("what the server does not know does not compile, and answers have their types", () => {
  const wrong = () => {
    // @ts-expect-error no such path
    void call("GET", "/api/conversation")
    // @ts-expect-error the path is there, the method is not
    void call("DELETE", "/api/counts")
    // @ts-expect-error the path has braces to fill
    void call("GET", "/api/conversations/{conversation_id}")
    // @ts-expect-error filled under another name
    void call("GET", "/api/conversations/{conversation_id}", { path: { id: "c1" } })
    // @ts-expect-error a query that the list does not have
    void call("GET", "/api/conversations", { query: { views: "all" } })
    // @ts-expect-error a view that nobody has
    void call("GET", "/api/conversations", { query: { view: "everything" } })
    // @ts-expect-error snoozing needs a time
    void call("POST", "/api/conversations/{conversation_id}/snooze", at)
    // @ts-expect-error an agent or null, not a number
    void call("POST", "/api/conversations/{conversation_id}/assign", { ...at, body: { agent_id: 7 } })
    // @ts-expect-error one word too many
    void call("POST", "/api/conversations/{conversation_id}/tags", { ...at, body: { tags: [], colour: "red" } })
    // @ts-expect-error looking carries no body
    void call("GET", "/api/counts", { body: {} })
  }
  expect(wrong).toBeTypeOf("function")
  expectTypeOf(call<"GET", "/api/agents">).returns.resolves.toEqualTypeOf<Agent[]>()
  expectTypeOf(call<"GET", "/api/conversations">).returns.resolves.toEqualTypeOf<ConversationPage>()
})
