/** Chinese found by the Latin letters that begin its signs. Pure. `spelt` is what the server says of a phrase: 'ma shang fa huo', other
 * readings of a sign behind a slash, runs of signs behind a comma. */

/** Do these letters begin neighbouring signs, each as far as one likes: 'msfh', 'msfahuo', 'fah'? */
export function spells(spelt: string | null, letters: string): boolean {
  if (!spelt || !/^[a-z]+$/.test(letters)) return false
  return spelt.split(",").some((run) => {
    const signs = run.split(" ").map((sign) => sign.split("/"))
    return signs.some((_, at) => goesOn(signs, at, letters))
  })
}
function goesOn(signs: string[][], at: number, letters: string): boolean {
  if (!letters) return true
  return (signs[at] ?? []).some((sound) => {
    for (let taken = shared(sound, letters); taken; taken--)
      if (goesOn(signs, at + 1, letters.slice(taken))) return true
    return false
  })
}
function shared(sound: string, letters: string): number {
  let length = 0
  while (length < sound.length && sound[length] === letters[length]) length++
  return length
}
