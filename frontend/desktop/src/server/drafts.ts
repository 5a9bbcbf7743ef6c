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
    for (const draft of await (await shelf()).getAll("drafts")) {
      drafts.set(draft.key, draft)
      if (draft.version) versions.set(draft.key, draft.version)
    }
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
  put({ key, conversation, mode, text, at: Date.now(), version: versions.get(key) ?? 0, told: false })
  for (const hearer of hearers) hearer(key)
  clearTimeout(timers.get(key))
  const turn = setTimeout(() => void write(key, turn), SAVE_MS)
  timers.set(key, turn)
}

/** The same words, or others from another device, that the server has. */
export function learnDraft(conversation: string, mode: Mode, text: string, version: number): void {
  const key = draftKey(conversation, mode)
  versions.set(key, version)
  put({ key, conversation, mode, text, at: Date.now(), version, told: true })
  void write(key)
}

/** A conversation goes on in another one, and what was begun in it goes along; behind what was begun there. */
export function moveDrafts(from: string, to: string): void {
  for (const mode of ["reply", "note", "whisper"] as Mode[]) {
    const text = draftOf(from, mode)
    if (!text) continue
    const there = draftOf(to, mode)
    if (!there.includes(text)) keepDraft(to, mode, there ? `${there}\n${text}` : text)
    keepDraft(from, mode, "")
  }
}

/** What the server goes on from; and who wants to hear of each change. */
export const versions = new Map<string, number>()
const hearers = new Set<(key: string) => void>()
export const hearDrafts = (hearer: (key: string) => void) => void hearers.add(hearer)

function put(draft: Draft): void {
  if (draft.text.trim()) drafts.set(draft.key, draft)
  else drafts.delete(draft.key)
}

/** `turn`: whose time has come; until it is written, a page that goes takes it along. */
async function write(key: string, turn?: ReturnType<typeof setTimeout>): Promise<void> {
  const draft = drafts.get(key)
  try {
    if (draft) await (await shelf()).put("drafts", { ...draft })
    else await (await shelf()).delete("drafts", key)
  } catch {
    // See loadDrafts.
  }
  if (turn && timers.get(key) === turn) timers.delete(key)
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
