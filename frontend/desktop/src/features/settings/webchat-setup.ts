/** The web chat's own page of an inbox as it stands in the form: loaded, changed, saved, or put back. */
import { computed, ref, type Ref } from "vue"
import { arrangeWebChat, getWebChat, type FormField, type Inbox, type WebChatSetup } from "@/server/settings.ts"
import { Refused } from "@/server/http.ts"
import { languages } from "@/words/index.ts"

export const chatLanguages = ["zh-CN", "zh-TW", "en", "ja", "ko"] as const
export type ChatLanguage = (typeof chatLanguages)[number]
export const languageNames: Record<ChatLanguage, string> = languages

/** What a visitor of this language reads: the words themselves, or the nearest that there are. */
export function saidIn(words: Record<string, string>, language: string): string {
  const there = Object.entries(words).filter(([, text]) => text.trim())
  const found =
    there.find(([tag]) => tag === language) ??
    there.find(([tag]) => tag.slice(0, 2) === language.slice(0, 2)) ??
    there.find(([tag]) => tag === "en") ??
    there[0]
  return found?.[1] ?? ""
}

/** Choices are written one a line; a line that stays keeps its value in the contact. */
export function choicesFrom(lines: string, before: FormField["choices"], language: string): FormField["choices"] {
  return lines.split("\n").map((line, at) => {
    const old = before[at]
    const words = { ...old?.words, [language]: line }
    return { value: old?.value && old.value !== old.words?.[language] ? old.value : line.trim(), words }
  })
}

export function webchatSetup(inbox: Ref<Inbox>, wanted: Ref<boolean>) {
  const saved = ref<WebChatSetup | null>(null)
  const setup = ref<WebChatSetup | null>(null)
  const failed = ref(false)
  const problems = ref<Record<string, string>>({})
  const dirty = computed(() => JSON.stringify(setup.value) !== JSON.stringify(saved.value))

  function put(got: WebChatSetup) {
    saved.value = got
    setup.value = structuredClone(got)
    problems.value = {}
  }
  async function load() {
    if (!wanted.value) return
    failed.value = false
    try {
      put(await getWebChat(inbox.value.id))
    } catch {
      failed.value = true
    }
  }
  async function save() {
    if (!setup.value || !dirty.value) return
    const cleaned = JSON.parse(JSON.stringify(setup.value)) as WebChatSetup
    for (const field of cleaned.fields)
      field.choices = field.kind === "choice" ? (field.choices ?? []).filter((one) => one.value.trim()) : []
    try {
      put(await arrangeWebChat(inbox.value.id, cleaned))
    } catch (error) {
      if (error instanceof Refused) problems.value = error.fields
      throw error
    }
  }
  function discard() {
    if (saved.value) put(saved.value)
  }
  void load()
  return { setup, dirty, failed, problems, load, save, discard }
}
