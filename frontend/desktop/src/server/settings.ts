/** What the settings pages ask and tell the server: channels, inboxes, quarantine, team, links. */
import type { components } from "./schema.d.ts"
import { call, Refused, Unreachable } from "./http.ts"
import { channels } from "./surroundings.ts"
import type { Agent, Channel } from "./types.ts"
import { find, t } from "@/words/index.ts"

type Schemas = components["schemas"]
export type Inbox = Schemas["InboxView"]
export type Connection = Schemas["CheckInbox"]
export type FormField = Required<Omit<Schemas["FormField"], "choices">> & {
  choices: Required<Schemas["FormChoice"]>[]
}
export type GreetingRule = Required<Schemas["GreetingRule"]>
/** The server always answers with all of it. */
export type WebChatSetup = Required<Omit<Schemas["WebChatSetup"], "fields" | "rules">> & {
  fields: FormField[]
  rules: GreetingRule[]
}
export type Quota = Schemas["QuotaView"]
export type Checked = Schemas["Check"]
export type Quarantined = Schemas["Quarantined"]
export type Link = Schemas["LinkView"]
export type Answers = Partial<Schemas["UseLink"]>
export type Invitation = Schemas["Invitation"]

export { channels }

const inbox = (id: string) => ({ path: { inbox_id: id } })

/** Channels are part of the installation: asked for once. */
export async function learnChannels(): Promise<Channel[]> {
  if (!channels.value.length) channels.value = await call("GET", "/api/channels")
  return channels.value
}

export const listInboxes = () => call("GET", "/api/inboxes")
export const connectInbox = (given: Connection & { name: string; queue_id?: string }) =>
  call("POST", "/api/inboxes", { body: given })
export const changeInbox = (id: string, change: Schemas["ChangeInbox"]) =>
  call("PATCH", "/api/inboxes/{inbox_id}", { ...inbox(id), body: change })
export const removeInbox = (id: string) => call("DELETE", "/api/inboxes/{inbox_id}", inbox(id))
export const pauseInbox = (id: string) => call("POST", "/api/inboxes/{inbox_id}/pause", inbox(id))
export const resumeInbox = (id: string) => call("POST", "/api/inboxes/{inbox_id}/resume", inbox(id))
export const readQuota = (id: string) => call("GET", "/api/inboxes/{inbox_id}/quota", inbox(id))
export const checkInbox = (id: string) => call("POST", "/api/inboxes/{inbox_id}/check", inbox(id))
export const checkConnection = (given: Connection) => call("POST", "/api/inboxes/check", { body: given })

export const getWebChat = async (id: string) =>
  (await call("GET", "/api/inboxes/{inbox_id}/web-chat", inbox(id))) as WebChatSetup
export const arrangeWebChat = async (id: string, setup: WebChatSetup) =>
  (await call("PUT", "/api/inboxes/{inbox_id}/web-chat", { ...inbox(id), body: setup })) as WebChatSetup

/** The newest first; `after` is the `next` of the page before. */
export const listQuarantine = (id: string, after: string | null = null) =>
  call("GET", "/api/inboxes/{inbox_id}/quarantine", { ...inbox(id), query: { after } })
export const replay = (id: string, seq: number) =>
  call("POST", "/api/inboxes/{inbox_id}/quarantine/{seq}/replay", { path: { inbox_id: id, seq } })

export const listTeam = async () => (await call("GET", "/api/agents")).filter((agent) => !agent.removed)
export const changeAgent = (
  id: string,
  change: Partial<Pick<Agent, "role" | "role_id" | "capacity" | "skills" | "removed">>,
) => call("PATCH", "/api/agents/{agent_id}", { path: { agent_id: id }, body: change })
export const invite = (given: { email?: string; role: Agent["role"]; role_id?: string | null }) =>
  call("POST", "/api/invitations", { body: given })

export const changeWorkspace = (change: Schemas["ChangeWorkspace"]) => call("PATCH", "/api/workspace", { body: change })
export const setWays = (ways: Schemas["SetWays"]) => call("PUT", "/api/workspace/presence", { body: ways })
export const changeMe = (change: { name?: string; password?: { old: string; new: string } }) =>
  call("PATCH", "/api/me", { body: change })

export const signIn = (email: string, password: string, code: string) =>
  call("POST", "/api/sign-in", { body: { email, password, code } })
export const readLink = (token: string) => call("GET", "/api/link/{token}", { path: { token } })
export const followLink = (token: string, answers: Answers) =>
  call("POST", "/api/link/{token}", { path: { token }, body: answers })

/** A sentence for what went wrong while saving. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Unreachable) return t("settings.error.offline")
  if (error instanceof Refused) {
    if (error.status === 403) return find(`settings.error.${error.code}`) ?? t("settings.no_right")
    if (error.status === 404) return t("settings.error.gone")
    return find(`settings.error.${error.code}`) ?? find(`refused.${error.code}`) ?? t("settings.error.kept")
  }
  return t("settings.error.kept")
}
