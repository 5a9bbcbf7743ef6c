/** A finger that draws a message aside means something by it: far enough, and not while it scrolls. */
const FAR = 56
const LEVEL = 28

/** Handlers for touches; `meant` is called once for each drawing aside, in either direction. */
export function swiped(meant: () => void) {
  let from: { x: number; y: number } | null = null
  return {
    touchstart(event: TouchEvent) {
      const touch = event.touches.length === 1 ? event.touches[0] : undefined
      from = touch ? { x: touch.clientX, y: touch.clientY } : null
    },
    touchmove(event: TouchEvent) {
      const touch = event.touches[0]
      if (!from || !touch) return
      if (Math.abs(touch.clientY - from.y) > LEVEL) from = null
      else if (Math.abs(touch.clientX - from.x) > FAR) {
        from = null
        meant()
      }
    },
  }
}
