/**
 * The workspaces of the person at this desk, and going over to another. The tabs of a browser share one sign-in, so they
 * go together: each loads anew, and nothing of the old workspace is left on a screen.
 */
import { shallowRef } from "vue"
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"
import { forget, me } from "./me.ts"

type Schemas = components["schemas"]
export type MyWorkspace = Schemas["MyWorkspace"]
export type NewWorkspace = Required<Schemas["FoundWorkspace"]>

export const workspaces = shallowRef<Schemas["MyWorkspaces"] | null>(null)
const FRESH_MS = 60_000
let fetchedAt = 0

/** Asks anew where one serves and what waits there. */
export async function fetchWorkspaces(): Promise<Schemas["MyWorkspaces"]> {
  fetchedAt = Date.now()
  return (workspaces.value = await call("GET", "/api/workspaces"))
}
/** The same, unless it was asked a moment ago; what is shown stays when nobody answers. */
export function refreshWorkspaces(): void {
  if (Date.now() - fetchedAt > FRESH_MS) void fetchWorkspaces().catch(() => {})
}

const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("guanxi.workspace")
tabs?.addEventListener("message", () => {
  if (location.pathname === "/wallboard") location.reload()
  else if (me.value || location.pathname === "/sign-in") location.assign("/")
})
async function land(at: string): Promise<void> {
  await forget()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin
  tabs?.postMessage("gone over")
  location.assign(at)
}

/** Goes over to another workspace, and there to the page `at`. */
export async function enterWorkspace(id: string, at = "/"): Promise<void> {
  await call("POST", "/api/me/workspace", { body: { workspace_id: id } })
  await land(at)
}
/** Founds a workspace, goes over to it and there to its first channel. */
export async function foundWorkspace(given: NewWorkspace): Promise<void> {
  const { id } = await call("POST", "/api/workspaces", { body: given })
  await enterWorkspace(id, "/settings/inboxes/new?first=1")
}
/** Serves in this workspace no more. */
export async function leaveWorkspace(): Promise<void> {
  const { workspace_id } = await call("POST", "/api/me/leave")
  await land(workspace_id ? "/" : "/sign-in?why=no_workspace")
}
