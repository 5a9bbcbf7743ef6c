/** What the desk says in this language, in one file. */
export default import.meta.glob<Record<string, string>>(["../ko.json", "../parts/ko.*.json"], {
  import: "default",
  eager: true,
})
