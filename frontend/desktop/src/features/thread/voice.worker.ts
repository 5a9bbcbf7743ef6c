/** Turns recordings that no browser plays into WAV, away from the page: strangers' bytes meet only this worker. */
import library from "../../../../speex/speex.wasm?url"
import { amr, silk, speex } from "./decoders.ts"
import { Unplayable, wav, type Sound, type Trouble } from "./sound.ts"

export type Asked = { type: string; body: ArrayBuffer }
export type Answered = { wav: ArrayBuffer } | { trouble: Trouble }

async function decoded({ type, body }: Asked): Promise<Sound> {
  const bytes = new Uint8Array(body)
  if (type === "audio/silk") return silk(bytes)
  if (type === "audio/speex") return speex(bytes, await (await fetch(library)).arrayBuffer())
  return amr(bytes)
}

addEventListener("message", async ({ data }: MessageEvent<Asked>) => {
  try {
    const sound = wav(await decoded(data))
    postMessage({ wav: sound } satisfies Answered, { transfer: [sound] })
  } catch (error) {
    const trouble = error instanceof Unplayable ? error.trouble : "damaged"
    postMessage({ trouble } satisfies Answered)
  }
})
