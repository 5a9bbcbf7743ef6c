/** What the pages about other systems ask and tell the server: access tokens. */
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"

type Schemas = components["schemas"]
export type Token = Schemas["Token"]
export type TokenScope = Token["scopes"][number]
export type MadeToken = Schemas["MadeToken"]

export const listTokens = () => call("GET", "/api/tokens")
export const makeToken = (given: Schemas["MakeToken"]) => call("POST", "/api/tokens", { body: given })
export const revokeToken = (id: string) => call("DELETE", "/api/tokens/{token_id}", { path: { token_id: id } })

export type Webhook = Schemas["Webhook"]
export type WebhookDelivery = Schemas["WebhookDelivery"]
export type WebhookSecret = Schemas["WebhookSecret"]
const webhook = (id: string) => ({ path: { webhook_id: id } })
const delivery = (id: string, one: string) => ({ path: { webhook_id: id, delivery_id: one } })

export const listWebhooks = () => call("GET", "/api/webhooks")
export const addWebhook = (given: Schemas["AddWebhook"]) => call("POST", "/api/webhooks", { body: given })
export const changeWebhook = (id: string, change: Schemas["ChangeWebhook"]) =>
  call("PATCH", "/api/webhooks/{webhook_id}", { ...webhook(id), body: change })
export const rotateWebhookSecret = (id: string) => call("POST", "/api/webhooks/{webhook_id}/rotate", webhook(id))
export const testWebhook = (id: string) => call("POST", "/api/webhooks/{webhook_id}/test", webhook(id))
export const removeWebhook = (id: string) => call("DELETE", "/api/webhooks/{webhook_id}", webhook(id))
/** The newest first; `after` is the `next` of the page before. */
export const listDeliveries = (id: string, after: string | null = null) =>
  call("GET", "/api/webhooks/{webhook_id}/deliveries", { ...webhook(id), query: { after } })
export const getDelivery = (id: string, one: string) =>
  call("GET", "/api/webhooks/{webhook_id}/deliveries/{delivery_id}", delivery(id, one))
export const resendDelivery = (id: string, one: string) =>
  call("POST", "/api/webhooks/{webhook_id}/deliveries/{delivery_id}/resend", delivery(id, one))

export type Rule = Schemas["RuleView"]
export type RuleRun = Schemas["RuleRun"]
export type RuleCondition = Rule["conditions"][number]
export type RuleAction = Rule["actions"][number]
export type Trial = Schemas["Trial"]
export type TriedRule = Schemas["TryRule"]
export type Among = Schemas["Among"]
export type Noticed = Schemas["Noticed"]
export type Look = Schemas["Look"]
export type Failed = Schemas["Failed"]
const rule = (id: string) => ({ path: { rule_id: id } })

export const listRules = () => call("GET", "/api/rules")
export const addRule = (given: Schemas["NewRule"]) => call("POST", "/api/rules", { body: given })
export const changeRule = (id: string, change: Schemas["ChangeRule"]) =>
  call("PATCH", "/api/rules/{rule_id}", { ...rule(id), body: change })
export const removeRule = (id: string) => call("DELETE", "/api/rules/{rule_id}", rule(id))
export const orderRules = (ids: string[]) => call("PUT", "/api/rules/order", { body: { ids } })
/** The conversations of a dry run; they are tried some at a time. */
export const chooseForRule = (among: Among) => call("POST", "/api/rules/among", { body: among })
/** What each rule made of the newest events of a conversation. */
export const explainRules = (id: string) =>
  call("GET", "/api/conversations/{conversation_id}/rules", { path: { conversation_id: id } })
export const tryRule = (given: Schemas["TryRule"]) => call("POST", "/api/rules/try", { body: given })
export const listRuleRuns = (id: string) => call("GET", "/api/rules/{rule_id}/runs", rule(id))
