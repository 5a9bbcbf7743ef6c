/** Webhooks in words: kinds of events, why one is paused, why a call failed. */
import type { Webhook, WebhookDelivery } from "@/server/integrations.ts"
import { find, t } from "@/words/index.ts"

/** A kind of event as people say it; its own name when we have no word for it. */
export const kindWord = (kind: string) => find(`webhooks.kind.${kind}`) ?? kind

export function pausedWord(webhook: Webhook): string {
  return find(`webhooks.paused.${webhook.paused_reason || "by_hand"}`) ?? webhook.paused_reason
}

/** How a delivery stands, in a few words. */
export function outcomeWord(one: WebhookDelivery): string {
  if (one.state === "delivered") return t("webhooks.log.delivered", { status: one.status ?? 200 })
  if (one.state === "waiting" && !one.attempts) return t("webhooks.log.waiting")
  const why = one.problem === "status" ? `HTTP ${one.status}` : (find(`webhooks.problem.${one.problem}`) ?? one.problem)
  return t(one.state === "waiting" ? "webhooks.log.again" : "webhooks.log.failed", { why, count: one.attempts })
}
