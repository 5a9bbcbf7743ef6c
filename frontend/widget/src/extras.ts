/**
 * What few visitors need, fetched when one does: the form before the first word, an address for the answer, a rating
 * at the end, consent to visits. Each draws into a place that it is given; `h` is the frame's own.
 */

import type { h as element } from "./dom"
import type en from "../words-extras/en.json"

declare const __WORDS__: typeof en
declare const __STYLE__: string
type H = typeof element

export interface Question {
  key: string
  kind: "text" | "long" | "email" | "phone" | "choice"
  required: boolean
  label: string
  choices: { value: string; label: string }[]
}

const EMAIL = /^[^@\s<>"]+@[^@\s<>"]+\.[^@\s<>".]+$/
const PHONE = /^[+0-9][0-9 ().\-/]{3,38}$/
const words = __WORDS__
let styled = false
let asked = 0

function dress(h: H): void {
  if (!styled) document.head.append(h("style", {}, __STYLE__))
  styled = true
}

/** One labelled field; `wrong()` shows and returns what is the matter with it. */
function field(h: H, question: Question, answer: string) {
  const { key, kind, required, label, choices } = question
  const id = `ask-${++asked}`
  const about = { id, name: key, required, "aria-describedby": `${id}-wrong` }
  const chips = kind === "choice" && choices.length < 5
  const radios = chips
    ? choices.map(({ value }) => h("input", { type: "radio", name: key, value, checked: value === answer }))
    : []
  const control = chips
    ? h(
        "span",
        { class: "chips" },
        ...choices.map((choice, at) => h("label", {}, radios[at], h("span", { dir: "auto" }, choice.label))),
      )
    : kind === "choice"
      ? h(
          "select",
          about,
          h("option", { value: "" }, words.choose),
          ...choices.map(({ value, label }) => h("option", { value }, label)),
        )
      : kind === "long"
        ? h("textarea", { ...about, rows: 3, maxLength: 2000 })
        : h("input", {
            ...about,
            type: kind === "phone" ? "tel" : kind,
            maxLength: 200,
            autocomplete: kind === "phone" ? "tel" : kind === "email" ? "email" : key === "name" ? "name" : "on",
            dir: "auto",
          })
  if (!chips) (control as HTMLInputElement).value = answer
  const problem = h("p", { class: "bad", id: `${id}-wrong` })
  const value = () =>
    (chips ? (radios.find((radio) => radio.checked)?.value ?? "") : (control as HTMLInputElement).value).trim()
  const name = [label, !required && h("small", {}, ` ${words.optional}`)]
  const row = chips
    ? h("fieldset", {}, h("legend", { dir: "auto" }, ...name), control, problem)
    : h("p", { class: "row" }, h("label", { htmlFor: id, dir: "auto" }, ...name), control)
  if (!chips) row.append(problem)
  return {
    key,
    row,
    value,
    focus: () => (radios[0] ?? control).focus(),
    wrong(): string {
      const given = value()
      const wrong =
        (required && !given && words.missing) ||
        (given && kind === "email" && !EMAIL.test(given) && words.badEmail) ||
        (given && kind === "phone" && !PHONE.test(given) && words.badPhone) ||
        ""
      problem.textContent = wrong
      control.setAttribute("aria-invalid", `${!!wrong}`)
      return wrong
    },
  }
}

/** The questions before the first word; `done` gets the answers by their keys. */
export function form(
  h: H,
  intro: string,
  questions: Question[],
  before: Record<string, string>,
  done: (answers: Record<string, string>) => void,
): HTMLElement {
  dress(h)
  const fields = questions.map((question) => field(h, question, before[question.key] ?? ""))
  const made = h(
    "form",
    { class: "card", noValidate: true },
    intro && h("p", { class: "intro", dir: "auto" }, intro),
    ...fields.map(({ row }) => row),
    h("button", { type: "submit", class: "yes" }, words.start),
  )
  made.onsubmit = (event) => {
    event.preventDefault()
    const wrong = fields.filter((one) => one.wrong())
    if (wrong[0]) return wrong[0].focus()
    done(Object.fromEntries(fields.map((one) => [one.key, one.value()])))
  }
  made.oninput = (event) => fields.find(({ row }) => row.contains(event.target as Node))?.wrong()
  return made
}

/** An address for the answer; `leave` is given it with the words that were agreed to. */
export function email(
  h: H,
  consent: string,
  leave: (address: string, consent: string) => Promise<unknown>,
): HTMLElement {
  dress(h)
  const one = field(h, { key: "email", kind: "email", required: true, label: words.email, choices: [] }, "")
  const agreed = consent || words.emailConsent
  const failed = h("p", { class: "bad", role: "alert" })
  const card = h(
    "form",
    { class: "card", noValidate: true },
    h("b", {}, words.emailAsk),
    one.row,
    h("p", { class: "fine", dir: "auto" }, agreed),
    failed,
    h("button", { type: "submit", class: "yes" }, words.emailSend),
  )
  card.onsubmit = async (event) => {
    event.preventDefault()
    if (one.wrong()) return one.focus()
    try {
      await leave(one.value(), agreed)
      card.replaceChildren(
        h(
          "p",
          { role: "status" },
          words.emailKept.replace("{name}", () => one.value()),
        ),
      )
    } catch {
      failed.textContent = words.notSent
    }
  }
  return card
}

const STAR = "M10 2.6l2.3 4.8 5.2.7-3.8 3.7.9 5.2-4.6-2.5L5.4 17l.9-5.2L2.5 8.1l5.2-.7z"

/** One to five stars and a word; `give` brings them home, `later` puts them away. */
export function rating(
  h: H,
  icon: (path: string) => SVGElement,
  give: (score: number, word: string) => Promise<unknown>,
  later: () => void,
): HTMLElement {
  dress(h)
  const names = [words.rate1, words.rate2, words.rate3, words.rate4, words.rate5]
  const said = h("p", { class: "fine", "aria-live": "polite" })
  const radios = names.map((name, at) =>
    h("input", { type: "radio", name: "score", value: `${at + 1}`, "aria-label": name }),
  )
  const stars = radios.map((radio) => h("label", {}, radio, icon(STAR)))
  const word = h("textarea", { rows: 2, maxLength: 1000, placeholder: words.rateWord, "aria-label": words.rateWord })
  const failed = h("p", { class: "bad", role: "alert" })
  const no = h("button", { type: "button", class: "no" }, words.later)
  const more = h("div", { hidden: true }, word, failed)
  const send = h("button", { type: "submit", class: "yes", hidden: true }, words.rateSend)
  const card = h(
    "form",
    { class: "card" },
    h("fieldset", {}, h("legend", {}, words.rate), h("span", { class: "stars" }, ...stars), said),
    more,
    h("span", { class: "ends" }, send, no),
  )
  const score = () => radios.findIndex((radio) => radio.checked) + 1
  card.onchange = () => {
    stars.forEach((star, at) => star.classList.toggle("on", at < score()))
    said.textContent = names[score() - 1] ?? ""
    more.hidden = send.hidden = !score()
    card.scrollIntoView({ block: "nearest" })
  }
  card.onsubmit = async (event) => {
    event.preventDefault()
    try {
      await give(score(), word.value.trim())
      card.replaceChildren(h("p", { role: "status" }, words.rateThanks))
    } catch {
      failed.textContent = words.notSent
    }
  }
  no.onclick = later
  return card
}

/** How somebody stands who waits. `opens` is a time, where we are closed and open again; `asks`: he may choose another way. */
export interface Wait {
  ahead: number
  minutes: number | null
  closed: boolean
  opens: string | null
  asks: boolean
  elsewhere: boolean
  wish: "" | "call_back" | "later"
}
const put = (template: string, name: string | number) => template.replace("{name}", () => `${name}`)

function sentence(now: Wait): string {
  if (!now.closed) {
    const about = now.minutes ? put(words.waitAbout, now.minutes) : ""
    return now.ahead ? put(words.waitAhead, now.ahead) + about : words.waitNext
  }
  if (!now.opens) return words.waitClosed
  const at = new Date(now.opens)
  const soon = at.getTime() - Date.now() < 6 * 864e5
  const time = new Intl.DateTimeFormat(document.documentElement.lang, {
    weekday: "long",
    hour: "numeric",
    minute: "2-digit",
    hourCycle: "h23",
    ...(!soon && { month: "long", day: "numeric" }),
  })
  return put(words.waitOpens, time.format(at))
}

/** The line above the composer, and other ways than waiting. Returns what draws it; `choose` opens the card of a way. */
export function line(h: H, place: HTMLElement, choose: (way: "call" | "mail" | "later" | "else") => void) {
  dress(h)
  const said = h("p", { class: "stand" })
  const heard = h("p", { class: "unheard", role: "status" }) // once, and when it is nearly his turn
  const ways = h("p", { class: "ways" })
  place.append(said, heard, ways)
  let drawn = ""
  let told = ""
  return (now: Wait | null, mail: boolean): void => {
    place.hidden = !now
    if (!now) return void (told = heard.textContent = "")
    const text = (said.textContent = sentence(now))
    const moment = now.closed ? "closed" : now.ahead < 2 ? `${now.ahead}` : "waits"
    if (told !== moment) heard.textContent = text
    told = moment
    const look = JSON.stringify([now.asks, now.elsewhere, now.wish, mail])
    if (look === drawn) return // a button keeps its focus
    drawn = look
    const button = (label: string, way: Parameters<typeof choose>[0]) => {
      const made = h("button", { type: "button" }, label)
      made.onclick = () => choose(way)
      return made
    }
    const wish = now.wish === "call_back" ? words.waitCall : now.wish ? words.waitLater : ""
    ways.replaceChildren(
      ...(now.asks && !wish
        ? [
            button(words.callMe, "call"),
            mail ? button(words.mailMe, "mail") : button(words.laterHere, "later"),
            now.elsewhere ? button(words.elsewhere, "else") : "",
          ]
        : [wish]),
    )
  }
}

interface Tools {
  post: (path: string, body: object) => Promise<unknown>
  done: () => void
}

/** Another way than waiting: a number to call, an address, or another channel. */
export function way(h: H, kind: string, consent: string, { post, done }: Tools): HTMLElement {
  if (kind === "else") return elsewhere(h, post, done)
  const wish = (body: object) => post("/wish", body).then(done)
  if (kind === "later") {
    wish({ wish: "later" }).catch(done)
    return h("span")
  }
  if (kind === "mail")
    return email(h, consent, async (address, agreed) => {
      await post("/email", { email: address, consent: agreed })
      await wish({ wish: "later" })
    })
  dress(h)
  const one = field(h, { key: "phone", kind: "phone", required: true, label: words.phone, choices: [] }, "")
  const failed = h("p", { class: "bad", role: "alert" })
  const no = h("button", { type: "button", class: "no" }, words.later)
  const card = h(
    "form",
    { class: "card", noValidate: true },
    h("b", {}, words.callAsk),
    one.row,
    h("p", { class: "fine" }, words.callFine),
    failed,
    h("span", { class: "ends" }, h("button", { type: "submit", class: "yes" }, words.callMe), no),
  )
  no.onclick = done
  card.onsubmit = (event) => {
    event.preventDefault()
    if (one.wrong()) return one.focus()
    wish({ wish: "call_back", phone: one.value() }).catch(() => (failed.textContent = words.notSent))
  }
  return card
}

/** Where the talk can go on, then what takes him there: a picture to scan, an address, a line to send. */
function elsewhere(h: H, post: Tools["post"], done: () => void): HTMLElement {
  dress(h)
  const body = h("div", { class: "places" })
  const failed = h("p", { class: "bad", role: "alert" })
  const no = h("button", { type: "button", class: "no" }, words.later)
  no.onclick = done
  const fail = () => (failed.textContent = words.notSent)
  const go = async (id: string, name: string) => {
    failed.textContent = ""
    const { code, address, picture } = (await post("/crossings", { place: id })) as {
      code: string
      address: string
      picture: string[]
    }
    const open = h("a", { class: "yes", href: address, target: "_blank", rel: "noopener" }, put(words.elseOpen, name))
    body.replaceChildren(
      ...(picture.length ? [scan(picture), h("p", { class: "fine" }, words.elseScan)] : []),
      ...(address.startsWith("https:") ? [open] : []),
      h("p", {}, put(words.elseCode, name)),
      h("code", {}, code),
      h("p", { class: "fine" }, words.elseAlone),
    )
    no.scrollIntoView({ block: "nearest" })
  }
  ;(post("/crossings", {}) as Promise<{ places: { id: string; name: string; channel: string }[] }>)
    .then(({ places }) =>
      body.replaceChildren(
        ...places.map(({ id, name, channel }) => {
          const made = h("button", { type: "button" }, h("bdi", {}, name), h("small", {}, channel))
          made.onclick = () => void go(id, name).catch(fail)
          return made
        }),
        places.length ? "" : words.elseNone,
      ),
    )
    .catch(fail)
  return h(
    "div",
    { class: "card" },
    h("b", {}, words.elseAsk),
    h("p", { class: "fine" }, words.elseFine),
    body,
    failed,
    h("span", { class: "ends" }, no),
  )
}

/** Rows of 0 and 1 as a drawing with the white edge that cameras look for. */
function scan(rows: string[]): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  const side = rows.length + 8
  svg.setAttribute("viewBox", `-4 -4 ${side} ${side}`)
  svg.setAttribute("class", "scan")
  svg.setAttribute("role", "img")
  svg.setAttribute("aria-label", words.elseScan)
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path")
  const dots = rows.flatMap((row, y) => [...row].map((dark, x) => (dark === "1" ? `M${x} ${y}h1v1h-1z` : "")))
  path.setAttribute("d", dots.join(""))
  svg.append(path)
  return svg
}

/** May we see which pages? Or, once it is allowed: taking it back. */
export function visits(h: H, allowed: boolean, decide: (yes: boolean, words: string) => void): HTMLElement {
  dress(h)
  const yes = h("button", { type: "button", class: "yes" }, words.visitsYes)
  const no = h("button", { type: "button", class: "no" }, allowed ? words.visitsBack : words.visitsNo)
  const card = h(
    "div",
    { class: allowed ? "card quiet" : "card" },
    h("p", {}, allowed ? words.visitsOn : words.visits),
    h("span", { class: "ends" }, !allowed && yes, no),
  )
  yes.onclick = () => decide(true, words.visits)
  no.onclick = () => decide(false, "")
  return card
}
