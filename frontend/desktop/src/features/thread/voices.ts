/** Which recordings can be heard here: by the browser itself, by our decoder, or not at all. */
import { Unplayable } from "./sound.ts"
import type { Answered, Asked } from "./voice.worker.ts"

const DECODED = new Set(["audio/amr", "audio/amr-wb", "audio/silk", "audio/speex"])
const NAMES: Record<string, string> = {
  "audio/amr": "AMR",
  "audio/amr-wb": "AMR-WB",
  "audio/silk": "SILK",
  "audio/speex": "Speex",
}
const PATIENCE_MS = 20_000

export const isDecoded = (type: string): boolean => DECODED.has(type)

/** What people call the format. */
export const formatName = (type: string): string => NAMES[type] ?? type.replace(/^\w+\/(x-)?/, "").toUpperCase()

/** The recording as a WAV that any browser plays. Rejects when it cannot be fetched or decoded, with Unplayable
 *  when that lies in the recording. */
export async function decodeVoice(source: string, type: string): Promise<Blob> {
  const answer = await fetch(source)
  if (!answer.ok) throw new Error(`the file answers ${answer.status}`)
  const body = await answer.arrayBuffer()
  const worker = new Worker(new URL("./voice.worker.ts", import.meta.url), { type: "module" })
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    return await new Promise<Blob>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error("decoding takes too long")), PATIENCE_MS)
      worker.addEventListener("error", () => reject(new Error("the decoder broke")))
      worker.addEventListener("message", ({ data }: MessageEvent<Answered>) =>
        "wav" in data ? resolve(new Blob([data.wav], { type: "audio/wav" })) : reject(new Unplayable(data.trouble)),
      )
      worker.postMessage({ type, body } satisfies Asked, { transfer: [body] })
    })
  } finally {
    clearTimeout(timer)
    worker.terminate()
  }
}
