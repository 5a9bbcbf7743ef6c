/** What a decoded recording is, how long it may be, and how it becomes a WAV that every browser plays. */

export type Sound = { samples: Int16Array; hertz: number }

/** Platforms end a recording after one minute; bytes that somebody hostile has made end nowhere. */
export const MOST_MINUTES = 10
/** All of these formats have frames of 20 ms. */
export const MOST_FRAMES = MOST_MINUTES * 60 * 50

/** Why a recording is not heard: it is longer than what is decoded here, or it is not what it says. */
export type Trouble = "too_long" | "damaged"

export class Unplayable extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble)
  }
}

/** 16-bit mono samples with a header that every browser reads. */
export function wav({ samples, hertz }: Sound): ArrayBuffer {
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
  out.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), 44)
  return out.buffer
}
