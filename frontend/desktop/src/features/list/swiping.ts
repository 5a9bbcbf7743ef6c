/** A row under a finger: drawn right it is put aside, drawn left it is resolved; what scrolls, or is drawn back in time, does neither. */
import { computed, onBeforeUnmount, ref } from "vue"

export type Drawn = { x: number; y: number }
export type Swipe = "snooze" | "resolve"

const SIDEWAYS = 12
const UPWARDS = 10
const EDGE = 20
const MOST = 96
const PART = 0.35

/** Whether a finger that has come so far draws the row aside, scrolls the list, or has said nothing yet. */
export function meaning({ x, y }: Drawn): "aside" | "along" | null {
  const [across, down] = [Math.abs(x), Math.abs(y)]
  if (across > SIDEWAYS && across > 1.5 * down) return "aside"
  return down > UPWARDS ? "along" : null
}
/** How far is far enough in a row of this width. */
export const farEnough = (width: number) => Math.min(MOST, PART * width)
/** What letting go there does. */
export function outcome(x: number, width: number): Swipe | null {
  if (Math.abs(x) < farEnough(width)) return null
  return x > 0 ? "snooze" : "resolve"
}
/** The screen's edges belong to the browser's own way back. */
export const ownStart = (x: number, screen: number) => x > EDGE && x < screen - EDGE

/** Handlers for a row's pointers, and how far it is drawn. The browser keeps scrolling: it takes the finger by `pointercancel`. */
export function swiping(ready: () => boolean, act: (what: Swipe) => void) {
  const drawn = ref(0)
  const width = ref(1)
  let from: (Drawn & { id: number }) | null = null
  let swiped = false
  let forget: ReturnType<typeof setTimeout> | undefined
  const stop = () => {
    from = null
    drawn.value = 0
  }
  onBeforeUnmount(() => clearTimeout(forget))
  return {
    drawn,
    towards: computed<Swipe | null>(() => (drawn.value ? (drawn.value > 0 ? "snooze" : "resolve") : null)),
    armed: computed(() => outcome(drawn.value, width.value) !== null),
    on: {
      pointerdown(event: PointerEvent) {
        if (event.pointerType !== "touch") return
        stop()
        swiped = false
        if (event.isPrimary && ready() && ownStart(event.clientX, innerWidth))
          from = { x: event.clientX, y: event.clientY, id: event.pointerId }
      },
      pointermove(event: PointerEvent) {
        if (event.pointerId !== from?.id) return
        const by = { x: event.clientX - from.x, y: event.clientY - from.y }
        if (!swiped) {
          const meant = meaning(by)
          if (meant === "along") return stop()
          if (meant === null) return
          swiped = true
          const place = event.currentTarget as HTMLElement
          width.value = place.clientWidth
          place.setPointerCapture(event.pointerId)
        }
        drawn.value = by.x
      },
      pointerup(event: PointerEvent) {
        if (event.pointerId !== from?.id) return
        const what = swiped ? outcome(drawn.value, width.value) : null
        stop()
        clearTimeout(forget)
        forget = setTimeout(() => (swiped = false))
        if (what && ready()) act(what)
      },
      pointercancel: stop,
    },
    /** A row that was drawn was not pressed. */
    pressed(event: Event) {
      if (swiped) event.stopPropagation()
      swiped = false
    },
  }
}
