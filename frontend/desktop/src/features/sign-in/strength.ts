/** How hard a password is to guess, roughly: long and varied is good, few different characters or a run is not. */

export const SHORTEST = 10

export type Strength = { missing: number; level: "none" | "short" | "weak" | "fair" | "strong" }

const COMMON = /pass ?word|qwert|asdf|12345|abcde|admin|welcome|iloveyou|letmein|woaini|guanxi|mima/i

/** `known` are words an attacker would try first: name, e-mail, shop. */
export function strength(password: string, known: readonly string[] = []): Strength {
  const characters = [...password]
  if (!characters.length) return { missing: SHORTEST, level: "none" }
  const missing = Math.max(0, SHORTEST - characters.length)
  if (missing) return { missing, level: "short" }
  const different = new Set(characters.map((character) => character.toLowerCase())).size
  const lower = password.toLowerCase()
  const guessable =
    different < 6 ||
    (COMMON.test(password) && characters.length < 18) ||
    known.some((word) => word.trim().length > 3 && lower.includes(word.trim().toLowerCase()) && characters.length < 18)
  if (guessable) return { missing: 0, level: "weak" }
  return { missing: 0, level: characters.length >= 14 && different >= 9 ? "strong" : "fair" }
}
