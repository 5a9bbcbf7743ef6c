/** One door to the server: JSON in, JSON out, typed by its description; refusals as errors with a code. */
import type { Answer, Asked, Method, PathFor } from "./operations.ts"

/** The server understood and said no. `code` is a word for machines, `fields` names what is wrong where. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: Record<string, string> = {},
    readonly body: Record<string, unknown> = {},
  ) {
    super(message)
  }
}

/** Nobody answered, or only with noise: what was asked may or may not have happened. */
export class Unreachable extends Error {}

type Carried = {
  path?: Record<string, string | number>
  query?: Record<string, unknown>
  body?: unknown
  signal?: AbortSignal
}
let csrf = ""
let whenSignedOut = () => {}
let whenStrange = () => {}

export function carryCsrf(value: string): void {
  csrf = value
}
export function onSignedOut(then: () => void): void {
  whenSignedOut = then
}

/** `then` looks again who is signed in here: another tab has changed it. */
export function onStrange(then: () => void): void {
  whenStrange = then
}

/**
 * Calls an operation of the server: `path` fills the braces of `at`. Raises Refused for an answer with an error code,
 * Unreachable for none (502, 503 and 504 count as none).
 */
export async function call<By extends Method, At extends PathFor<By>>(
  method: By,
  at: At,
  ...carried: Record<string, never> extends Asked<At, By> ? [Asked<At, By>?] : [Asked<At, By>]
): Promise<Answer<At, By>> {
  const { path, query, body, signal } = (carried[0] ?? {}) as Carried
  const address = at.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path?.[name])))
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== null && value !== undefined && value !== "") words.set(name, String(value))
  const headers: Record<string, string> = { accept: "application/json" }
  if (method !== "GET") headers["x-csrf"] = csrf
  if (body !== undefined && !(body instanceof FormData)) headers["content-type"] = "application/json"
  let response: Response
  try {
    response = await fetch(words.size ? `${address}?${words}` : address, {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Unreachable("unreachable", { cause: error })
  }
  if (response.ok) {
    const text = await response.text()
    return (text ? JSON.parse(text) : {}) as Answer<At, By>
  }
  if (response.status === 502 || response.status === 503 || response.status === 504)
    throw new Unreachable("unreachable")
  const said = (await response.json().catch(() => ({}))) as Record<string, unknown>
  const wait = response.headers.get("retry-after")
  if (wait && said["retry_after"] === undefined) said["retry_after"] = Number(wait)
  if (response.status === 401 && at !== "/api/sign-in") whenSignedOut()
  if (said["error"] === "csrf") whenStrange()
  if (said["error"] === "second_factor_needed" && location.pathname !== "/settings/access")
    location.assign("/settings/access")
  throw new Refused(
    response.status,
    typeof said["error"] === "string" ? said["error"] : `http_${response.status}`,
    typeof said["message"] === "string" ? said["message"] : "",
    (said["fields"] ?? {}) as Record<string, string>,
    said,
  )
}
