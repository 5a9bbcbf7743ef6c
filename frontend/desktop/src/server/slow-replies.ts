/** From when on who has a customer is reminded: as his queue says, else as the workspace does. */
import { computed } from "vue"
import { me } from "./me.ts"
import { slowFor } from "./slow-rules.ts"
import { queues } from "./surroundings.ts"
import type { ConversationRow } from "./types.ts"

const usual = computed(() => me.value?.workspace.slow_reply_seconds ?? 0)
const ofQueues = computed(() => new Map(queues.value.map((one) => [one.id, one.slow_reply_seconds ?? usual.value])))

/** Is anybody reminded at all? */
export const anyReminded = computed(() => usual.value > 0 || [...ofQueues.value.values()].some(Boolean))

/** For how long, in milliseconds, this customer waits too long by now; null: not, or nobody is reminded of him. */
export const slowNow = (row: ConversationRow, now: number): number | null =>
  slowFor(row, now, ofQueues.value.get(row.queue_id) ?? usual.value)
