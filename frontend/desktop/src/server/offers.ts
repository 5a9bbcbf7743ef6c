/** What we are offered and have not taken yet; a conversation leaves by itself when it is taken or goes on. */
import { computed, ref } from "vue"
import { call } from "./http.ts"
import { now } from "./clock.ts"
import { eventsOf, flush, hear, hearReset } from "./live.ts"
import { may, me, recogniseMe } from "./me.ts"
import { learnRow } from "./thread.ts"
import type { ConversationRow } from "./types.ts"

const known = ref<ConversationRow[]>([])
/** Those that still run, the one that runs out first at the top. */
export const offers = computed(() =>
  known.value
    .filter((row) => Date.parse(row.offered_until ?? "") > now.value)
    .sort((a, b) => Date.parse(a.offered_until!) - Date.parse(b.offered_until!)),
)
export const isOffered = (row: ConversationRow | null | undefined): boolean =>
  !!row?.offered_until && row.assignee?.id === me.value?.agent.id

export async function fetchOffers(): Promise<void> {
  if (may("serve")) known.value = await call("GET", "/api/offers").catch(() => known.value)
}
/** Raises Refused 'not_offered' when it has gone on. */
export async function acceptOffer(id: string): Promise<void> {
  try {
    const row = await call("POST", "/api/conversations/{conversation_id}/accept", { path: { conversation_id: id } })
    flush()
    learnRow(row)
  } finally {
    known.value = known.value.filter((row) => row.id !== id)
  }
}
export async function lengthenWrapUp(): Promise<void> {
  me.value = await call("POST", "/api/me/wrap-up")
}

hear((frames) => {
  for (const { row, kind } of eventsOf(frames)) {
    if (kind === "workspace.changed") void recogniseMe().catch(() => {})
    if (!row) continue
    const others = known.value.filter((one) => one.id !== row.id)
    if (isOffered(row)) known.value = [...others, row]
    else if (others.length !== known.value.length) known.value = others
  }
})
hearReset(() => void fetchOffers())
