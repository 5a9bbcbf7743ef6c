/** The conversation as it is drawn: days, groups of bubbles, and what became of each message. */

import { h, icon } from "./dom"
import type { Content, Media, Message } from "./link"
import type { Item } from "./outbox"
import { day, say, size, time, words } from "./words"

const FILE = "M6 2.5h5l4 4v11H6zM11 2.5v4h4"
const ADDRESS = /https?:\/\/[^\s<>"'\u3000-\u303f\uff00-\uffef]+[^\s<>"'.,;:!?)\]\u3000-\u303f\uff00-\uffef]/g

/** One line of the thread, whoever it is from. */
interface Line {
  id: string
  mine: boolean
  name: string
  content: Content
  quotes?: string | null
  at: Date
  state: string
  preview?: string | undefined
  item?: Item
}

const fromServer = (message: Message): Line => ({
  ...message,
  mine: message.author === "contact",
  at: new Date(message.at),
})
const fromOutbox = (item: Item): Line => ({
  ...item,
  mine: true,
  name: "",
  at: new Date(item.at),
  preview: item.preview,
  item,
})

/** Do these two lines stand together, under one name and one time? */
const joins = (one?: Line, other?: Line) =>
  !!one &&
  !!other &&
  one.mine === other.mine &&
  one.name === other.name &&
  other.at.getTime() - one.at.getTime() < 3e5 &&
  day(one.at) === day(other.at)

/** A part of the text that is an address becomes a link; everything stays text. */
function linked(text: string): (Node | string)[] {
  const parts: (Node | string)[] = []
  let from = 0
  for (const found of text.matchAll(ADDRESS)) {
    parts.push(
      text.slice(from, found.index),
      h("a", { href: found[0], target: "_blank", rel: "noopener noreferrer nofollow" }, found[0]),
    )
    from = found.index + found[0].length
  }
  return [...parts, text.slice(from)]
}

// signed addresses of our own store only
const own = (media: Media | undefined) => (media?.url?.startsWith("/media/") ? media.url : undefined)

const about = (line: Line) => !!line.quotes && h("q", { class: "about", dir: "auto" }, line.quotes)

function body(line: Line): HTMLElement {
  const { kind, text, media } = line.content
  if (line.state === "unsent") return h("p", { class: "gone" }, words.withdrawn)
  if (kind === "text") return h("p", { class: "bubble", dir: "auto" }, ...linked(text ?? ""))
  const address = line.preview ?? own(media)
  const name = media?.name || line.item?.file?.name || (kind === "image" ? words.picture : words.file)
  if (kind === "image" && address) {
    const image = h("img", { src: address, alt: name, loading: "lazy" })
    if (media?.width && media.height) Object.assign(image, { width: media.width, height: media.height })
    return line.preview
      ? h("span", { class: "picture" }, image)
      : h("a", { class: "picture", href: address, target: "_blank", rel: "noopener" }, image)
  }
  if (media || line.item?.file) {
    const bytes = media?.size || line.item?.file?.size || 0
    const inside = [icon(FILE), h("span", {}, h("b", {}, name), bytes > 0 && h("small", {}, size(bytes)))]
    return address
      ? h("a", { class: "bubble doc", href: address, target: "_blank", rel: "noopener" }, ...inside)
      : h("p", { class: "bubble doc" }, ...inside)
  }
  return h("p", { class: "bubble", dir: "auto" }, ...linked(text || `[${kind}]`))
}

function fate(line: Line, retry: (item: Item) => void): HTMLElement {
  const { item } = line
  if (item?.state === "failed") {
    const again = h("button", { type: "button", class: "again" }, words.retry)
    again.onclick = () => retry(item)
    return h("p", { class: "fate bad" }, `${words.failed} · `, again)
  }
  const became = item
    ? words[item.state as "sending" | "waiting" | "kept"]
    : line.state === "read"
      ? words.read
      : words.kept
  return h(
    "p",
    { class: "fate" },
    h("time", { dateTime: line.at.toISOString() }, time(line.at)),
    line.mine && ` · ${became}`,
  )
}

/** Draws into `log`; `retry` sends a failed item again. */
export function thread(log: HTMLElement, retry: (item: Item) => void) {
  const drawn = new Map<string, { look: string; node: HTMLElement }>()

  /** Put a node that looks so at this key, reusing the one that is there already. */
  function piece(key: string, look: string, make: () => HTMLElement): HTMLElement {
    const before = drawn.get(key)
    if (before?.look === look) return before.node
    const node = make()
    drawn.set(key, { look, node })
    return node
  }

  return (messages: Message[], items: Item[], typing: string | undefined): void => {
    const lines = [...messages.map(fromServer), ...items.map(fromOutbox)]
    const nodes: HTMLElement[] = []
    lines.forEach((line, index) => {
      const before = lines[index - 1]
      const after = lines[index + 1]
      const first = !joins(before, line)
      const last =
        !joins(line, after) || line.item?.state !== after?.item?.state || (line.mine && line.state !== after?.state)
      const today = day(line.at)
      if (!before || day(before.at) !== today)
        nodes.push(piece(`day ${line.at.toDateString()}`, today, () => h("h2", { class: "day" }, h("span", {}, today))))
      const look = JSON.stringify([
        line.content.text,
        line.content.media?.key,
        line.content.media?.name,
        line.state,
        line.item?.state,
        first,
        last,
        line.name,
        line.quotes,
      ])
      nodes.push(
        piece(line.id, look, () =>
          h(
            "article",
            {
              class: `line ${line.mine ? "mine" : "theirs"}${first ? " first" : ""}${last ? " last" : ""}${line.item ? ` ${line.item.state}` : ""}`,
              "aria-label": line.mine ? words.you : line.name,
            },
            !line.mine &&
              first &&
              h(
                "p",
                { class: "who" },
                h("span", { class: "face", "aria-hidden": "true" }, [...line.name][0] ?? ""),
                line.name,
              ),
            about(line),
            body(line),
            last && fate(line, retry),
          ),
        ),
      )
    })
    if (typing !== undefined)
      nodes.push(
        piece("typing", typing, () =>
          h(
            "p",
            { class: "typing" },
            h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
            typing ? say(words.typing, typing) : words.typingNobody,
          ),
        ),
      )
    const wanted = new Set(nodes)
    for (const [key, { node }] of drawn) if (!wanted.has(node)) drawn.delete(key)
    for (const child of Array.from(log.children)) if (!wanted.has(child as HTMLElement)) child.remove()
    nodes.forEach((node, index) => {
      if (log.children[index] !== node) log.insertBefore(node, log.children[index] ?? null)
    })
  }
}
