/** Recordings are decoded to what was said into them, and bytes that are none of theirs end with a sentence. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { amr, silk, speex } from "./decoders.ts"
import { MOST_FRAMES, type Sound } from "./sound.ts"

const ROOT = new URL("../../../../../", import.meta.url)
const read = (path: string) => new Uint8Array(readFileSync(new URL(path, ROOT)))
const library = read("frontend/speex/speex.wasm")
const recording = (name: string) => read(`tests/browser/recordings/${name}`)
const bytes = (text: string) => new TextEncoder().encode(text)
const together = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))

const decoders: Record<string, (body: Uint8Array) => Promise<Sound>> = {
  amr,
  awb: amr,
  silk,
  speex: (body) => speex(body, library),
  spx: (body) => speex(body, library),
}

/** The strongest tone in the middle of the sound, to 10 Hz. */
function loudest({ samples, hertz }: Sound): number {
  const size = hertz / 10
  const middle = samples.slice((samples.length - size) / 2).slice(0, size)
  const strength = (tone: number) => {
    const turn = (2 * Math.PI * tone) / hertz
    const [re, im] = [Math.cos, Math.sin].map((wave) => middle.reduce((sum, one, at) => sum + one * wave(turn * at), 0))
    return Math.hypot(re!, im!)
  }
  const tones = Array.from({ length: 390 }, (_, at) => 100 + at * 10).filter((tone) => tone < hertz / 2)
  return tones.reduce((best, tone) => (strength(tone) > strength(best) ? tone : best))
}

/** The same bytes at each run, and of no kind. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24)
}

test.each([
  ["tone.amr", 8_000, 350], // its tone wanders; there it is in the middle
  ["tone.silk", 24_000, 440],
  ["tone.awb", 16_000, 600],
  ["tone.speex", 16_000, 600],
  ["tone.spx", 16_000, 600],
])("%s is two seconds in %i Hz of a tone of %i Hz", async (name, hertz, tone) => {
  const sound = await decoders[name.split(".")[1]!]!(recording(name))
  expect(sound.hertz).toBe(hertz)
  expect(sound.samples.length / hertz).toBeCloseTo(2, 1)
  expect(Math.abs(loudest(sound) - tone)).toBeLessThanOrEqual(10)
})

test("a Speex recording that ends too early, or whose frames are none, is damaged: nothing else says what it is", async () => {
  const whole = recording("tone.speex")
  const noisy = Array.from({ length: 20 }, (_, at) => together(Uint8Array.of(60), noise(60, at)))
  for (const body of [whole.subarray(0, 6_000), whole.subarray(0, 50 * 61 + 1), together(whole, ...noisy)])
    await expect(speex(body, library)).rejects.toThrow("damaged")
})

test.each([
  ["awb", 1_500],
  ["spx", 4_000],
])("a %s recording that ends within a frame is heard up to there", async (kind, length) => {
  const sound = await decoders[kind]!(recording(`tone.${kind}`).subarray(0, length))
  expect(sound.samples.length).toBeGreaterThan(0)
  expect(sound.samples.length / sound.hertz).toBeLessThan(1.9)
})

// (of SILK anything is decoded, to near silence)
test.each(["amr", "awb", "speex", "spx"])(
  "nothing, a head alone and noise behind a head are no %s recording",
  async (kind) => {
    const head = recording(`tone.${kind}`).subarray(0, kind === "spx" ? 108 : kind === "speex" ? 0 : 10)
    const broken = [head.subarray(0, 0), head, ...[1, 2, 3, 4].map((seed) => together(head, noise(3_000, seed)))]
    for (const body of broken) await expect(decoders[kind]!(body)).rejects.toThrow(/.+/)
  },
)

test.each([
  ["awb", together(bytes("#!AMR-WB\n"), new Uint8Array(MOST_FRAMES + 1).fill(0x7c))],
  ["amr", together(bytes("#!AMR\n"), new Uint8Array(MOST_FRAMES + 1).fill(0x7c))],
  ["speex", new Uint8Array(2 * MOST_FRAMES + 2).fill(1)],
  ["speex", new Uint8Array(256 * 200).map((_, at) => (at % 256 ? 0 : 255))],
  ["silk", together(bytes("#!SILK_V3"), new Uint8Array(2 * MOST_FRAMES + 2))],
])("%s of more than ten minutes is not decoded", async (kind, body) => {
  await expect(decoders[kind]!(body)).rejects.toThrow("too_long")
})

test("an Ogg file without end and one whose packets never end are refused before they are decoded", async () => {
  const head = recording("tone.spx").subarray(0, 108)
  const page = (lengths: number) => {
    const made = together(bytes("OggS"), new Uint8Array(23), new Uint8Array(255).fill(lengths))
    made.set(head.subarray(14, 18), 14)
    made[26] = 255
    return together(made, new Uint8Array(lengths * 255))
  }
  await expect(speex(together(head, ...Array.from({ length: 130 }, () => page(0))), library)).rejects.toThrow(
    "too_long",
  )
  const endless = page(255)
  endless[5] = 1
  await expect(speex(together(head, page(255), endless, endless), library)).rejects.toThrow("damaged")
})

test("the decoder of Speex is the one that is described beside it, and needs nothing from outside", async () => {
  expect(readFileSync(new URL("frontend/speex/README.md", ROOT), "utf8")).toContain(
    createHash("sha256").update(library).digest("hex"),
  )
  expect(WebAssembly.Module.imports(await WebAssembly.compile(library))).toEqual([])
})
