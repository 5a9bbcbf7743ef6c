/** What the desk says in this language, in one file. */
export default import.meta.glob<Record<string, string>>(["../en.json", "../parts/en.*.json"], {
  import: "default",
  eager: true,
})
