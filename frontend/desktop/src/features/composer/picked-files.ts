/** Files picked, pasted or dropped into the composer: which may go, and their pictures' addresses, given back in the end. */
import { onBeforeUnmount, ref, type Ref } from "vue"
import { say } from "@/design/toast.ts"
import type { Limit } from "@/server/types.ts"
import { t } from "@/words/index.ts"
import { fileProblem } from "./limits.ts"
import type { Picked } from "./PickedFiles.vue"

const LARGEST = 20_000_000

/** `sends` and `where` say what the channel carries and what it is called. */
export function pickedFiles(sends: Ref<Record<string, Limit>>, where: Ref<string>) {
  const files = ref<Picked[]>([])

  function add(list: Iterable<File>) {
    for (const file of list) {
      if (file.size > LARGEST) say(t("composer.file_too_large", { name: file.name }), { tone: "bad" })
      else {
        const problem = fileProblem(file, sends.value)
        files.value.push({
          file,
          name: file.name,
          url: file.type.startsWith("image/") ? URL.createObjectURL(file) : "",
          problem: problem ? t(`composer.file.${problem.code}`, { channel: where.value, ...problem }) : "",
        })
      }
    }
  }
  function drop(at: number) {
    const [gone] = files.value.splice(at, 1)
    if (gone?.file && gone.url) URL.revokeObjectURL(gone.url)
  }
  function dropAll() {
    while (files.value.length) drop(0)
  }
  onBeforeUnmount(dropAll)
  return { files, add, drop, dropAll }
}
