/**
 * Several tabs of one desk share one line: one of them leads, the others hear and speak through it. A lock says who leads,
 * so that the next takes over in the moment in which the leader's tab closes. Where a browser has no locks, each tab leads.
 */
import type { LiveFrame } from "./types.ts"

/** What tabs tell each other. `need`: a tab says from where on it hears, and what it looks at. */
export type Word =
  | { say: "frame"; frame: LiveFrame }
  | { say: "link"; state: "starting" | "live" | "lost" | "offline" }
  | { say: "lead" }
  | { say: "need"; tab: string; cursor: string; watched: string | null }
  | { say: "send"; frame: Record<string, unknown> }
  | { say: "bye"; tab: string }

export type Tabs = {
  tell: (word: Word) => void
  /** Takes the lead from a tab that gives no sign of life. */
  seize: () => void
  leave: () => void
}

const own = crypto.randomUUID()
export const tab = own

/** Joins the tabs of `name`. `lead` starts leading and `follow` stops; both may come again. */
export function joinTabs(name: string, hear: (word: Word) => void, lead: () => void, follow: () => void): Tabs {
  if (!navigator.locks || typeof BroadcastChannel === "undefined") {
    lead()
    return { tell: () => {}, seize: () => {}, leave: () => {} }
  }
  const channel = new BroadcastChannel(name)
  let left = false
  let release = () => {}
  channel.addEventListener("message", (event: MessageEvent<Word>) => hear(event.data))

  function queue(steal: boolean): void {
    void navigator.locks
      .request(name, steal ? { steal } : {}, () => {
        if (left) return
        lead()
        return new Promise<void>((done) => (release = done))
      })
      .catch(() => {
        // Another tab has taken the lead from us: we stand in line again.
        if (left) return
        follow()
        queue(false)
      })
  }
  queue(false)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin
  const tell = (word: Word) => channel.postMessage(word)
  const bye = () => tell({ say: "bye", tab: own })
  addEventListener("pagehide", bye)
  return {
    tell: (word) => !left && tell(word),
    seize: () => queue(true),
    leave() {
      removeEventListener("pagehide", bye)
      bye()
      left = true
      release()
      channel.close()
    },
  }
}
