/** Turns recordings that no browser plays into WAV, away from the page: strangers' bytes meet only this worker. */
import { decode } from "silk-wasm"
import { AMR } from "web-amr/dist/vendor/amrnb.js"

export type Asked = { type: string; body: ArrayBuffer }
export type Answered = { wav: ArrayBuffer } | { problem: string }

const SILK_HERTZ = 24_000
const AMR_HERTZ = 8_000

/** 16-bit mono samples with a header that every browser reads. */
function wav(samples: Uint8Array, hertz: number): ArrayBuffer {
  const out = new Uint8Array(44 + samples.byteLength)
  const view = new DataView(out.buffer)
  const word = (at: number, text: string) => out.set(new TextEncoder().encode(text), at)
  word(0, "RIFF")
  view.setUint32(4, 36 + samples.byteLength, true)
  word(8, "WAVEfmt ")
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, hertz, true)
  view.setUint32(28, hertz * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  word(36, "data")
  view.setUint32(40, samples.byteLength, true)
  out.set(samples, 44)
  return out.buffer
}

async function decoded({ type, body }: Asked): Promise<ArrayBuffer> {
  if (type === "audio/silk") return wav((await decode(body, SILK_HERTZ)).data, SILK_HERTZ)
  const samples = AMR._decode(new Uint8Array(body))
  if (!samples?.length) throw new Error("nothing could be decoded")
  return wav(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), AMR_HERTZ)
}

addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  decoded(data).then(
    (sound) => postMessage({ wav: sound } satisfies Answered, { transfer: [sound] }),
    (error: unknown) => postMessage({ problem: String(error) } satisfies Answered),
  )
})
