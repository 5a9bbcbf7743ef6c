/** The files of a thread that can be looked at: its pictures, one after the other, or one file by itself. */
import { computed, ref, type ComputedRef } from "vue"
import type { Media } from "@/server/types.ts"
import { messages } from "@/server/thread.ts"
import { shownAs } from "./file-kinds.ts"
import type { Item } from "./items.ts"

const isImage = (media: Media | undefined) => !!media?.url && shownAs(media) === "image"

/** `viewed` is the id of the message that is looked at; `name` stands for a customer whom the channel did not name. */
export function looking(items: ComputedRef<Item[]>, name: ComputedRef<string>) {
  const viewed = ref<string | null>(null)
  const pictures = computed(() =>
    items.value.flatMap(({ message }) =>
      message && message.state !== "unsent" && isImage(message.content.media)
        ? [
            {
              key: message.id,
              url: message.content.media!.url!,
              name: message.content.media!.name ?? "",
              text: message.content.text ?? "",
              who: message.author === "contact" ? (message.sender?.name ?? name.value) : (message.agent?.name ?? ""),
              at: message.sent_at,
            },
          ]
        : [],
    ),
  )
  const isPicture = computed(() => pictures.value.some((one) => one.key === viewed.value))
  const file = computed(() => {
    const message = messages.value.messages.find((one) => one.id === viewed.value)
    return message?.state === "unsent" ? undefined : message?.content.media
  })
  return { viewed, pictures, isPicture, file }
}
