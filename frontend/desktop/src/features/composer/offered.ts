/** What can be offered for the word behind a sign: quick phrases, colleagues. */
import { me } from "@/server/me.ts"
import { colleagues, phrases } from "@/server/surroundings.ts"
import { t } from "@/words/index.ts"
import { fitting } from "./mentions.ts"
import type { Offer } from "./offers.ts"
import { matching } from "./phrases.ts"

const MOST_COLLEAGUES = 8

export function sentences(word: string): Offer[] {
  return matching(phrases.value, word).map((phrase) => ({
    key: phrase.id,
    group: phrase.personal ? "mine" : "team",
    word: `/${phrase.shortcut}`,
    text: phrase.text || phrase.content?.title || phrase.content?.media?.name || phrase.content?.text || "",
    says: phrase,
  }))
}

export function people(word: string): Offer[] {
  const others = colleagues.value.filter((one) => one.id !== me.value?.agent.id)
  return fitting(others, word)
    .slice(0, MOST_COLLEAGUES)
    .map(({ id, name, presence }) => ({
      key: id,
      group: "",
      word: name,
      text: t(`presence.${presence}`),
      says: `@${name} `,
    }))
}
