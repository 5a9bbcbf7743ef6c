/** How long to wait before the next try, counted down. */
import { computed, onScopeDispose, ref } from "vue"

/** Minutes and seconds, `1:15`. */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
}

export function countdown() {
  const left = ref(0)
  let timer = 0
  function start(seconds: number) {
    clearInterval(timer)
    const end = Date.now() + seconds * 1000
    const step = () => {
      left.value = Math.max(0, Math.ceil((end - Date.now()) / 1000))
      if (!left.value) clearInterval(timer)
    }
    step()
    timer = window.setInterval(step, 250)
  }
  onScopeDispose(() => clearInterval(timer))
  return { left, text: computed(() => clock(left.value)), start }
}
