/** What the settings ask and tell the server about queues, and which skills anybody has or needs. */
import { computed } from "vue"
import type { components } from "./schema.d.ts"
import { call } from "./http.ts"
import { colleagues, queues } from "./surroundings.ts"

type Schemas = components["schemas"]
export type SetQueue = Required<Schemas["SetQueue"]>
/** As many as the server takes. */
export const MOST_NEEDS = 8
export const MOST_SKILLS = 50

const queue = (queue_id: string) => ({ path: { queue_id } })
export const listQueues = () => call("GET", "/api/queues")
export const addQueue = (given: SetQueue) => call("POST", "/api/queues", { body: given })
export const changeQueue = (id: string, given: SetQueue) =>
  call("PUT", "/api/queues/{queue_id}", { ...queue(id), body: given })
export const removeQueue = (id: string) => call("DELETE", "/api/queues/{queue_id}", queue(id))

/** The keys of all skills that some agent has or some queue needs. */
export const knownSkills = computed(() => {
  const skills = [...queues.value.map((one) => one.needs), ...colleagues.value.map((one) => one.skills)]
  return [...new Set(skills.flatMap((one) => Object.keys(one)))].sort()
})
