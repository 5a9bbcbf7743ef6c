/** Where to go after signing in: only to a page of ours. */

/** The address when it is a path of this house, else the desk. Refuses `//other.example` and `/\other.example`. */
export function safeNext(asked: unknown): string {
  return typeof asked === "string" && /^\/(?![/\\])/.test(asked) && !/^\/(sign-in|link)\b/.test(asked) ? asked : "/"
}
