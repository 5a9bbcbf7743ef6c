/** The state of an inbox's form: what was there, what was typed, what is wrong, what the server said. */
import { computed, ref, watch, type Ref } from "vue"
import { changed, fields as draw, problems as find, sent, startingValues, withGenerated } from "./form-model.ts"
import { generate } from "./random.ts"
import { Refused } from "@/server/http.ts"
import { checkConnection, checkInbox, type Checked, type Inbox } from "@/server/settings.ts"
import type { Channel } from "@/server/types.ts"
import { language } from "@/words/index.ts"

export function inboxForm(channel: Ref<Channel>, inbox: Ref<Inbox | null>) {
  const fields = computed(() =>
    draw(channel.value.settings, channel.value.words, language.value, inbox.value?.secrets_set ?? []),
  )
  const start = ref<Record<string, string>>({})
  const values = ref<Record<string, string>>({})
  const replacing = ref(new Set<string>())
  const tried = ref(false)
  const fromServer = ref<Record<string, string>>({})
  const checked = ref<Checked | "unreachable" | null>(null)
  const checking = ref(false)

  function begin() {
    const plain = startingValues(fields.value, inbox.value?.settings ?? {})
    start.value = inbox.value ? plain : withGenerated(fields.value, plain, generate)
    values.value = { ...start.value }
    replacing.value = new Set()
    tried.value = false
    fromServer.value = {}
  }
  begin()

  // a verdict is about what was tried, not about what is typed since
  watch(values, () => (checked.value = null))

  const wrong = computed(() => find(fields.value, values.value))
  const problems = computed(() => (tried.value ? wrong.value : {}))
  const dirty = computed(() => changed(fields.value, start.value, values.value))
  const good = computed(() => Object.keys(wrong.value).length === 0)

  function replace(key: string, on: boolean) {
    const next = new Set(replacing.value)
    if (on) next.add(key)
    else next.delete(key)
    replacing.value = next
    values.value = { ...values.value, [key]: "" }
  }

  /** Tries what stands in the form; an untouched saved inbox is tried with what is saved. */
  async function check(): Promise<void> {
    tried.value = true
    checked.value = null
    if (!good.value) return
    checking.value = true
    try {
      checked.value =
        inbox.value && !dirty.value
          ? await checkInbox(inbox.value.id)
          : await checkConnection({ channel: channel.value.key, ...sent(fields.value, values.value) })
    } catch (error) {
      if (error instanceof Refused) refuse(error)
      else checked.value = "unreachable"
    } finally {
      checking.value = false
    }
  }
  function refuse(error: Refused) {
    const known = fields.value.map((field) => field.key)
    fromServer.value = Object.fromEntries(
      Object.entries(error.fields)
        .filter(([name]) => !name.startsWith("limits."))
        .map(([name, code]) => [known.find((key) => name.endsWith(key)) ?? name, code]),
    )
  }

  return {
    fields,
    values,
    replacing,
    problems,
    fromServer,
    tried,
    dirty,
    good,
    checked,
    checking,
    begin,
    replace,
    check,
    refuse,
    answer: () => sent(fields.value, values.value),
  }
}
