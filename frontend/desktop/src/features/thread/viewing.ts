/** Where a picture stands in its frame while it is zoomed and moved. Pure; pixels of the screen. */
export type Place = { scale: number; x: number; y: number }
export type Size = { width: number; height: number }

export const FITTED: Place = { scale: 1, x: 0, y: 0 }
export const LARGEST = 8

/** The picture may not be pushed away farther than to its own edge. */
export function held(place: Place, frame: Size, shown: Size): Place {
  const within = (value: number, room: number) => Math.min(room, Math.max(-room, value))
  const room = (part: "width" | "height") => Math.max(0, (shown[part] * place.scale - frame[part]) / 2)
  return { scale: place.scale, x: within(place.x, room("width")), y: within(place.y, room("height")) }
}

/** Zooms by `factor` so that the point (px, py), counted from the middle of the frame, stays where it is. */
export function zoomed(place: Place, factor: number, px: number, py: number, frame: Size, shown: Size): Place {
  const scale = Math.min(LARGEST, Math.max(1, place.scale * factor))
  const by = scale / place.scale
  return held({ scale, x: px - (px - place.x) * by, y: py - (py - place.y) * by }, frame, shown)
}
