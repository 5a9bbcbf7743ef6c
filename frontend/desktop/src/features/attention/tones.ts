/** Soft tones, without a sound file: two that rise for our own conversations, two level ones for the queue's, and a single
 * low one for a customer who waits long. */
let audio: AudioContext | null = null
type Tones = readonly (readonly [at: number, pitch: number])[]
const OWN: Tones = [
  [0, 660],
  [0.13, 880],
]
const QUEUE: Tones = [
  [0, 587],
  [0.16, 587],
]
const SLOW: Tones = [[0, 330]]

export const twoTones = (own: boolean): void => play(own ? OWN : QUEUE, 0.09)
export const lowTone = (): void => play(SLOW, 0.06)

function play(tones: Tones, loud: number): void {
  try {
    audio ??= new AudioContext()
    const start = audio.currentTime + 0.01
    for (const [at, pitch] of tones) {
      const tone = audio.createOscillator()
      const volume = audio.createGain()
      tone.type = "sine"
      tone.frequency.value = pitch
      volume.gain.setValueAtTime(0, start + at)
      volume.gain.linearRampToValueAtTime(loud, start + at + 0.015)
      volume.gain.exponentialRampToValueAtTime(0.0005, start + at + 0.24)
      tone.connect(volume).connect(audio.destination)
      tone.start(start + at)
      tone.stop(start + at + 0.26)
    }
  } catch {
    // A browser that lets nobody play before a click: the title says it as well.
  }
}
