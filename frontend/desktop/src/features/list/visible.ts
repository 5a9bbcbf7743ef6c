/** Which rows of equal height are in sight, so that a list of any length costs a screenful. */
import { computed, onBeforeUnmount, onMounted, ref, type Ref } from "vue"

const AHEAD = 6
const MOST = 60

export function visibleRows(box: Ref<HTMLElement | undefined>, count: () => number) {
  const top = ref(0)
  const height = ref(600)
  const row = ref(64)
  const measure = () => {
    const element = box.value
    if (!element) return
    height.value = element.clientHeight
    row.value = parseFloat(getComputedStyle(element).getPropertyValue("--row")) || 64
  }
  const watcher = new ResizeObserver(measure)
  onMounted(() => {
    measure()
    if (box.value) watcher.observe(box.value)
    watcher.observe(document.documentElement)
  })
  onBeforeUnmount(() => watcher.disconnect())
  const scrolled = () => (top.value = box.value?.scrollTop ?? 0)
  const range = computed(() => {
    const from = Math.max(0, Math.floor(top.value / row.value) - AHEAD)
    const size = Math.min(MOST, Math.ceil(height.value / row.value) + 2 * AHEAD)
    return { from, to: Math.min(count(), from + size) }
  })
  /** Brings row `at` into sight with as little movement as can be. */
  const reveal = (at: number) => {
    const element = box.value
    if (!element) return
    if (at * row.value < element.scrollTop) element.scrollTop = at * row.value
    else if ((at + 1) * row.value > element.scrollTop + height.value)
      element.scrollTop = (at + 1) * row.value - height.value
  }
  return { range, row, scrolled, reveal, measure, nearEnd: computed(() => range.value.to >= count() - 10) }
}
