/** What the desk says in this language, in one file. */
export default import.meta.glob<Record<string, string>>(["../zh-TW.json", "../parts/zh-TW.*.json"], {
  import: "default",
  eager: true,
})
