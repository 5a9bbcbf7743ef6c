/** Words that come into a text where its caret stands, and the caret behind them. */
import { nextTick, type Ref } from "vue"

export function atTheCaret(area: Ref<HTMLTextAreaElement | undefined>, text: Ref<string>) {
  const caret = () => area.value?.selectionStart ?? text.value.length
  const before = () => text.value.slice(0, caret())
  function select(from: number, to = from) {
    void nextTick(() => {
      area.value?.focus()
      area.value?.setSelectionRange(from, to)
    })
  }
  /** In place of what stands from `from` to `to`, or where the caret is. */
  function put(words: string, from = caret(), to = caret()) {
    text.value = text.value.slice(0, from) + words + text.value.slice(to)
    select(from + words.length)
  }
  return { caret, before, put, select }
}
