/** The decoders of recordings that no browser plays, each loaded when it is needed. A recording comes from strangers:
 *  how long it will be is known before a decoder sees it. */
import { MOST_FRAMES, Unplayable, type Sound } from "./sound.ts"
import { recordingOf } from "./speex-packets.ts"

/** Bytes of a frame with its head, by its type; 0 for a type that a file never has (RFC 4867, section 5). */
const NARROW = [13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1]
const WIDE = [18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1]
const SILK_HERTZ = 24_000

/** AMR and AMR-WB, by opencore-amr. */
export async function amr(body: Uint8Array): Promise<Sound> {
  const isWide = body[5] === 0x2d
  const sizes = isWide ? WIDE : NARROW
  let frames = 0
  for (let at = isWide ? 9 : 6; at < body.length; at += sizes[(body[at]! >> 3) & 15]!) {
    if (!sizes[(body[at]! >> 3) & 15]) throw new Unplayable("damaged")
    if (++frames > MOST_FRAMES) throw new Unplayable("too_long")
  }
  const { default: decode } = await import("@audio/decode-amr")
  const { channelData, sampleRate } = await decode(body)
  const heard = channelData[0]
  if (!heard?.length) throw new Unplayable("damaged")
  return { samples: Int16Array.from(heard, (one) => Math.max(-1, Math.min(1, one)) * 32_767), hertz: sampleRate }
}

/** SILK as WeChat and QQ write it, by silk-wasm. */
export async function silk(body: Uint8Array): Promise<Sound> {
  let packets = 0
  for (let at = body[0] === 2 ? 10 : 9; at + 1 < body.length; at += 2 + (body[at]! | (body[at + 1]! << 8)))
    if (++packets > MOST_FRAMES) throw new Unplayable("too_long")
  const { decode } = await import("silk-wasm")
  const { data } = await decode(body, SILK_HERTZ)
  return { samples: new Int16Array(data.slice().buffer), hertz: SILK_HERTZ }
}

type LibSpeex = Record<"packet" | "most" | "samples" | "frame", () => number> & {
  memory: WebAssembly.Memory
  open: (mode: number) => number
  take: (length: number) => void
}

/** Speex, by libspeex as `frontend/speex` builds it. A second channel is left out. */
export async function speex(body: Uint8Array, library: BufferSource): Promise<Sound> {
  const { mode, hertz, frames, packets } = recordingOf(body)
  const { instance } = await WebAssembly.instantiate(library)
  const decoder = instance.exports as LibSpeex
  const size = decoder.open(mode)
  const heard: Int16Array[] = []
  for (const packet of packets) {
    if (packet.length > decoder.most()) throw new Unplayable("damaged")
    new Uint8Array(decoder.memory.buffer, decoder.packet()).set(packet)
    decoder.take(packet.length)
    for (let at = 0; at < frames; at++) {
      const answer = decoder.frame()
      if (answer < -1) throw new Unplayable("damaged")
      if (answer < 0) break
      if (heard.push(new Int16Array(decoder.memory.buffer, decoder.samples(), size).slice()) > MOST_FRAMES)
        throw new Unplayable("too_long")
    }
  }
  if (!heard.length) throw new Unplayable("damaged")
  const samples = new Int16Array(heard.length * size)
  heard.forEach((frame, at) => samples.set(frame, at * size))
  return { samples, hertz }
}
