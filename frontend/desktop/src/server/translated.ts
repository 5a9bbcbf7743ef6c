/** What messages say in the reader's language, by their ids, as far as that is known; filled while it is asked for. */
import { shallowReactive } from "vue"

/** `of`: the words that it is a translation of; of others it says nothing. */
export const translated = shallowReactive(new Map<string, { text: string; of: string }>())

/** Does who reads the one read the other? Both ways of writing Chinese count as one. */
export const sameTongue = (one: string, other: string): boolean => !!one && one.split("-")[0] === other.split("-")[0]
