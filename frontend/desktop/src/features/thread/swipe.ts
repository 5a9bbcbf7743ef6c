/** What a finger means by a message: drawn aside, far enough and not while it scrolls; or held on it. */
const FAR = 56
const LEVEL = 28
const STILL = 10
const LONG_MS = 480

/** Handlers for touches: `meant` is called once for each drawing aside, in either direction, `held` for each long press. Nothing is
 * kept from the browser, which selects words and scrolls as ever. */
export function touched(meant: () => void, held: (at: { x: number; y: number }) => void) {
  let from: { x: number; y: number } | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = () => clearTimeout(timer)
  return {
    touchstart(event: TouchEvent) {
      stop()
      const touch = event.touches.length === 1 ? event.touches[0] : undefined
      from = touch ? { x: touch.clientX, y: touch.clientY } : null
      if (from)
        timer = setTimeout(() => {
          if (from) held(from)
          from = null
        }, LONG_MS)
    },
    touchmove(event: TouchEvent) {
      const touch = event.touches[0]
      if (!from || !touch) return
      const [x, y] = [Math.abs(touch.clientX - from.x), Math.abs(touch.clientY - from.y)]
      if (Math.max(x, y) > STILL) stop()
      if (y > LEVEL) from = null
      else if (x > FAR) {
        from = null
        meant()
      }
    },
    touchend: stop,
    touchcancel: stop,
  }
}
