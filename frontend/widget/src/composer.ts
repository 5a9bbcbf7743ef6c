/** The field to write in: grows with the text, keeps its draft, takes pictures, and leaves Enter to an open IME. */

import { h, icon } from "./dom"
import { keep } from "./host"
import { say, words } from "./words"

const LARGEST = 10_000_000
const LONGEST = 10_000
const TYPES = /^(image\/(png|jpeg|gif|webp)|application\/pdf)$/
const PLUS = "M10 4v12M4 10h12"
const UP = "M10 16V4.5M5 9.5l5-5 5 5"
const CROSS = "M6 6l8 8M14 6l-8 8"

export interface Said {
  text: string
  files: File[]
}

/** `send` takes what was written; `writing` is told on each change, true while there is something. */
export function composer(send: (said: Said) => void, writing: (on: boolean) => void) {
  let files: File[] = []
  let composed = 0
  let timer = 0
  const field = h("textarea", {
    rows: 1,
    placeholder: words.placeholder,
    "aria-label": words.placeholder,
    enterKeyHint: "send",
  })
  const picker = h("input", {
    type: "file",
    multiple: true,
    accept: "image/png,image/jpeg,image/gif,image/webp,application/pdf",
    hidden: true,
  })
  const strip = h("ul", { class: "strip", hidden: true })
  const problem = h("p", { class: "problem", role: "alert", hidden: true })
  const go = h("button", { type: "submit", class: "go", "aria-label": words.send, title: words.send }, icon(UP))
  const attach = h(
    "button",
    { type: "button", class: "attach", "aria-label": words.attach, title: words.attach },
    icon(PLUS),
  )
  const form = h("form", { class: "composer" }, problem, strip, attach, field, go, picker)

  const complain = (text: string) => {
    problem.textContent = text
    problem.hidden = !text
  }
  function look(): void {
    const something = files.length > 0 || field.value.trim() !== ""
    go.classList.toggle("on", something)
    go.setAttribute("aria-disabled", String(!something))
    if (!CSS.supports("field-sizing", "content")) {
      field.style.height = "auto"
      field.style.height = `${Math.min(field.scrollHeight, 144)}px`
    }
  }
  function drawFiles(): void {
    strip.hidden = files.length === 0
    strip.replaceChildren(
      ...files.map((file) => {
        const remove = h("button", { type: "button", "aria-label": `${words.remove}: ${file.name}` }, icon(CROSS))
        remove.onclick = () => {
          files = files.filter((other) => other !== file)
          drawFiles()
          field.focus()
        }
        if (!file.type.startsWith("image/")) return h("li", { class: "doc" }, h("span", {}, file.name), remove)
        const image = h("img", { src: URL.createObjectURL(file), alt: file.name })
        image.onload = () => URL.revokeObjectURL(image.src)
        return h("li", {}, image, remove)
      }),
    )
    look()
  }
  function take(list: Iterable<File>): void {
    complain("")
    for (const file of list) {
      if (!TYPES.test(file.type)) complain(say(words.wrongType, file.name))
      else if (file.size > LARGEST) complain(say(words.tooLarge, file.name))
      else if (files.length < 6) files.push(file)
    }
    drawFiles()
  }
  function submit(): void {
    const text = field.value.trim()
    if (!text && !files.length) return
    if ([...text].length > LONGEST) return complain(words.tooLong)
    send({ text, files }) // is in the outbox, and so on disk, before the draft goes
    files = []
    field.value = ""
    clearTimeout(timer)
    keep("draft", null)
    complain("")
    drawFiles()
    writing(false)
  }

  form.onsubmit = (event) => {
    event.preventDefault()
    submit()
    field.focus()
  }
  field.oninput = () => {
    look()
    complain("")
    writing(field.value !== "")
    clearTimeout(timer)
    timer = setTimeout(() => keep("draft", field.value || null), 300)
  }
  field.onblur = () => writing(false)
  field.addEventListener("compositionend", () => (composed = Date.now()))
  field.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey) return
    // Safari ends the composition before it reports the Enter that ended it
    if (event.isComposing || event.keyCode === 229 || Date.now() - composed < 100) return
    event.preventDefault()
    submit()
  }
  field.onpaste = (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])]
    if (!pasted.length) return
    event.preventDefault()
    take(pasted)
  }
  attach.onclick = () => picker.click()
  picker.onchange = () => {
    take(picker.files ?? [])
    picker.value = ""
    field.focus()
  }
  look()

  return {
    form,
    take,
    focus: () => field.focus({ preventScroll: true }),
    restore: (draft: string | undefined) => {
      if (draft && !field.value) field.value = draft
      look()
    },
  }
}
