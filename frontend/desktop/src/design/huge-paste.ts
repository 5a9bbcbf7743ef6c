/** A text that no field of the desk is for, and that a browser may take minutes to lay out, is not put in at all. */
const MOST = 100_000

/** Watches every field; `then` tells how many signs were kept out, and how many go in. Returns how to stop. */
export function refuseHugePastes(then: (signs: number, most: number) => void): () => void {
  const look = (event: InputEvent) => {
    const signs = (event.data ?? event.dataTransfer?.getData("text/plain") ?? "").length
    if (signs <= MOST) return
    event.preventDefault()
    then(signs, MOST)
  }
  addEventListener("beforeinput", look, { capture: true })
  return () => removeEventListener("beforeinput", look, { capture: true })
}
