/** The figures 0–9 open the macros that are bound to them, while nobody types and nothing floats in front. */
export function listenToDigits(open: (digit: string) => void, wanted: () => boolean): () => void {
  function heard(event: KeyboardEvent) {
    if (!/^[0-9]$/.test(event.key) || event.defaultPrevented || event.isComposing || !wanted()) return
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const target = event.target as HTMLElement | null
    if (target?.closest("input, textarea, select, [contenteditable=true], [role=menu]")) return
    if (document.querySelector("[role=dialog], [role=menu]")) return
    event.preventDefault()
    open(event.key)
  }
  addEventListener("keydown", heard)
  return () => removeEventListener("keydown", heard)
}
