/** Addresses of a conversation: to send to a colleague, to print, to take along. */
import { language } from "@/words/index.ts"

/** Where a colleague finds this conversation, or this message of it. */
export function linkTo(id: string, seq?: number): string {
  return `${location.origin}/all/${id}${seq ? `?at=${seq}` : ""}`
}

export type TranscriptForm = "html" | "txt" | "json"

/** The page to print, or the file; in the reader's language. */
export function transcriptOf(id: string, form: TranscriptForm, notes: boolean): string {
  const words = new URLSearchParams({ form, language: language.value, ...(notes ? { notes: "true" } : {}) })
  return `/api/conversations/${id}/transcript?${words}`
}

/** Opens the page to print beside the desk, or lets the browser keep the file. */
export function takeAlong(id: string, form: TranscriptForm, notes: boolean): void {
  const link = document.createElement("a")
  link.href = transcriptOf(id, form, notes)
  if (form === "html") {
    link.target = "_blank"
    link.rel = "noopener"
  } else link.download = ""
  link.click()
}
