/** The chat itself: holds what is known, and puts thread, composer and the way to the desk together. */

import { brand } from "./color"
import { composer } from "./composer"
import { h, icon } from "./dom"
import { embedded, keep, listen, tell, type Init, type Visit } from "./host"
import * as link from "./link"
import type { Down, Hello, Message } from "./link"
import { newId, Outbox } from "./outbox"
import { thread } from "./thread"
import { words } from "./words"
import type { Wait } from "./extras"

type Extras = typeof import("./extras")
/** What few need is fetched when one does; its address changes with its content. */
const extras = () => import(/* @vite-ignore */ `../extras.${words.lang}.js?%extras%`) as Promise<Extras>
const DOWN = "M5 8l5 5 5-5"

let page: { page?: string | undefined; language?: string | undefined } = {}
let visitor: string | null = null // what we speak with: the browser, or the customer who signed in to the shop
let browser: string | null = null // kept for the next visit
let identify: string | null | undefined
let settings: Hello["settings"] = { title: "", greeting: "", away_text: "", online: true, color: "" }
let before: string | null = null
let messages: Message[] = []
let open = false
let typing: { name: string; timer: number } | undefined
let touch: ReturnType<typeof link.stay> | undefined
let seen = ""
let loading = false
let form: Hello["form"] = null
let email: Hello["email"] = null
let rating: string | null = null
let got: Hello | undefined // the desk's first answer, and its latest
let invited = "" // the words of a rule that spoke first
let consent: string | undefined // "yes" or "no", once it was said
let given = "" // the card of the rating that was given
let later = "" // the rating that was put off
let told: string | undefined // answers to the form as JSON; "sent" when the desk has them
let wait: Wait | null = null // how he stands
let way = "" // another one than waiting, as it is being chosen
let shown = "" // the card that stands under the thread

const outbox = new Outbox(deliver, draw, notice)
const mark = h("span", { class: "mark", "aria-hidden": "true" })
const title = h("h1", {}, words.title)
const status = h("p", { class: "status" })
const close = h("button", { type: "button", class: "close", "aria-label": words.close, title: words.close }, icon(DOWN))
const takeHome = h(
  "button",
  { type: "button", class: "close", "aria-label": words.transcript, title: words.transcript, hidden: true },
  icon("M10 3v10M6 9.5l4 4 4-4M4 16.5h12"),
)
const bar = h("p", { class: "notice", role: "status", hidden: true })
const greeting = h("div", { class: "greeting" })
const older = h("button", { type: "button", class: "older", hidden: true }, words.earlier)
const log = h("div", { role: "log", "aria-live": "polite", "aria-label": words.log })
const card = h("section", {})
const help = h("section", { class: "help", hidden: true }) // where the help centre will stand
const scroll = h("main", { tabIndex: -1 }, greeting, help, older, log, card)
const stand = h("section", { class: "wait", hidden: true })
const fresh = h("button", { type: "button", class: "fresh", hidden: true }, words.newest, icon(DOWN))
const draws = thread(log, (item) => outbox.retry(item))
const write = composer(
  ({ text, files }) => {
    for (const file of files) outbox.add({ kind: file.type.startsWith("image/") ? "image" : "file" }, file)
    if (text) outbox.add({ kind: "text", text })
    toEnd()
  },
  (on) => says(on),
)
document.body.append(
  h("header", {}, mark, h("div", {}, title, status), takeHome, close),
  bar,
  scroll,
  h("footer", {}, fresh, stand, write.form),
  h("div", { class: "drop", "aria-hidden": "true" }, words.drop),
)

// ---- the way to the desk

async function greet(begin: boolean | "visit" = false): Promise<void> {
  got = await link.hello({ visitor: browser, identify: identify ?? undefined, begin, ...page })
  settings = got.settings
  form = got.form
  email = got.email
  rating = got.rating
  before = got.next_before
  if (got.browser && got.browser !== browser) keep("browser", (browser = got.browser))
  if (identify) {
    tell("event", got.identified === "yes", "identified")
    if (got.identified !== "yes")
      tell("warn", `the signed customer was refused: ${got.identified}. The visitor stays anonymous.`)
  }
  if (visitor !== got.visitor) {
    visitor = got.visitor
    messages = []
    touch?.leave()
    touch = visitor ? link.stay(visitor, newest, hear, reach, () => void meet()) : undefined
  }
  take(got.messages)
  look()
}

