/** Two soft tones: rising for our own conversations, level for the queue's. No sound file. */
let audio: AudioContext | null = null

export function twoTones(own: boolean): void {
  try {
    audio ??= new AudioContext()
    const start = audio.currentTime + 0.01
    for (const [at, pitch] of own
      ? ([
          [0, 660],
          [0.13, 880],
        ] as const)
      : ([
          [0, 587],
          [0.16, 587],
        ] as const)) {
      const tone = audio.createOscillator()
      const volume = audio.createGain()
      tone.type = "sine"
      tone.frequency.value = pitch
      volume.gain.setValueAtTime(0, start + at)
      volume.gain.linearRampToValueAtTime(0.09, start + at + 0.015)
      volume.gain.exponentialRampToValueAtTime(0.0005, start + at + 0.24)
      tone.connect(volume).connect(audio.destination)
      tone.start(start + at)
      tone.stop(start + at + 0.26)
    }
  } catch {
    // A browser that lets nobody play before a click: the title says it as well.
  }
}
