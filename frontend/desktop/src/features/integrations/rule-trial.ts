/** A dry run: conversations are chosen, then tried some at a time, until all are done or somebody stops it. */
import { computed, onScopeDispose, reactive } from "vue"
import { chooseForRule, tryRule, type Among, type TriedRule, type Trial } from "@/server/integrations.ts"

const AT_ONCE = 25
const NAMES = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi
export const MOST_NAMED = 200

/** The conversations that are named in pasted links or numbers, each once. */
export const namedIn = (pasted: string): string[] => [
  ...new Set((pasted.match(NAMES) ?? []).map((one) => one.toLowerCase())),
]

export function ruleTrial() {
  let turn = 0
  const state = reactive({
    running: false,
    stopped: false,
    all: 0,
    done: 0,
    more: false,
    unknown: 0,
    rows: [] as Trial[],
    asked: "",
  })
  async function run(rule: Omit<TriedRule, "conversation_ids" | "since">, among: Among, asked: string) {
    const mine = ++turn
    Object.assign(state, { running: true, stopped: false, all: 0, done: 0, more: false, unknown: 0, rows: [], asked })
    try {
      const chosen = await chooseForRule(among)
      if (mine !== turn) return
      const { conversation_ids: ids, more, since } = chosen
      Object.assign(state, { all: ids.length, more, unknown: chosen.unknown ?? 0 })
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const some = ids.slice(at, at + AT_ONCE)
        const { rows } = await tryRule({ ...rule, conversation_ids: some, since })
        if (mine !== turn) return
        state.rows.push(...rows)
        state.done = at + some.length
      }
    } finally {
      if (mine === turn) state.running = false
    }
  }
  /** What has been found stays; what is on its way is not waited for. */
  function stop() {
    turn++
    state.stopped = state.running
    state.running = false
  }
  onScopeDispose(stop)
  const would = computed(() => state.rows.filter((one) => one.times))
  const wouldNot = computed(() => state.rows.filter((one) => !one.times))
  return { state, run, stop, would, wouldNot }
}