let meeting = 0
async function meet(tries = 0): Promise<void> {
  clearTimeout(meeting)
  try {
    await greet()
    reach(true)
    void outbox.run()
  } catch {
    reach(false)
    meeting = setTimeout(() => void meet(tries + 1), Math.min(30_000, 1000 * 2 ** tries) * (0.75 + Math.random() / 2))
  }
}

/** Bring one item to the desk. A browser becomes a visitor with the first thing it says, not before. */
async function deliver(item: Outbox["items"][number]): Promise<void> {
  if (!visitor) await greet(true)
  try {
    if (item.file && !item.content.media) {
      const put = await link.upload(visitor!, item.file)
      item.content = { kind: put.kind, media: { ...put.media, name: item.file.name } }
    }
    const answers = told && told !== "sent" ? (JSON.parse(told) as object) : undefined
    await link.send(visitor!, item.id, item.content, { ...page, answers })
    if (answers) keep("told", (told = "sent"))
  } catch (error) {
    if (error instanceof link.Refused && error.code === "answers") {
      keep("told", null) // the questions have changed meanwhile
      told = undefined
      await greet()
    }
    if (error instanceof link.Refused && error.status === 401) {
      visitor = null
      if (!identify) browser = null
    }
    throw error
  }
}

const newest = () => messages.at(-1)?.at ?? ""

function hear(down: Down): void {
  if (down.type === "message" || down.type === "changed") {
    if (down.author !== "contact") {
      stopTyping()
      if (down.type === "message") tell("event", undefined, "message")
    }
    take([down])
  } else if (down.type === "typing") {
    stopTyping()
    if (down.on) typing = { name: down.name, timer: setTimeout(() => (stopTyping(), draw()), 6000) }
    draw()
  } else if (down.type === "online") {
    settings.online = down.online
    look()
  } else if (down.type === "rate") {
    rating = down.id
    offer()
  } else if (down.type === "wait") void stands(down.wait)
}

/** How he stands: a line above the composer. It changes quietly, and is gone when somebody is there. */
let line: ReturnType<Extras["line"]> | undefined
async function stands(now: Wait | null): Promise<void> {
  wait = now
  if (now)
    line ??= (await extras()).line(h, stand, (to) => {
      way = way === to ? "" : to
      offer()
    })
  else if (way !== "else") way = ""
  line?.(wait, !!email)
  offer()
}

function stopTyping(): void {
  clearTimeout(typing?.timer)
  typing = undefined
}

let said = 0
function says(on: boolean): void {
  if (on ? Date.now() - said < 3000 : !said) return
  said = on ? Date.now() : 0
  touch?.typing(on)
}

function take(rows: Message[]): void {
  if (!rows.length) return draw()
  const known = new Map(messages.map((message) => [message.id, message]))
  for (const row of rows) {
    if (row.author === "bot") {
      // the greeting stands above the thread already
      if (row.content.text === settings.greeting || (!settings.online && row.content.text === settings.away_text))
        continue
      row.name ||= settings.title
    }
    known.set(row.id, row)
    outbox.confirmed(row.id)
  }
  takeHome.hidden = false
  messages = [...known.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.seq - b.seq))
  draw()
}

// ---- what is seen

function reach(up: boolean): void {
  if (!up) notice("offline")
  else if (bar.dataset.reason === "offline") notice("")
}

function notice(reason: "slow" | "busy" | "offline" | ""): void {
  bar.dataset.reason = reason
  bar.hidden = !reason
  bar.textContent = reason && words[reason]
}

function look(): void {
  title.textContent = settings.title || words.title
  document.title = title.textContent
  mark.textContent = [...title.textContent][0] ?? ""
  status.textContent = settings.online ? words.online : words.away
  status.classList.toggle("on", settings.online)
  const hi = invited || settings.greeting || words.greeting
  greeting.replaceChildren(
    h("p", { class: hi.length > 36 ? "hi long" : "hi", dir: "auto" }, hi),
    settings.online ? "" : h("p", { class: "gone-home", dir: "auto" }, settings.away_text || words.awayText),
  )
  older.hidden = !before
  takeHome.hidden = !messages.length
  help.hidden = !settings.help
  paint(settings.color)
  offer()
}

