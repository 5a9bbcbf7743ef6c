/** Passkeys: what this device keeps to come in by, and what it is asked. */
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"

type Schemas = components["schemas"]
export type MyPasskeys = Schemas["MyPasskeys"]
export type PasskeyView = Schemas["PasskeyView"]

/** Can this browser, at this address? A passkey is kept for a name, and only where the line is safe. */
export const canHavePasskeys = (): boolean =>
  isSecureContext &&
  !/^[\d.]+$|:/.test(location.hostname) &&
  typeof PublicKeyCredential !== "undefined" &&
  typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function"

export const myPasskeys = () => call("GET", "/api/me/passkeys")
export const removePasskey = (id: string, password: string) =>
  call("POST", "/api/me/passkeys/{passkey_id}/remove", { path: { passkey_id: id }, body: { password } })

/** Raises Refused, Unreachable; NotAllowedError where nobody has touched the device. */
export async function addPasskey(name: string, password: string): Promise<MyPasskeys> {
  const { options } = await call("POST", "/api/me/passkeys/begin", { body: { password } })
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as never)
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
  return await call("POST", "/api/me/passkeys", { body: { name, credential: plain(made) } })
}

/** Comes in by whichever passkey its person chooses; with `waits`, by one that the browser offers in the field of the address. */
export async function signInWithPasskey(signal: AbortSignal, waits = false): Promise<void> {
  const { options } = await call("POST", "/api/sign-in/passkey/begin")
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as never)
  const mediation = waits ? "conditional" : "optional"
  const said = (await navigator.credentials.get({ publicKey, signal, mediation })) as PublicKeyCredential
  await call("POST", "/api/sign-in/passkey", { body: { credential: plain(said) } })
}

/** Only what the server asks for: browsers add what they know besides. */
function plain(credential: PublicKeyCredential): Schemas["Credential"] {
  const { id, rawId, type, response } = credential.toJSON() as Schemas["Credential"]
  const { clientDataJSON, attestationObject, authenticatorData, signature, userHandle } = response
  const said = { clientDataJSON, attestationObject, authenticatorData, signature, userHandle }
  const there = Object.fromEntries(Object.entries(said).filter(([, value]) => value))
  return { id, rawId, type, response: there as typeof response }
}
