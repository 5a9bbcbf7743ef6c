/** The state of an inbox's limits in its form: what was typed, what is wrong with it, what the server is told. */
import { computed, ref, type Ref } from "vue"
import { changes, read, startOf } from "./limits-draft.ts"
import type { Inbox } from "@/server/settings.ts"
import type { Channel } from "@/server/types.ts"

export type InboxLimits = ReturnType<typeof inboxLimits>

export function inboxLimits(channel: Ref<Channel>, inbox: Ref<Inbox>) {
  const typed = ref<Record<string, string>>({})
  function begin() {
    typed.value = Object.fromEntries(channel.value.limits.map((one) => [one.key, startOf(one, inbox.value.limits)]))
  }
  begin()
  const wrong = computed(() => {
    const found = channel.value.limits.map((one) => [one.key, read(typed.value[one.key] ?? "", one)] as const)
    return Object.fromEntries(found.flatMap(([key, got]) => ("problem" in got ? [[key, got.problem] as const] : [])))
  })
  const told = computed(() => changes(channel.value.limits, typed.value, inbox.value.limits))
  const good = computed(() => !Object.keys(wrong.value).length)
  const dirty = computed(() => !good.value || Object.keys(told.value).length > 0)
  return { typed, wrong, told, good, dirty, begin }
}
