/** What the desk says in this language, in one file. */
export default import.meta.glob<Record<string, string>>(["../zh-CN.json", "../parts/zh-CN.*.json"], {
  import: "default",
  eager: true,
})
