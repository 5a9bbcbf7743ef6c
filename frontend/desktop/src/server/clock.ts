/** One ticker for every clock on the screen, set by the server's time. */
import { ref } from "vue"

let ahead = 0
/** The server's time in milliseconds, to the second. Read it in a template and the template follows. */
export const now = ref(Date.now())

export function setServerTime(iso: string): void {
  const at = Date.parse(iso)
  if (Number.isFinite(at)) ahead = at - Date.now()
  tick()
}
export function tick(): void {
  now.value = Date.now() + ahead
}
/** The server's time right now. */
export function instant(): number {
  return Date.now() + ahead
}
setInterval(tick, 1000)