/** Which card is due: the questions before the first word, or an address for the answer. */
function offer(): void {
  const spoken = messages.some((message) => message.author === "contact")
  if (form && !told && !spoken && (shown === "form" || !outbox.items.length)) {
    const { intro, fields } = form
    void put("form", (extra) =>
      extra.form(h, intro, fields, {}, (answers) => {
        keep("told", (told = JSON.stringify(answers)))
        void put("")
        write.focus()
      }),
    )
  } else if (way) {
    void put(`way ${way}`, (extra) =>
      extra.way(h, way, email?.words ?? "", {
        post: (path, body) => link.post(path, { visitor, id: newId(), ...page, ...body }),
        done: () => {
          way = ""
          offer()
        },
      }),
    )
  } else if (rating && rating !== later) {
    const id = rating
    void put(`rate ${id}`, (extra) =>
      extra.rating(
        h,
        icon,
        (score, word) => {
          given = shown
          return link.rate(visitor!, id, score, word)
        },
        () => {
          keep("later", (later = id))
          offer()
        },
      ),
    )
  } else if (shown && shown === given) {
    // the thanks stay
  } else if (email && spoken && !settings.online) {
    const { words } = email
    void put("email", (extra) =>
      extra.email(h, words, (address, consent) => link.leaveEmail(visitor!, newId(), address, consent, page)),
    )
  } else if (got && got.visits !== "off" && embedded && (consent === "yes" || (got.visits === "ask" && !consent))) {
    void put(`visits ${consent}`, (extra) => extra.visits(h, consent === "yes", (yes, words) => void agree(yes, words)))
  } else void put("")
}

/** We may see which pages are looked at, or no longer. Only a yes makes a browser a visitor. */
async function agree(yes: boolean, words: string): Promise<void> {
  try {
    if (!visitor && yes) await greet("visit")
    if (visitor) await link.consent(visitor, yes, words)
    consent = yes ? "yes" : "no"
    tell("consent", consent)
  } catch {
    notice("busy")
  }
  offer()
}

let visiting = Promise.resolve()
function visits(seen: Visit): void {
  visiting = visiting.then(async () => {
    try {
      if (!visitor) await greet("visit")
      await link.visit(visitor!, seen).catch(async (error: unknown) => {
        if (!(error instanceof link.Refused) || error.code !== "no_consent") return
        await link.consent(visitor!, true, "") // the shop's own page has asked
        await link.visit(visitor!, seen)
      })
    } catch {
      // it is not worth a word
    }
  })
}

/** A rule wants to speak first: only to who is in no conversation. */
async function invite(id: string): Promise<void> {
  const hasGreeted = () => !!got
  for (let tries = 0; !hasGreeted() && tries < 50; tries++) await new Promise((resolve) => setTimeout(resolve, 200))
  const text = got?.greetings[id]
  if (!text || got?.talking || outbox.items.length || open) return
  invited = text
  look()
  tell("greet", text, words.close)
}

async function put(kind: string, make?: (extra: Extras) => HTMLElement): Promise<void> {
  if (shown === kind) return
  shown = kind
  document.body.classList.toggle("asked", kind === "form")
  card.replaceChildren()
  try {
    const made = make?.(await extras())
    if (!made || shown !== kind) return
    const stick = atEnd()
    card.replaceChildren(made)
    if (kind === "form") focus()
    else if (stick || way) toEnd()
    if (way) card.querySelector("input")?.focus()
  } catch {
    shown = ""
    document.body.classList.remove("asked") // whoever cannot be asked may speak
  }
}

const dark = matchMedia("(prefers-color-scheme:dark)")
function paint(color: string): void {
  const { style, dataset } = document.documentElement
  const [fill, ink] = brand(color, dataset.theme ? dataset.theme === "dark" : dark.matches) ?? []
  if (!fill || !ink) return
  style.setProperty("--accent", fill)
  style.setProperty("--accent-ink", ink)
  keep("look", `${fill} ${ink} ${color}`)
  tell("look", `${fill} ${ink}`)
}
dark.onchange = () => paint(settings.color)

const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60
const toEnd = () => {
  scroll.scrollTop = scroll.scrollHeight
  fresh.hidden = true
}

function draw(): void {
  offer()
  const stick = atEnd() || !messages.length
  const had = log.childElementCount
  draws(messages, outbox.items, typing?.name)
  if (stick) toEnd()
  else if (log.childElementCount > had && messages.at(-1)?.author !== "contact" && seen < newest()) fresh.hidden = false
  readAlong()
}

