/** A second conversation beside the first: a desk of one pane in a frame of this one, with a thread and a composer of its
 * own on the line that all tabs share. What the two tell each other. */
export type Told = "close" | "leave"

/** From this width on a list and two threads have room. */
export const WIDE = "(min-width: 1680px)"

/** In the frame: tell the desk around. */
export function tell(told: Told): void {
  window.parent.postMessage({ beside: told }, location.origin)
}

/** In the desk: hear the frame that `frame` shows, and nobody else. Returns how to stop. */
export function hearFrame(frame: () => HTMLIFrameElement | undefined, run: (told: Told) => void): () => void {
  function heard(event: MessageEvent<{ beside?: unknown }>) {
    if (event.origin !== location.origin || event.source !== frame()?.contentWindow) return
    const told = event.data?.beside
    if (told === "close" || told === "leave") run(told)
  }
  addEventListener("message", heard)
  return () => removeEventListener("message", heard)
}
