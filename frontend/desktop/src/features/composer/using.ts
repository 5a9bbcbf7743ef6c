/** What a quick phrase comes to in the open conversation: its words filled, and what goes with them held against the channel. */
import type { Content, Limit, QuickPhrase } from "@/server/types.ts"
import { speakOfAll, t } from "@/words/index.ts"
import { spoken } from "./facts.ts"
import { fileProblem, fit, kindOfFile } from "./limits.ts"
import type { Picked } from "./PickedFiles.vue"
import { variablesIn } from "./variables.ts"

/** `whole`: it can go as it is. */
export type Used = { words: string; picked: Picked[]; whole: boolean }
const FILES = new Set(["image", "voice", "video", "file"])

export async function use(
  { text, content }: Pick<QuickPhrase, "text" | "content">,
  sends: Record<string, Limit>,
  channel: string,
): Promise<Used> {
  const words = await spoken(text)
  const filled = content ? ((await throughout(content)) as Content) : null
  const picked = filled ? [carriedBy(filled, sends, channel)] : []
  if (variablesIn(JSON.stringify(filled ?? "")).length) {
    await speakOfAll()
    for (const one of picked) one.problem ||= t("phrases.unfilled")
  }
  const whole = !variablesIn(words).length && !fit(words, sends["text"])?.over && picked.every((one) => !one.problem)
  return { words, picked, whole }
}

/** Each text in it, filled. */
async function throughout(value: unknown): Promise<unknown> {
  if (typeof value === "string") return spoken(value)
  if (Array.isArray(value)) return Promise.all(value.map(throughout))
  if (!value || typeof value !== "object") return value
  return Object.fromEntries(
    await Promise.all(Object.entries(value).map(async ([key, one]) => [key, await throughout(one)])),
  )
}

function carriedBy(content: Content, sends: Record<string, Limit>, channel: string): Picked {
  const name = content.media?.name || content.title || content.text || ""
  if (!FILES.has(content.kind)) {
    const problem = sends[content.kind] ? "" : t("composer.file.kind", { channel })
    return { name, url: content.media?.url ?? "", problem, content }
  }
  const file = { name, type: content.media?.type ?? "", size: content.media?.size ?? 0 }
  const problem = fileProblem(file, sends)
  return {
    name,
    url: file.type.startsWith("image/") ? (content.media?.url ?? "") : "",
    problem: problem ? t(`composer.file.${problem.code}`, { channel, ...problem }) : "",
    content: { ...content, kind: kindOfFile(file, sends) },
  }
}
