/** What the desk says in this language, in one file. */
export default import.meta.glob<Record<string, string>>(["../ja.json", "../parts/ja.*.json"], {
  import: "default",
  eager: true,
})
