/** Puts the address of a conversation, or of one message in it, into the clipboard. */
import { say } from "@/design/toast.ts"
import { linkTo } from "@/server/links.ts"
import { t } from "@/words/index.ts"

export async function copyLink(id: string, seq?: number): Promise<void> {
  const link = linkTo(id, seq)
  try {
    await navigator.clipboard.writeText(link)
    say(t(seq ? "take.copied_message" : "take.copied"))
  } catch {
    say(link, { seconds: 20 }) // no clipboard outside of https: the address can be taken by hand
  }
}
