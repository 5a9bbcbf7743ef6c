/** What the popup above the composer offers while a word is typed: quick phrases behind a slash, in a note colleagues behind an @. */
import { computed, ref, shallowRef, type Ref } from "vue"
import type { Mode } from "@/server/shelf.ts"
import type { QuickPhrase } from "@/server/types.ts"
import { t } from "@/words/index.ts"
import { atWord, slashWord } from "./signs.ts"

/** What it `says` takes the place of what was typed: a name, or a quick phrase with its variables filled. */
export type Offer = { key: string; group: "mine" | "team" | ""; word: string; text: string; says: string | QuickPhrase }
type Asked = { sign: "/" | "@"; from: number; word: string }
/** What is offered comes with the first sign. */
const lists = shallowRef<typeof import("./offered.ts") | null>(null)

/** `take` puts the chosen one into the text, from the place of its sign to the caret. */
export function offering(
  area: Ref<HTMLTextAreaElement | undefined>,
  mode: Ref<Mode>,
  take: (offer: Offer, from: number) => void,
) {
  const asked = ref<Asked | null>(null)
  const chosen = ref(0)
  const offers = computed<Offer[]>(() => {
    if (!asked.value || !lists.value) return []
    return asked.value.sign === "@" ? lists.value.people(asked.value.word) : lists.value.sentences(asked.value.word)
  })
  const open = computed(() => offers.value.length > 0)
  const label = computed(() => t(asked.value?.sign === "@" ? "composer.colleagues" : "composer.phrases"))

  function look(): void {
    const [text, caret] = [area.value?.value ?? "", area.value?.selectionStart ?? 0]
    const slash = slashWord(text, caret)
    const at = mode.value === "note" && !slash ? atWord(text, caret) : null
    asked.value = slash ? { sign: "/", ...slash } : at ? { sign: "@", ...at } : null
    if (asked.value && !lists.value)
      void import("./offered.ts").then((found) => {
        lists.value = found
        begin()
      })
    begin()
  }
  function begin(): void {
    // One's own stand first, but who has typed a shortcut means the one that begins so.
    const word = `/${asked.value?.word.toLocaleLowerCase() ?? ""}`
    chosen.value = Math.max(
      0,
      offers.value.findIndex((offer) => offer.word.toLocaleLowerCase().startsWith(word)),
    )
  }
  function close(): void {
    asked.value = null
  }
  function pick(offer: Offer): void {
    const from = asked.value?.from ?? area.value?.selectionStart ?? 0
    close()
    take(offer, from)
  }
  /** True when the key was meant for the popup. */
  function key(event: KeyboardEvent): boolean {
    if (!open.value) return false
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (by) chosen.value = (chosen.value + by + offers.value.length) % offers.value.length
    else if (event.key === "Enter" || event.key === "Tab") pick(offers.value[chosen.value]!)
    else if (event.key === "Escape") {
      close()
      event.stopPropagation()
    } else return false
    event.preventDefault()
    return true
  }
  return { offers, open, chosen, label, look, close, pick, key }
}
