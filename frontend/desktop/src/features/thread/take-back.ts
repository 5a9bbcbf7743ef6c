/** Takes a reply of ours back at the platform, where that can be done. */
import { say } from "@/design/toast.ts"
import { recall } from "@/server/actions.ts"
import { Refused } from "@/server/http.ts"
import { may } from "@/server/me.ts"
import { sorry } from "@/server/sorry.ts"
import { channelByKey } from "@/server/surroundings.ts"
import { thread } from "@/server/thread.ts"
import type { Message } from "@/server/types.ts"
import { channelWord } from "./channel-word.ts"

/** Is it a reply that stands on the customer's phone, on a channel that takes things back? */
export const canTakeBack = (message: Message | null | undefined): boolean =>
  !!message &&
  (message.author === "agent" || message.author === "bot") &&
  !message.is_note &&
  ["sent", "delivered", "read"].includes(message.state) &&
  (channelByKey.value.get(thread.row?.channel ?? "")?.capabilities.recall ?? false) &&
  may("serve")

export async function takeBack(id: string, seq: number): Promise<void> {
  try {
    await recall(id, seq)
  } catch (error) {
    const reason = error instanceof Refused ? String(error.body["reason"] ?? "") : ""
    say((reason && channelWord(`reason.${reason}`)) || sorry(error), { tone: "bad" })
  }
}
