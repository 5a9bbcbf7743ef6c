/** Every address of the desk. */
import { createRouter, createWebHistory } from "vue-router"
import Desk from "./pages/desk.vue"
import Shell from "./pages/shell.vue"
import { settingsRoutes } from "./pages/settings-routes.ts"
import { onSignedOut, Refused } from "./server/http.ts"
import { forget, leaving, me, recogniseOrRecall } from "./server/me.ts"
import { speakOfAll } from "./words/index.ts"

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    {
      path: "/",
      component: Shell,
      children: [
        { path: "", redirect: "/mine" },
        { path: ":view(mine|queue|all|late|snoozed|resolved)/:conversation?", name: "desk", component: Desk },
        { path: "contacts", name: "contacts", component: () => import("./pages/contacts.vue") },
        { path: "contacts/:contact", name: "contact", component: () => import("./pages/contact.vue") },
        { path: "reports", name: "reports", component: () => import("./pages/reports.vue") },
        { path: "reports/parity", name: "parity", component: () => import("./pages/parity.vue") },
        { path: "settings", component: () => import("./pages/settings.vue"), children: settingsRoutes },
      ],
    },
    { path: "/wallboard", name: "wallboard", component: () => import("./pages/wallboard.vue") },
    { path: "/beside/:conversation", name: "beside", component: () => import("./pages/beside.vue") },
    { path: "/sidebar", name: "sidebar", component: () => import("./pages/sidebar.vue") },
    { path: "/sign-in", name: "sign-in", component: () => import("./pages/sign-in.vue"), meta: { open: true } },
    { path: "/link/:token", name: "link", component: () => import("./pages/link.vue"), meta: { open: true } },
    { path: "/:nowhere(.*)*", redirect: "/mine" },
  ],
})

/** Who lacks a second factor that the workspace asks for sets it up before anything else. */
const whereTo = (path: string) => !me.value?.lacks_second_factor || path === "/settings/access" || "/settings/access"
router.beforeEach(async (to) => {
  if (to.meta["open"]) return true
  if (me.value) return whereTo(to.path)
  try {
    await recogniseOrRecall()
    return whereTo(to.path)
  } catch (error) {
    if (error instanceof Refused && error.status === 401)
      return { path: "/sign-in", query: to.fullPath === "/" ? {} : { to: to.fullPath } }
    return true // the shell says that nobody answers, and tries again
  }
})
// The desk has its words from the beginning; other pages bring theirs.
router.beforeResolve((to) => (to.name === "desk" || to.name === "beside" ? undefined : speakOfAll().catch(() => {})))
onSignedOut(() => {
  const why = me.value && !leaving.value ? "expired" : undefined
  me.value = null
  void forget()
  const { meta, fullPath } = router.currentRoute.value
  if (!meta["open"]) void router.push({ path: "/sign-in", query: why ? { why, to: fullPath } : {} })
})
