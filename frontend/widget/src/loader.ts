/** The launcher on the shop's page: one button in a shadow root; the chat itself is fetched on intent. */

import type { Inside } from "./scout"

declare const __PLANNED__: boolean // by the build: is there a plan to fetch, once the page is quiet?

type Command = [name: string, ...rest: unknown[]]
type Told = { g: string; key: string; value: unknown }
type Page = { Guanxi?: ((...command: Command) => void) & { q?: Command[]; on?: boolean } }

;(() => {
  const script = document.currentScript as HTMLScriptElement
  const page = window as Page
  if (page.Guanxi?.on) return
  const {
    inbox = script.src.split("/").slice(-2)[0],
    color = "#2f4a8a",
    theme = "light dark",
    side = "right",
    lang,
  } = script.dataset
  const root = script.src.replace(/\/chat\/.*/, "/chat")
  const origin = new URL(root).origin
  const key = `guanxi:${inbox}`
  const language = lang || document.documentElement.lang || navigator.language
  // 客服 is written alike in both Chinese scripts
  const words: Record<string, string> = { zh: "客服", ja: "お問い合わせ", ko: "문의하기" }
  const word = words[language.slice(0, 2)] ?? "Chat with us"
  const heard: Record<string, ((value: unknown) => void)[]> = {}
  const seen = window.visualViewport

  let identify: unknown
  let frame: HTMLIFrameElement | undefined
  let ready = false
  let open = false

  const host = document.createElement("div")
  const shadow = host.attachShadow({ mode: "open" })
  const css = `:host{all:initial;color-scheme:${theme}}
button{all:unset;position:fixed;z-index:2147483000;bottom:calc(20px + env(safe-area-inset-bottom));${side}:20px;width:56px;height:56px;border-radius:18px;border-bottom-${side}-radius:5px;background:var(--c);color:var(--i);cursor:pointer;display:grid;place-items:center;box-shadow:0 1px 2px #0003,0 6px 20px #0003;transition:transform .12s ease-out}
button:hover{transform:translateY(-2px)}
button:focus-visible{outline:2px solid CanvasText;outline-offset:3px}
svg{width:26px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.o path:first-child,path:nth-child(2){display:none}
.o path:nth-child(2){display:inline}
i{position:absolute;top:-6px;right:-6px;min-width:10px;padding:0 5px;border-radius:10px;background:#b02a1c;color:#fff;font:600 12px/20px system-ui;text-align:center;box-shadow:0 0 0 2px Canvas}
i:empty{display:none}
div{position:fixed;z-index:2147483000;bottom:calc(92px + env(safe-area-inset-bottom));${side}:20px;width:392px;height:640px;max-height:calc(100% - 112px);border-radius:12px;overflow:hidden;background:Canvas;box-shadow:0 0 0 1px #8884,0 2px 6px #0002,0 16px 48px #0003;transition:opacity .12s ease-out,transform .12s ease-out,visibility .12s}
div:not(.o){opacity:0;transform:translateY(8px);visibility:hidden}
iframe{border:0;width:100%;height:100%;display:block}
@media(max-width:480px){div{top:0;right:0;bottom:0;left:0;box-sizing:border-box;width:auto;height:auto;max-height:none;border-radius:0;padding:env(safe-area-inset-top) 0 env(safe-area-inset-bottom)}button.o{display:none}}
@media(prefers-reduced-motion){*{transition:none!important}}
@media print{:host{display:none}}`
  shadow.innerHTML = `<button type=button aria-label="${word}"><svg viewBox="0 0 26 26"><path d="M6 9h14M6 13.5h14M6 18h8"/><path d="M7 10.5l6 6 6-6"/></svg><i></i></button><div></div>`
  const [button, panel] = shadow.children as unknown as [HTMLButtonElement, HTMLElement]
  const badge = button.lastChild as HTMLElement
  try {
    // not an element: those are refused where the shop forbids inline styles
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    shadow.adoptedStyleSheets = [sheet]
  } catch {
    shadow.append(Object.assign(document.createElement("style"), { textContent: css }))
  }

  const kept = (): Record<string, unknown> => {
    try {
      return JSON.parse(localStorage[key])
    } catch {
      return {} // nothing yet, or a browser that stores nothing: each page is a new visitor
    }
  }
  const save = (name: string, value: unknown) => {
    try {
      localStorage[key] = JSON.stringify({ ...kept(), [name]: value })
    } catch {
      // full or forbidden
    }
  }
  const tell = (told: object) => ready && frame?.contentWindow?.postMessage(told, origin)
  const emit = (name: string, value?: unknown) => heard[name]?.forEach((hear) => hear(value))
  const paint = (look: string) => {
    const [fill, ink] = look.split(" ")
    host.style.cssText = `--c:${fill};--i:${ink || "#fff"}`
  }
  const fetchChat = () => {
    if (frame) return
    frame = document.createElement("iframe")
    frame.title = word
    frame.src = `${root}/${inbox}/frame?lang=${language}#${encodeURIComponent(location.origin)}`
    panel.append(frame)
  }
  // a phone's keyboard covers what is fixed to the page, so the panel follows what is left to see
  const fit = () => {
    const small = open && innerWidth <= 480
    const covered = small && seen && seen.height < innerHeight - 60
    document.documentElement.style.overflow = small ? "hidden" : ""
    panel.style.cssText = covered ? `bottom:auto;top:${seen.offsetTop}px;height:${seen.height}px` : ""
  }
  const show = (want: boolean) => {
    if (open === want) return
    open = want
    if (open) fetchChat()
    button.classList.toggle("o", open)
    button.setAttribute("aria-expanded", `${open}`)
    panel.classList.toggle("o", open)
    fit()
    tell({ g: "show", open })
    ;(open && frame ? frame : button).focus()
    emit(open ? "open" : "close")
  }
  const commands: Record<string, (...rest: never[]) => void> = {
    open: () => show(true),
    close: () => show(false),
    identify: (token) => tell({ g: "identify", identify: (identify = token) }),
    on: (name, hear) => (heard[name] ??= []).push(hear),
  }
  const unknown: Command[] = []
  const obey = ([name, ...rest]: Command) =>
    commands[name] ? commands[name](...(rest as never[])) : unknown.push([name, ...rest])

  const hears: Record<string, (told: Told) => void> = {
    ready: () => {
      ready = true
      tell({ g: "init", kept: kept(), identify, open, page: location.href, theme, language })
    },
    save: (told) => save(told.key, told.value),
    look: (told) => paint(`${told.value}`),
    close: () => show(false),
    warn: (told) => console.warn(`Guanxi: ${told.value}`),
    event: (told) => {
      if (told.key === "unread") badge.textContent = `${told.value || ""}`
      emit(told.key, told.value)
    },
  }
  addEventListener("message", (event) => {
    if (event.source === frame?.contentWindow && event.origin === origin) hears[event.data.g]?.(event.data)
  })
  button.onclick = () => show(!open)
  button.onpointerenter = button.onfocus = fetchChat
  button.onkeydown = (event) => event.key === "Escape" && show(false)
  seen?.addEventListener("resize", fit)

  const boot = () => {
    paint(`${kept().look || color}`)
    document.body.append(host)
    if (kept().browser) fetchChat() // somebody who has written before wants to know of an answer
    const early = page.Guanxi?.q
    page.Guanxi = Object.assign((...command: Command) => obey(command), { on: true })
    early?.forEach((command) => obey([...command]))
    if (!__PLANNED__) return
    const inside: Inside = [
      kept,
      save,
      tell,
      hears,
      commands,
      fetchChat,
      shadow,
      side,
      () => ready,
      () => open,
      unknown,
    ]
    import(/* @vite-ignore */ `${root}/${inbox}/scout.js`).then((it) => it.scout(...inside)).catch(() => {}) // the shop's page has nothing to say about it
  }
  // a page that is never idle waits two seconds; where there is no idling, the second argument is nothing
  const idle = () => (window.requestIdleCallback ?? setTimeout)(boot, { timeout: 2000 } as never)
  if (document.readyState === "complete") idle()
  else addEventListener("load", idle)
})()
