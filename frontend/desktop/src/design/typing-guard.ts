/** Enter must not send while somebody chooses a character. */
const SETTLE_MS = 100

/** Tells of a key whether it belongs to an input method: while composing, and a moment after (Safari ends first). */
export function typingGuard(now: () => number = () => performance.now()) {
  let composing = false
  let ended = -Infinity
  return {
    start: () => (composing = true),
    end: () => {
      composing = false
      ended = now()
    },
    composing: () => composing,
    busy: (event: { isComposing: boolean; keyCode: number }) =>
      event.isComposing || event.keyCode === 229 || composing || now() - ended < SETTLE_MS,
  }
}
