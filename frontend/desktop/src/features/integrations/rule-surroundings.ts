/** What a rule can name: colleagues, attributes, inboxes, queues, opening hours, policies, webhooks and wrap-up codes that there are. */
import { fetchHours } from "@/server/hours.ts"
import { listWebhooks, type Webhook } from "@/server/integrations.ts"
import { fetchAttributes, type Attribute } from "@/server/people.ts"
import { listPolicies } from "@/server/promises.ts"
import { listQueues } from "@/server/queues.ts"
import { learnChannels, listInboxes, listTeam, type Inbox } from "@/server/settings.ts"
import type { Agent, Queue } from "@/server/types.ts"
import { fetchWrapUps, wrapUps } from "@/server/wrap-ups.ts"

type Named = { id: string; name: string }
export type RuleSurroundings = {
  team: Agent[]
  attributes: Attribute[]
  inboxes: Inbox[]
  queues: Queue[]
  hours: Named[]
  policies: Named[]
  webhooks: Webhook[]
  wrapUps: { value: string; title: string }[]
}

export async function ruleSurroundings(): Promise<RuleSurroundings> {
  const [team, inboxes, queues, hours, policies, hooks, attributes] = await Promise.all([
    listTeam(),
    listInboxes(),
    listQueues(),
    fetchHours(),
    listPolicies(),
    listWebhooks(),
    fetchAttributes(),
    learnChannels(),
    fetchWrapUps(),
  ])
  return {
    team: team.filter((one) => !one.removed),
    attributes: attributes.filter((one) => one.subject === "contact"),
    inboxes,
    queues,
    hours: hours.map((one) => one.hours),
    policies: policies.map((one) => one.policy),
    webhooks: hooks.rows,
    wrapUps: wrapUps.value.codes.flatMap((one) =>
      one.codes.length
        ? one.codes.map((inner) => ({ value: inner.id, title: `${one.name} / ${inner.name}` }))
        : [{ value: one.id, title: one.name }],
    ),
  }
}
