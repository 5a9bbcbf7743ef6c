/** What other pages say in this language, in one file. */
export default import.meta.glob<Record<string, string>>("../later/en.*.json", { import: "default", eager: true })