/** What the visitor has in view counts as read; the rest is the launcher's number. */
function readAlong(): void {
  const theirs = messages.filter((message) => message.author !== "contact" && message.state !== "unsent")
  const last = theirs.at(-1)
  if (last && open && document.visibilityState === "visible" && fresh.hidden && last.at > seen) {
    seen = last.at
    keep("seen", seen)
    if (last.state !== "read" && visitor) link.read(visitor, last.at).catch(() => (seen = ""))
  }
  tell("event", open ? 0 : theirs.filter((message) => message.state !== "read" && message.at > seen).length, "unread")
}

async function loadOlder(): Promise<void> {
  if (!before || loading || !visitor) return
  loading = true
  try {
    const got = await link.messages(visitor, `before=${encodeURIComponent(before)}`)
    before = got.next_before
    const left = scroll.scrollHeight - scroll.scrollTop
    take(got.rows)
    older.hidden = !before
    scroll.scrollTop = scroll.scrollHeight - left
  } catch {
    // the button stays
  }
  loading = false
}

older.onclick = () => void loadOlder()
fresh.onclick = () => {
  toEnd()
  readAlong()
}
let ended = true
scroll.onscroll = () => {
  if (scroll.scrollTop < 40) void loadOlder()
  ended = atEnd()
  if (ended && !fresh.hidden) {
    fresh.hidden = true
    readAlong()
  }
}
log.addEventListener("load", () => atEnd() && toEnd(), true)
new ResizeObserver(() => ended && toEnd()).observe(scroll)
close.onclick = () => tell("close")
takeHome.onclick = async () => {
  if (!visitor) return
  try {
    const file = URL.createObjectURL(await link.transcript(visitor, words.you))
    h("a", { href: file, download: `${title.textContent}.txt` }).click()
    setTimeout(() => URL.revokeObjectURL(file), 60_000)
  } catch {
    notice("busy")
  }
}
document.onvisibilitychange = readAlong
addEventListener("keydown", (event) => event.key === "Escape" && !event.isComposing && tell("close"))
addEventListener("offline", () => reach(false))

let dragged = 0
const drag = (on: number) => {
  dragged = Math.max(0, on)
  document.body.classList.toggle("dragged", dragged > 0)
}
addEventListener("dragenter", (event) => event.dataTransfer?.types.includes("Files") && drag(dragged + 1))
addEventListener("dragleave", () => drag(dragged - 1))
addEventListener("dragover", (event) => event.preventDefault())
addEventListener("drop", (event) => {
  event.preventDefault()
  drag(0)
  write.take(event.dataTransfer?.files ?? [])
})

function show(on: boolean): void {
  open = on
  if (on) {
    toEnd()
    focus()
  }
  readAlong()
}

function focus(): void {
  // on a phone the keyboard would cover the greeting
  if (!open || !matchMedia("(pointer: fine)").matches) return
  const question = shown === "form" && card.querySelector<HTMLElement>("input,select,textarea")
  if (question) question.focus({ preventScroll: true })
  else write.focus()
}

listen(
  (init: Init) => {
    page = { page: init.page, language: init.language ?? words.lang }
    browser = init.kept.browser || null
    seen = init.kept.seen ?? ""
    told = init.kept.told
    later = init.kept.later ?? ""
    consent = init.kept.consent
    identify = init.identify
    document.documentElement.dataset.theme = init.theme ?? ""
    paint(init.kept.look?.split(" ").pop() ?? "")
    // who comes from another channel brings a code: it stands ready to be sent
    write.restore(new URLSearchParams(location.search).get("go") ?? init.kept.draft)
    close.hidden = parent === window
    look()
    outbox.restore(init.kept.outbox)
    show(init.open)
    void meet()
  },
  (told) => {
    if (told.g === "show") show(told.open)
    if (told.g === "greet") void invite(told.id)
    if (told.g === "visit") visits(told)
    if (told.g === "consent") {
      consent = told.yes ? "yes" : "no"
      if (visitor) link.consent(visitor, told.yes, "").catch(() => {})
      offer()
    }
    if (told.g === "identify" && told.identify !== identify) {
      identify = told.identify
      void meet()
    }
  },
)
