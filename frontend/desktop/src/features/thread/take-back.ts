/** Takes a reply of ours back at the platform, where that can be done, and as long as it can. */
import { say } from "@/design/toast.ts"
import { now } from "@/server/clock.ts"
import { recall } from "@/server/actions.ts"
import { Refused } from "@/server/http.ts"
import { may } from "@/server/me.ts"
import { sorry } from "@/server/sorry.ts"
import { thread } from "@/server/thread.ts"
import type { Message } from "@/server/types.ts"
import { t } from "@/words/index.ts"
import { remaining } from "@/words/time.ts"
import { channelWord } from "./channel-word.ts"

/** How many milliseconds long a message can still be taken back: none once that is over, endless where no end is known. */
function left(message: Message): number {
  const within = thread.detail?.reply.recall_within ?? null
  if (within === null) return 0
  return within === 0 ? Infinity : Date.parse(message.created_at) + within * 1000 - now.value
}

/** Is it a reply that stands on the customer's phone, on a channel that still takes it back? */
export const canTakeBack = (message: Message | null | undefined): boolean =>
  !!message &&
  (message.author === "agent" || message.author === "bot") &&
  !message.is_note &&
  ["sent", "delivered", "read"].includes(message.state) &&
  left(message) > 0 &&
  may("serve")

/** What the button says: also how long it is there. */
export function takeBackTitle(message: Message): string {
  const time = left(message)
  return Number.isFinite(time) ? t("take.back.left", { time: remaining(time) }) : t("take.back")
}

export async function takeBack(id: string, seq: number): Promise<void> {
  try {
    await recall(id, seq)
  } catch (error) {
    const reason = error instanceof Refused ? String(error.body["reason"] ?? "") : ""
    say((reason && channelWord(`reason.${reason}`)) || sorry(error), { tone: "bad" })
  }
}
