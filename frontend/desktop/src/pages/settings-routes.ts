/** The addresses of the settings, each a chunk of its own. */
import type { RouteRecordRaw } from "vue-router"

export const settingsRoutes: RouteRecordRaw[] = [
  { path: "", component: () => import("./settings-index.vue") },
  { path: "inboxes", component: () => import("./settings-inboxes.vue") },
  { path: "inboxes/new/:channel?", component: () => import("./settings-inbox-new.vue") },
  { path: "inboxes/:id", component: () => import("./settings-inbox.vue") },
  { path: "inboxes/:id/quarantine", component: () => import("./settings-quarantine.vue") },
  { path: "inboxes/:id/rich-menu", component: () => import("./settings-rich-menu.vue") },
  { path: "inboxes/:id/menu", component: () => import("./settings-menu.vue") },
  { path: "inboxes/:id/codes", component: () => import("./settings-codes.vue") },
  { path: "team", component: () => import("./settings-team.vue") },
  { path: "queues", component: () => import("./settings-queues.vue") },
  { path: "hours", component: () => import("./settings-hours.vue") },
  { path: "workspace", component: () => import("./settings-workspace.vue") },
  { path: "phrases", component: () => import("./settings-phrases.vue") },
  { path: "automation", component: () => import("./settings-automation.vue") },
  { path: "automation/:id", component: () => import("./settings-automation-rule.vue") },
  { path: "webhooks", component: () => import("./settings-webhooks.vue") },
  { path: "webhooks/:id", component: () => import("./settings-webhook.vue") },
  { path: "attributes", component: () => import("./settings-attributes.vue") },
  { path: "tokens", component: () => import("./settings-tokens.vue") },
  { path: "access", component: () => import("./settings-access.vue") },
  { path: "rules", component: () => import("./settings-rules.vue") },
  { path: "my-workspaces", component: () => import("./settings-my-workspaces.vue") },
  { path: "my-workspaces/new", component: () => import("./settings-new-workspace.vue") },
  { path: "me", component: () => import("./settings-me.vue") },
]
