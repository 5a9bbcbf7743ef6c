/** A notice as a sentence. */
import type { Notice } from "@/server/notices.ts"
import { nameOf } from "@/server/surroundings.ts"
import { t } from "@/words/index.ts"

export function sentence({ kind, by, contact }: Notice): string {
  return t(`notice.${kind}`, { by: by?.name ?? t("notice.house"), contact: nameOf(contact) })
}
