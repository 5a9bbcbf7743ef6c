/** Tells the other side that somebody writes: at most every three seconds, and when it has stopped. */
import { send } from "@/server/live.ts"

const EVERY_MS = 3000

export function typingSignal() {
  let saidAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  function stop(conversation: string) {
    clearTimeout(timer)
    if (saidAt) send({ type: "typing", conversation, on: false })
    saidAt = 0
  }
  function say(conversation: string) {
    if (Date.now() - saidAt > EVERY_MS) {
      saidAt = Date.now()
      send({ type: "typing", conversation, on: true })
    }
    clearTimeout(timer)
    timer = setTimeout(() => stop(conversation), EVERY_MS + 1000)
  }
  return { say, stop }
}
