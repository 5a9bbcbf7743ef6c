/** A refusal in the reader's words. */
import { Refused } from "./http.ts"
import { say } from "@/design/toast.ts"
import { find, t } from "@/words/index.ts"

/** The sentence for what went wrong; a code that we do not know is shown as it is, so that somebody can look it up. */
export function sorry(error: unknown): string {
  if (!(error instanceof Refused)) return t("refused.unreachable")
  const { by = "", to = "" } = error.body
  return codeWords(error.code, { by: String(by) || t("notice.house"), to: String(to) })
}

/** The sentence for a code of the server. */
export function codeWords(code: string, gaps: Record<string, string> = {}): string {
  return find(`refused.${code}`, gaps) ?? t("refused.other", { code })
}

/** Does it; says why when it is refused. Resolves to whether it worked. */
export async function attempt(action: Promise<unknown>): Promise<boolean> {
  try {
    await action
    return true
  } catch (error) {
    say(sorry(error), { tone: "bad" })
    return false
  }
}
