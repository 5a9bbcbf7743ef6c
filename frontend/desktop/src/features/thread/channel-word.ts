/** What the channel of the open thread calls something, in the reader's language; '' when it has no word for it. */
import { channelByKey } from "@/server/surroundings.ts"
import { thread } from "@/server/thread.ts"
import { language } from "@/words/index.ts"

export function channelWord(key: string): string {
  const words = channelByKey.value.get(thread.row?.channel ?? "")?.words
  return words?.[language.value]?.[key] ?? words?.["en"]?.[key] ?? ""
}
