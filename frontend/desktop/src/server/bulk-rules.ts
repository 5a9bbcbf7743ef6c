/** What takes an act back, given how the conversation was before it. Pure. */
import type { Act, ConversationRow } from "./types.ts"

/** The act that puts it back; null where there is nothing to put back. */
export function inverse(act: Act, before: ConversationRow): Act | null {
  const again: Act | null =
    before.state === "snoozed"
      ? { do: "snooze", until: before.snoozed_until, on_reply: before.wakes_on_reply, undo: true }
      : null
  switch (act.do) {
    case "resolve":
      if (before.state === "resolved") return null
      return again ?? { do: "reopen", undo: true }
    case "snooze":
      return again ?? { do: "reopen", undo: true }
    case "reopen":
      if (before.state === "resolved") return { do: "resolve" }
      return again
    case "assign":
      return { do: "assign", agent_id: before.assignee?.id ?? null }
    case "tag": {
      const add = (act.remove ?? []).filter((word) => before.tags.includes(word))
      const remove = (act.add ?? []).filter((word) => !before.tags.includes(word))
      return add.length || remove.length ? { do: "tag", add, remove } : null
    }
    case "read":
      return before.unread ? { do: "unread" } : null
    case "unread":
      return before.unread ? null : { do: "read" }
  }
}

/** In parts of `size`, so that a long work shows how far it has come. */
export function inParts<Thing>(things: Thing[], size: number): Thing[][] {
  return Array.from({ length: Math.ceil(things.length / size) }, (_, at) => things.slice(at * size, (at + 1) * size))
}
