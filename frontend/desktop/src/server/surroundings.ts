/** What stands around every conversation: counts, colleagues, queues, channels, quick phrases. Fetched once, refreshed by events. */
import { computed, shallowRef, watch } from "vue"
import { call } from "./http.ts"
import { eventsOf, hear, hearReset, link } from "./live.ts"
import { me, recogniseMe } from "./me.ts"
import { language, t } from "@/words/index.ts"
import type { Team } from "./teams.ts"
import type { TeamLook } from "./list-rules.ts"
import type { Agent, Channel, Counts, Queue, QuickPhrase } from "./types.ts"

export const counts = shallowRef<Counts | null>(null)
export const agents = shallowRef<Agent[]>([])
/** In their order; a company that does not tell queues apart has one. */
export const queues = shallowRef<Queue[]>([])
export const teams = shallowRef<Team[]>([])
export const channels = shallowRef<Channel[]>([])
export const phrases = shallowRef<QuickPhrase[]>([])
export const channelByKey = computed(() => new Map(channels.value.map((channel) => [channel.key, channel])))
export const colleagues = computed(() => agents.value.filter((agent) => !agent.removed))
/** Those who can be given a conversation. */
export const serving = computed(() => colleagues.value.filter((agent) => agent.role !== "viewer"))

const COUNT_MS = 1500
let countTimer: ReturnType<typeof setTimeout> | undefined
let countedAt = 0

export async function fetchCounts(): Promise<void> {
  countedAt = Date.now()
  counts.value = await call("GET", "/api/counts").catch(() => counts.value)
}
export async function fetchAgents(): Promise<void> {
  agents.value = await call("GET", "/api/agents").catch(() => agents.value)
}
export async function fetchQueues(): Promise<void> {
  queues.value = await call("GET", "/api/queues").catch(() => queues.value)
}
export async function fetchTeams(): Promise<void> {
  teams.value = await call("GET", "/api/teams").catch(() => teams.value)
}
export async function fetchPhrases(): Promise<void> {
  phrases.value = await call("GET", "/api/quick-phrases").catch(() => phrases.value)
}
export async function fetchChannels(): Promise<void> {
  channels.value = await call("GET", "/api/channels").catch(() => channels.value)
}
export function fetchSurroundings(): Promise<unknown> {
  return Promise.all([fetchCounts(), fetchAgents(), fetchQueues(), fetchTeams(), fetchPhrases(), fetchChannels()])
}

hear((frames) => {
  for (const frame of frames) if (frame.type === "presence" && frame.agent) learnAgent(frame.agent)
  const events = eventsOf(frames)
  for (const event of events) if (event.agent) learnAgent(event.agent)
  const kinds = new Set(events.map((event) => event.kind))
  if (events.some((event) => event.conversation_id) || kinds.has("inbox.changed")) {
    countTimer ??= setTimeout(
      () => {
        countTimer = undefined
        void fetchCounts()
      },
      Math.max(150, countedAt + COUNT_MS - Date.now()),
    )
  }
  if (kinds.has("team.changed") || kinds.has("queue.changed")) void fetchTeams()
  if (kinds.has("queue.changed")) void Promise.all([fetchQueues(), fetchCounts()])
  if (kinds.has("role.changed") && me.value?.agent.role_id) void recogniseMe().catch(() => {})
  if (kinds.has("quick_phrase.changed")) void fetchPhrases()
  if (events.some((event) => event.kind === "agent.changed" && !event.agent)) void fetchAgents()
})
hearReset(() => void fetchSurroundings())
watch(
  () => link.state,
  (state, before) => {
    if (state === "live" && (before === "lost" || before === "offline")) void fetchCounts()
  },
)

function learnAgent(agent: Agent): void {
  const known = agents.value.find((other) => other.id === agent.id)
  agents.value = known
    ? agents.value.map((other) => (other.id === agent.id ? { ...other, ...agent } : other))
    : [...agents.value, agent]
  const own = me.value
  if (own?.agent.id === agent.id && (own.agent.role !== agent.role || own.agent.role_id !== agent.role_id))
    void recogniseMe().catch(() => {})
  if (own && own.agent.id === agent.id)
    me.value = {
      ...own,
      agent: { ...own.agent, ...herself(agent, own.agent.wrap_up_lengthened) },
    }
}

/** What an agent's own line tells of her; a wrapping up that begins has not been lengthened. */
function herself(agent: Agent, lengthened: boolean) {
  const { presence, presence_at, busy_reason, wrap_up_ends_at, load, capacity, name } = agent
  const wrap_up_lengthened = lengthened && presence === "wrap_up"
  return { presence, presence_at, busy_reason, wrap_up_ends_at, wrap_up_lengthened, load, capacity, name }
}

/** What the channel calls itself in the reader's language. */
export function channelName(key: string): string {
  const channel = channelByKey.value.get(key)
  return channel?.words[language.value]?.["title"] ?? channel?.words["en"]?.["title"] ?? channel?.title ?? key
}
/** What a channel calls what it knows of people (`attribute.KEY`), and what one value of it says (`attribute.KEY.VALUE`); ''
 * where no channel has a word. */
export function attributeWord(key: string, value = ""): string {
  const name = value ? `attribute.${key}.${value}` : `attribute.${key}`
  for (const tongue of [language.value, "en"])
    for (const { words } of channels.value) if (words[tongue]?.[name]) return words[tongue][name]
  return ""
}
export const channelIcon = (key: string): string => channelByKey.value.get(key)?.icon ?? ""

/** What to call a contact: by name, or, where the platform gives none, as a guest who can be told apart. */
export function nameOf(contact: { id: string; name: string }): string {
  return contact.name || t("contact.guest", { number: contact.id.slice(-4).toUpperCase() })
}

/** Whose a team's conversations are, and where they wait; "mine" is every team that one is of. */
export function teamOf(key: string): TeamLook | null {
  if (!key) return null
  const own = me.value?.agent.id ?? ""
  const its = teams.value.filter((team) => (key === "mine" ? team.agents.includes(own) : team.id === key))
  return { key, agents: its.flatMap((team) => team.agents), queues: its.flatMap((team) => team.queues) }
}
