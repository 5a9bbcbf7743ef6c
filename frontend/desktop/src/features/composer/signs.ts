/** The word behind a sign, while it is being typed. Pure. */

/** The word behind a slash, before the caret; null when there is none, or when the slash is part of an address or a date. */
export function slashWord(text: string, caret: number): { from: number; word: string } | null {
  const found = /(?:^|[^\w/:.])\/(\S{0,20})$/u.exec(text.slice(0, caret))
  return found ? { from: caret - found[1]!.length - 1, word: found[1]! } : null
}

/** The word behind an @, before the caret; null when there is none, or when the @ is part of an address. */
export function atWord(text: string, caret: number): { from: number; word: string } | null {
  const found = /(?:^|[^\w.@])@([^\s@]{0,30})$/u.exec(text.slice(0, caret))
  return found ? { from: caret - found[1]!.length - 1, word: found[1]! } : null
}
