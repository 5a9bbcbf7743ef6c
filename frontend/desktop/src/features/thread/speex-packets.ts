/** Finds the packets of a Speex recording: between the length bytes of WeChat, or in the pages of an Ogg file. Pure. */
import { MOST_FRAMES, Unplayable } from "./sound.ts"

/** `mode` is 0 narrowband, 1 wideband, 2 ultra-wideband; `frames` is how many a packet holds, or as many as it has. */
export type Recording = { mode: number; hertz: number; frames: number; packets: Uint8Array[] }

const PAGE_HEAD = 27
const CONTINUED = 1

export function recordingOf(body: Uint8Array): Recording {
  return text(body, 0, 4) === "OggS" ? inPages(body) : behindLengths(body)
}

/** WeChat's `audio/x-speex-with-header-byte; rate=16000`: before each packet one byte says how long it is. There is no
 *  mark at the beginning; what makes it one is that the lengths lead exactly to the end. */
function behindLengths(body: Uint8Array): Recording {
  const packets: Uint8Array[] = []
  for (let at = 0; at < body.length;) {
    const end = at + 1 + body[at]!
    if (end === at + 1 || end > body.length) throw new Unplayable("damaged")
    if (packets.push(body.subarray(at + 1, end)) > MOST_FRAMES) throw new Unplayable("too_long")
    at = end
  }
  return { mode: 1, hertz: 16_000, frames: Infinity, packets }
}

/** Ogg (RFC 3533) with Speex in it: the first packet is the head, the second the comments, then as many more as the head
 *  says; a file that ends within a page is heard up to there. */
function inPages(body: Uint8Array): Recording {
  const [head, , ...rest] = packetsIn(body)
  if (!head || head.length < 80 || text(head, 0, 8) !== "Speex   ") throw new Unplayable("damaged")
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const number = (at: number) => view.getInt32(at, true)
  const [hertz, mode, frames, further] = [number(36), number(40), number(64), number(68)]
  if (hertz < 6_000 || hertz > 48_000 || mode < 0 || mode > 2 || frames < 0 || further < 0)
    throw new Unplayable("damaged")
  return { mode, hertz, frames: frames || 1, packets: rest.slice(further) }
}

function packetsIn(body: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = []
  const stream = text(body, 14, 4)
  let open: Uint8Array[] = []
  for (let at = 0; at + PAGE_HEAD <= body.length && text(body, at, 4) === "OggS";) {
    const lengths = body.subarray(at + PAGE_HEAD, at + PAGE_HEAD + body[at + 26]!)
    const isOurs = text(body, at + 14, 4) === stream
    if (isOurs && !(body[at + 5]! & CONTINUED)) open = []
    at += PAGE_HEAD + body[at + 26]!
    for (const length of lengths) {
      if (at + length > body.length) return packets
      if (isOurs) open.push(body.subarray(at, at + length))
      if (isOurs && length < 255) {
        if (packets.push(joined(open)) > MOST_FRAMES) throw new Unplayable("too_long")
        open = []
      }
      at += length
    }
  }
  return packets
}

function joined(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function text(body: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...body.subarray(at, at + length))
}
