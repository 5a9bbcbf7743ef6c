/** Where the lines of a chart's ground lie: round numbers, for counts and for durations in seconds. Pure. */

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400
const STEPS_OF_TIME = [
  1,
  2,
  5,
  10,
  15,
  30,
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 4, 8, 12].map((count) => count * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100].map((count) => count * DAY),
]

/** From 0 to the first line at or above `most`, three to five of them. Counts have no halves. */
export function ticks(most: number, timed: boolean): number[] {
  const wanted = Math.max(most, 1) / 4
  let step: number
  if (timed) step = STEPS_OF_TIME.find((one) => one >= wanted) ?? Math.ceil(wanted / DAY) * DAY
  else {
    const power = 10 ** Math.floor(Math.log10(wanted))
    step = Math.max(1, ([1, 2, 5, 10].find((one) => one * power >= wanted) ?? 10) * power)
  }
  const lines = Math.max(1, Math.ceil(Math.max(most, 1) / step))
  return Array.from({ length: lines + 1 }, (_, at) => at * step)
}

/** Which of `count` days are named below: the last one always, the others evenly before it, at most `room`. */
export function named(count: number, room: number): number[] {
  const every = Math.max(1, Math.ceil(count / Math.max(1, room)))
  return Array.from({ length: count }, (_, at) => at).filter((at) => (count - 1 - at) % every === 0)
}

/** The pieces of a line: it is broken where there is no value. Each is a list of [index, value]. */
export function pieces(values: readonly (number | null)[]): [number, number][][] {
  const found: [number, number][][] = []
  let open: [number, number][] | null = null
  values.forEach((value, at) => {
    if (value === null) open = null
    else if (open) open.push([at, value])
    else found.push((open = [[at, value]]))
  })
  return found
}
