/** What may be asked of which path, and what is answered: read off the server's own description. Types only. */
import type { paths } from "./schema.d.ts"

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

type Operation<At extends keyof paths, By extends Method> = paths[At][Lowercase<By> & keyof paths[At]]
type Parameters<At extends keyof paths, By extends Method> =
  Operation<At, By> extends { parameters: infer Named } ? Named : never

/** The paths that know the method. */
export type PathFor<By extends Method> = {
  [At in keyof paths]: Operation<At, By> extends { responses: unknown } ? At : never
}[keyof paths]

type WithPlace<Named> = Named extends { path: infer Place } ? { path: Place } : { path?: never }
type WithQuery<Named> = Named extends { query?: infer Query } ? { query?: Query } : { query?: never }
type WithBody<Asked> = Asked extends { requestBody: { content: infer Kinds } }
  ? { body: BodyOf<Kinds> }
  : { body?: never }
type BodyOf<Kinds> = Kinds extends { "application/json": infer Body } ? Body : FormData

/** What a call to the operation carries: the words of its path, its query, its body. */
export type Asked<At extends keyof paths, By extends Method> = WithPlace<Parameters<At, By>> &
  WithQuery<Parameters<At, By>> &
  WithBody<Operation<At, By>> & { signal?: AbortSignal }

type Good<Responses> = { [Status in keyof Responses & (200 | 201 | 202 | 204)]: Responses[Status] }[keyof Responses &
  (200 | 201 | 202 | 204)]

/** What the operation answers when it does what it was asked. */
export type Answer<At extends keyof paths, By extends Method> =
  Operation<At, By> extends { responses: infer Responses }
    ? Good<Responses> extends { content: { "application/json": infer Body } }
      ? Body
      : Record<string, never>
    : never
