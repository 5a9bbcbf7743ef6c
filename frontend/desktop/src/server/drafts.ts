/** Unsent words, per conversation and mode. They survive a reload and go only when what they said was sent. */
import { shallowReactive } from "vue"
import { shelf, type Draft, type Mode } from "./shelf.ts"

const SAVE_MS = 300
const DOORMAT = "guanxi.last_words"
/** By `conversation:mode`; the list shows them. */
export const drafts = shallowReactive(new Map<string, Draft>())
const timers = new Map<string, ReturnType<typeof setTimeout>>()

export const draftKey = (conversation: string, mode: Mode) => `${conversation}:${mode}`

export async function loadDrafts(): Promise<void> {
  try {
    for (const draft of await (await shelf()).getAll("drafts")) drafts.set(draft.key, draft)
  } catch {
    // No shelf: drafts live as long as the page does.
  }
  pickUp()
}

export function draftOf(conversation: string, mode: Mode): string {
  return drafts.get(draftKey(conversation, mode))?.text ?? ""
}

/** Remembers at once, and writes down when typing rests. */
export function keepDraft(conversation: string, mode: Mode, text: string): void {
  const key = draftKey(conversation, mode)
  if (text.trim()) drafts.set(key, { key, conversation, mode, text, at: Date.now() })
  else drafts.delete(key)
  clearTimeout(timers.get(key))
  timers.set(
    key,
    setTimeout(() => void write(key), SAVE_MS),
  )
}

async function write(key: string): Promise<void> {
  timers.delete(key)
  const draft = drafts.get(key)
  try {
    if (draft) await (await shelf()).put("drafts", { ...draft })
    else await (await shelf()).delete("drafts", key)
  } catch {
    // See loadDrafts.
  }
}

// A page that goes may not wait for IndexedDB: the last words lie on the doormat until the next page picks them up.
addEventListener("pagehide", () => {
  const last = [...timers.keys()].map((key) => drafts.get(key) ?? { key, text: "" })
  if (last.length) localStorage.setItem(DOORMAT, JSON.stringify(last))
})

function pickUp(): void {
  const last = JSON.parse(localStorage.getItem(DOORMAT) ?? "[]") as Draft[]
  localStorage.removeItem(DOORMAT)
  for (const draft of last) {
    if (draft.text) drafts.set(draft.key, draft)
    else drafts.delete(draft.key)
    void write(draft.key)
  }
}
