/** Something that is asked once before it is done: about what, whether the question stands open, and what went wrong. */
import { reactive, type Reactive } from "vue"
import { sentenceOf } from "./settings.ts"

export type Asking<About> = Reactive<{
  about: About | null
  open: boolean
  busy: boolean
  error: string
  ask: (about: About) => void
  yes: () => Promise<void>
}>

/** `act` is what is done on yes; the question closes when it is done, and shows its error when it is refused. */
export function asking<About>(act: (about: About) => Promise<unknown>): Asking<About> {
  const state = reactive({
    about: null as About | null,
    open: false,
    busy: false,
    error: "",
    ask(about: About) {
      Object.assign(state, { about, open: true, busy: false, error: "" })
    },
    async yes() {
      if (state.about === null) return
      Object.assign(state, { busy: true, error: "" })
      try {
        await act(state.about as About)
        state.open = false
      } catch (error) {
        state.error = sentenceOf(error)
      } finally {
        state.busy = false
      }
    },
  })
  return state as Asking<About>
}
