/** Files that are pasted or dropped; while some hang over the composer, it says so. */
import { ref } from "vue"

export function filesFromOutside(take: (files: Iterable<File>) => void) {
  const dragging = ref(false)
  function pasted(event: ClipboardEvent) {
    const list = [...(event.clipboardData?.files ?? [])]
    if (!list.length) return
    event.preventDefault()
    take(list)
  }
  function dropped(event: DragEvent) {
    dragging.value = false
    take(event.dataTransfer?.files ?? [])
  }
  return { dragging, pasted, dropped }
}
