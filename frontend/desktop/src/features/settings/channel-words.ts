/** The names a channel gives to itself and to its fields, in the language of the desk; English where it has none, then the bare key. */

export type ChannelWords = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Languages to look in, best first: `zh-TW` → zh-TW, any other zh, en, whatever there is. */
function order(words: ChannelWords, language: string): string[] {
  const root = language.split("-")[0]
  const rank = (name: string) =>
    name === language ? 0 : name.split("-")[0] === root ? 1 : name.split("-")[0] === "en" ? 2 : 3
  return Object.keys(words).sort((a, b) => rank(a) - rank(b))
}

/** The word of that name, or '' when the channel has it in no language. */
export function word(words: ChannelWords, language: string, name: string): string {
  for (const known of order(words, language)) {
    const found = words[known]?.[name]
    if (found) return found
  }
  return ""
}

/** The sentences `setup.1`, `setup.2`, … in order: how to connect, step by step. */
export function steps(words: ChannelWords, language: string): string[] {
  const found: string[] = []
  for (let n = 1; ; n += 1) {
    const step = word(words, language, `setup.${n}`)
    if (!step) return found
    found.push(step)
  }
}
