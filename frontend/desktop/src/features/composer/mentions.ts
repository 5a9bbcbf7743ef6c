/** Colleagues whom a note calls by name: `@周敏`. Pure. */
import type { Agent } from "@/server/types.ts"

type Known = Pick<Agent, "id" | "name">

/** Colleagues whose name has the word: those whose name begins with it first. */
export function fitting<One extends Known>(colleagues: readonly One[], word: string): One[] {
  const sought = word.toLocaleLowerCase()
  const at = (one: One) => one.name.toLocaleLowerCase().indexOf(sought)
  return colleagues.filter((one) => at(one) >= 0).sort((a, b) => Math.min(at(a), 1) - Math.min(at(b), 1))
}

/** Who is called in the text. Of names that begin alike the longest counts; two of one name are both called. */
export function calledIn(text: string, colleagues: readonly Known[]): string[] {
  const called = new Set<string>()
  const longest = [...colleagues].sort((a, b) => b.name.length - a.name.length)
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const name = longest.find((one) => one.name && text.startsWith(one.name, at + 1))?.name
    for (const one of colleagues) if (name && one.name === name) called.add(one.id)
  }
  return [...called]
}
