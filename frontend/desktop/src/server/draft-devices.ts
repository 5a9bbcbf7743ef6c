/** Drafts on all devices of an agent: told to the server when typing rests, learned when the desk is looked at again. Words
 * written on two devices are both kept. */
import { say } from "@/design/toast.ts"
import { t } from "@/words/index.ts"
import { draftKey, draftOf, drafts, hearDrafts, learnDraft, versions } from "./drafts.ts"
import { call, Refused } from "./http.ts"
import { may } from "./me.ts"
import type { Mode } from "./shelf.ts"

const REST_MS = 800
const AGAIN_MS = 15_000
const waiting = new Map<string, ReturnType<typeof setTimeout>>()
const telling = new Set<string>()

/** Both texts, mine first; one of them where it holds the other. Pure. */
export function together(mine: string, theirs: string): string {
  if (!theirs.trim() || mine.includes(theirs.trim())) return mine
  if (!mine.trim() || theirs.includes(mine.trim())) return theirs
  return `${mine.trimEnd()}\n\n${theirs}`
}

const placeOf = (key: string) => {
  const at = key.lastIndexOf(":")
  return { conversation: key.slice(0, at), mode: key.slice(at + 1) as Mode }
}

function tellSoon(key: string, ms = REST_MS): void {
  clearTimeout(waiting.get(key))
  waiting.set(
    key,
    setTimeout(() => void tell(key), ms),
  )
}

async function tell(key: string): Promise<void> {
  waiting.delete(key)
  if (telling.has(key)) return tellSoon(key)
  telling.add(key)
  const { conversation, mode } = placeOf(key)
  const text = draftOf(conversation, mode)
  try {
    const kept = await call("PUT", "/api/conversations/{conversation_id}/draft", {
      path: { conversation_id: conversation },
      body: { mode, text, version: versions.get(key) ?? 0 },
    })
    versions.set(key, kept.version)
    if (draftOf(conversation, mode) === text) learnDraft(conversation, mode, text, kept.version)
  } catch (error) {
    if (error instanceof Refused && error.code === "overwritten")
      meet(key, String(error.body["text"] ?? ""), Number(error.body["version"]))
    else if (!(error instanceof Refused)) tellSoon(key, AGAIN_MS) // it stays here until the server can be reached
  } finally {
    telling.delete(key)
  }
}

/** Another device has written: nothing of either is lost. What was sent here took its words along. */
function meet(key: string, theirs: string, version: number): void {
  const { conversation, mode } = placeOf(key)
  const mine = draftOf(conversation, mode)
  const both = together(mine, theirs)
  if (both !== mine && both !== theirs) say(t("drafts.both"))
  learnDraft(conversation, mode, both, version)
  if (both !== theirs) tellSoon(key, 0)
}

/** What other devices have written since. What was written here and not told yet is told. */
export async function learnDrafts(): Promise<void> {
  if (!may("serve")) return
  const listed = await call("GET", "/api/drafts").catch(() => null)
  if (!listed) return
  const there = new Map(listed.map((one) => [draftKey(one.conversation_id, one.mode), one]))
  for (const [key, one] of there) {
    const here = drafts.get(key)
    if (waiting.has(key) || telling.has(key) || one.version === versions.get(key)) continue
    if (!here || here.told) learnDraft(one.conversation_id, one.mode, one.text, one.version)
    else tellSoon(key, 0)
  }
  for (const [key, here] of drafts) {
    if (there.has(key) || waiting.has(key) || telling.has(key)) continue
    if (here.told) learnDraft(here.conversation, here.mode, "", versions.get(key) ?? 0)
    else tellSoon(key, 0)
  }
}

hearDrafts((key) => tellSoon(key))
addEventListener("focus", () => void learnDrafts())
addEventListener("online", () => void learnDrafts())
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void learnDrafts())
