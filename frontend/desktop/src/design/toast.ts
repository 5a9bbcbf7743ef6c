/** Short sentences at the lower edge: said once, never in the way. */
import { shallowRef } from "vue"

export type Toast = { id: number; text: string; tone: "plain" | "bad"; action?: { label: string; run: () => void } }

export const toasts = shallowRef<Toast[]>([])
let last = 0

/** Says `text`; it stays `seconds` (default 5, 8 with an action). Returns a function that takes it away. */
export function say(text: string, more: Partial<Omit<Toast, "id" | "text">> & { seconds?: number } = {}): () => void {
  const id = ++last
  const { seconds = more.action ? 8 : 5, ...rest } = more
  toasts.value = [...toasts.value.slice(-2), { id, text, tone: "plain", ...rest }]
  const leave = () => (toasts.value = toasts.value.filter((toast) => toast.id !== id))
  setTimeout(leave, seconds * 1000)
  return leave
}
