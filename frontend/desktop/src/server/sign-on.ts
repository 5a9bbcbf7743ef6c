/** The company's own sign-on: whether there is one, where it begins, and what still waits when one is back from it. */
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"

export type WaitingSignOn = components["schemas"]["WaitingSignOn"]

/** How it is called here; null where there is none, or where nobody answers: then there is the password. */
export async function companySignOn(): Promise<string | null> {
  try {
    return (await call("GET", "/api/oidc")).name ?? null
  } catch {
    return null
  }
}
/** The address at which it begins. `again`: it has to ask who one is, whatever it remembers. */
export function startSignOn(about: { to?: string | undefined; link?: string | undefined; again?: boolean }): string {
  const words = new URLSearchParams()
  if (about.to) words.set("to", about.to)
  if (about.link) words.set("link", about.link)
  if (about.again) words.set("again", "true")
  return `/api/oidc/start${words.size ? `?${words}` : ""}`
}
export const waitingSignOn = () => call("GET", "/api/oidc/waiting")
export const confirmSignOn = (password: string, code: string) =>
  call("POST", "/api/oidc/confirm", { body: { password, code } })
