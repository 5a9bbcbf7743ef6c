/** What the keys of the composer do. Enter never sends while a candidate is open. */
import type { typingGuard } from "@/design/typing-guard.ts"
import { preferences } from "@/server/me.ts"

/** `offers` takes a key that an open list of offers understands; `turn` changes between reply and note. */
export function composerKeys(does: {
  guard: ReturnType<typeof typingGuard>
  offers: (event: KeyboardEvent) => boolean | undefined
  send: () => void
  turn: () => void
  leave: () => void
}) {
  return (event: KeyboardEvent) => {
    if (does.guard.busy(event)) {
      // The key that ended composing, told late: it neither sends nor breaks the line.
      if (event.key === "Enter" && !event.isComposing && event.keyCode !== 229) event.preventDefault()
      return
    }
    if (does.offers(event)) return
    const strong = event.ctrlKey || event.metaKey
    if (event.key === "." && strong) {
      event.preventDefault()
      does.turn()
    } else if (event.key === "Escape") {
      event.stopPropagation()
      does.leave()
    } else if (event.key === "Enter" && !event.altKey) {
      if (preferences.send_key === "enter" ? event.shiftKey : !strong) return
      event.preventDefault()
      does.send()
    }
  }
}
