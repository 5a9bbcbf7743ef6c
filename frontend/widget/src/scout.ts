/**
 * On pages of a shop that wants it: speaks first by the inbox's rules, once a day and never into a conversation; and
 * tells which pages are looked at, once that is allowed. The launcher of an inbox that has a plan fetches it.
 */

interface Plan {
  visits: "off" | "ask" | "shop"
  rules: { id: string; url: string; seconds: number; visits: number }[]
}
declare const __PLAN__: Plan // the server writes it before this script

/** What the launcher lends: by place, since its own names are gone when it is built. */
export type Inside = [
  kept: () => Record<string, unknown>,
  save: (key: string, value: unknown) => void,
  tell: (told: object) => void,
  hears: Record<string, (told: { g: string; key: string; value: unknown }) => void>,
  commands: Record<string, (...rest: never[]) => void>,
  fetchChat: () => void,
  shadow: ShadowRoot,
  side: string,
  isReady: () => boolean,
  isOpen: () => boolean,
  unknown: [name: string, ...rest: unknown[]][],
]

/** Does the address match? `*` stands for anything; what begins with / is looked for behind the host. */
export function matches(pattern: string, address: string): boolean {
  if (!pattern) return true
  const { origin } = new URL(address)
  const whole = pattern.startsWith("/") ? origin + pattern : pattern
  const parts = whole.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${parts.join(".*")}$`).test(whole.includes("?") ? address : address.replace(/[?#].*/, ""))
}

const CSS = `p{position:fixed;z-index:2147483000;bottom:calc(92px + env(safe-area-inset-bottom));max-width:min(300px,calc(100% - 40px));margin:0;padding:12px 40px 12px 14px;box-sizing:border-box;border-radius:12px;background:Canvas;color:CanvasText;font:14px/1.5 system-ui;box-shadow:0 0 0 1px #8884,0 6px 24px #0003;cursor:pointer;white-space:pre-line;overflow-wrap:anywhere}
p button{all:unset;position:absolute;top:0;right:0;bottom:auto;left:auto;width:40px;height:44px;border-radius:8px;background:none;color:inherit;box-shadow:none;text-align:center;font:20px/44px system-ui;cursor:pointer}
p button:hover{transform:none}
p button:focus-visible{outline:2px solid;outline-offset:-6px}`

export function scout(...inside: Inside): void {
  const [kept, save, tell, hears, commands, fetchChat, shadow, side, isReady, isOpen, unknown] = inside
  const { visits, rules } = __PLAN__
  const today = new Date().toDateString()
  let last = ""
  let since = 0
  let timers: number[] = []
  let due = ""
  let bubble: HTMLElement | undefined

  const allowed = () => visits !== "off" && kept().consent === "yes"
  const away = () => {
    bubble?.remove()
    bubble = undefined
  }
  const tellOf = () => {
    if (!isReady()) return fetchChat()
    if (due) tell({ g: "greet", id: due })
    if (allowed() && last)
      tell({ g: "visit", url: last, title: document.title, from: document.referrer, stayed: Math.round(since) })
  }
  const arrive = () => {
    if (location.href === last) return
    const now = Date.now()
    since = last ? (now - Number(kept().at || now)) / 1000 : Math.min(86400, (now - Number(kept().at || now)) / 1000)
    last = location.href
    timers.forEach(clearTimeout)
    away()
    let pages = 1
    if (allowed()) {
      // counted only where that is allowed
      save("pages", (pages = Number(kept().pages || 0) + 1))
      save("at", now)
      tellOf()
    }
    if (kept().greeted === today) return
    timers = rules
      .filter((rule) => rule.visits <= pages && matches(rule.url, last))
      .map((rule) =>
        setTimeout(() => {
          if (isOpen() || due || kept().greeted === today) return
          due = rule.id
          if (isReady()) tell({ g: "greet", id: due })
          else fetchChat()
        }, rule.seconds * 1000),
      )
  }
  const begin = hears.ready!
  hears.ready = (told) => {
    begin(told)
    tellOf()
  }
  /** The frame knows the words, and that no conversation is open. */
  hears.greet = (told) => {
    if (isOpen() || kept().greeted === today) return
    save("greeted", today)
    bubble = document.createElement("p")
    bubble.setAttribute("role", "status")
    bubble.dir = "auto"
    bubble.style.cssText = `${side}:20px`
    bubble.textContent = `${told.value}`
    const close = document.createElement("button")
    close.textContent = "×"
    close.setAttribute("aria-label", told.key)
    close.onclick = (event) => {
      event.stopPropagation()
      away()
    }
    bubble.onclick = () => commands.open!()
    bubble.append(close)
    shadow.append(bubble)
  }
  hears.consent = (told) => {
    save("consent", told.value)
    if (told.value === "yes") {
      last = ""
      arrive()
    } else {
      save("pages", undefined)
      save("at", undefined)
    }
  }
  commands.consent = ((yes: unknown) => {
    if (visits === "off") return
    save("consent", yes ? "yes" : "no")
    fetchChat()
    tell({ g: "consent", yes: !!yes })
    if (yes) {
      last = ""
      arrive()
    }
  }) as never
  shadow.querySelector("button")!.addEventListener("click", away)
  try {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(CSS)
    shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet]
  } catch {
    shadow.append(Object.assign(document.createElement("style"), { textContent: CSS }))
  }
  arrive()
  for (const [name, ...rest] of unknown) commands[name]?.(...(rest as never[])) // said before we were here
  setInterval(arrive, 1000) // shops whose pages change without being loaded
}
