/** The order of the rules as it is on the screen: moved by hand or by keys, and kept on the server, one change after another. */
import { computed, ref, type Ref } from "vue"
import { orderRules, type Rule } from "@/server/integrations.ts"

export type RuleOrder = {
  rows: Readonly<Ref<Rule[] | undefined>>
  /** Where it stands now, and is it on its way? */
  keeping: Readonly<Ref<boolean>>
  /** Puts the rule at this place; it is kept with the next `keep`. */
  put: (id: string, place: number) => boolean
  keep: () => Promise<void>
}

export function ruleOrder(known: () => Rule[] | undefined, after: () => Promise<void>): RuleOrder {
  const wanted = ref<string[] | null>(null)
  const keeping = ref(false)
  const rows = computed(() => {
    const all = known()
    if (!all || !wanted.value) return all
    const place = new Map(wanted.value.map((id, n) => [id, n]))
    return [...all].sort((one, other) => (place.get(one.id) ?? all.length) - (place.get(other.id) ?? all.length))
  })
  function put(id: string, place: number): boolean {
    const ids = (rows.value ?? []).map((one) => one.id)
    const from = ids.indexOf(id)
    const to = Math.max(0, Math.min(ids.length - 1, place))
    if (from < 0 || from === to) return false
    ids.splice(to, 0, ...ids.splice(from, 1))
    wanted.value = ids
    return true
  }
  async function keep() {
    if (keeping.value || !wanted.value) return
    keeping.value = true
    try {
      for (let sent: string[] | null = null; wanted.value && sent !== wanted.value;) {
        sent = wanted.value
        await orderRules(sent)
      }
    } finally {
      await after()
      wanted.value = null
      keeping.value = false
    }
  }
  return { rows, keeping, put, keep }
}
