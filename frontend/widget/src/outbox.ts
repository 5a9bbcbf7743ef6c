/** What the visitor has said and the desk has not yet confirmed. Survives reload; sent in order, each with its own id. */

import { keep } from "./host"
import { Refused, type Content } from "./link"

export type State = "sending" | "waiting" | "kept" | "failed"
export interface Item {
  id: string
  content: Content
  at: string
  state: State
  /** A picture or file that is not uploaded yet; lost with the page. */
  file?: File | undefined
  preview?: string
}

export class Outbox {
  items: Item[] = []
  private running = false
  private timer = 0
  private tries = 0

  /** `deliver` brings one item to the desk; `changed` is told after every change; `notice` of a wait that has a reason. */
  constructor(
    private readonly deliver: (item: Item) => Promise<void>,
    private readonly changed: () => void,
    private readonly notice: (reason: "slow" | "busy" | "offline" | "") => void,
  ) {
    addEventListener("online", () => void this.run())
  }

  /** Take up what an earlier page left behind. */
  restore(kept: string | undefined): void {
    try {
      this.items = (JSON.parse(kept || "[]") as Item[]).map((item) => ({ ...item, state: "waiting" }))
    } catch {
      this.items = []
    }
    void this.run()
  }

  add(content: Content, file?: File): void {
    const item: Item = { id: newId(), content, at: new Date().toISOString(), state: "sending" }
    if (file)
      Object.assign(item, { file, preview: file.type.startsWith("image/") ? URL.createObjectURL(file) : undefined })
    this.items.push(item)
    this.save()
    void this.run()
  }

  retry(item: Item): void {
    item.state = "sending"
    this.tries = 0
    this.save()
    void this.run()
  }

  /** The desk shows it itself now. */
  confirmed(id: string): void {
    this.items = this.items.filter((item) => item.id !== id)
  }

  async run(): Promise<void> {
    if (this.running) return
    this.running = true
    clearTimeout(this.timer)
    for (;;) {
      const item = this.items.find((one) => one.state === "sending" || one.state === "waiting")
      if (!item) break
      try {
        await this.deliver(item)
        item.state = "kept"
        this.tries = 0
        this.notice("")
        this.save()
      } catch (error) {
        const refused = error instanceof Refused ? error : undefined
        if (refused && refused.status < 500 && ![401, 408, 429].includes(refused.status)) {
          item.state = "failed"
          this.save()
          continue
        }
        item.state = refused?.status === 429 ? "sending" : "waiting"
        this.notice(!refused ? "offline" : refused.status === 429 ? "slow" : refused.status >= 500 ? "busy" : "")
        this.save()
        const pause =
          Math.max((refused?.after ?? 0) * 1000, Math.min(30_000, 800 * 2 ** this.tries++)) * (1 + Math.random() / 4)
        this.timer = setTimeout(() => void this.run(), pause)
        break
      }
    }
    this.running = false
  }

  private save(): void {
    const left = this.items
      .filter((item) => item.state !== "kept" && !item.file)
      .map(({ id, content, at }) => ({ id, content, at }))
    keep("outbox", left.length ? JSON.stringify(left) : null)
    this.changed()
  }
}

export function newId(): string {
  if (crypto.randomUUID) return crypto.randomUUID() // missing on pages without https
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
}
