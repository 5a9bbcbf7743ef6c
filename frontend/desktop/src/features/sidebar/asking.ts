/** Whom one writes with in WeCom: its client tells a page in its side bar by a script of its own, if the page is signed. */
import { call, Refused } from "@/server/http.ts"

/** Why there is no answer. `detail` is a reason of the channel's, or what the client said. */
export class NoAnswer extends Error {
  constructor(
    readonly why: "elsewhere" | "script" | "unsigned" | "unknown" | "refused" | "nobody" | "failed",
    readonly detail = "",
  ) {
    super(`${why} ${detail}`)
  }
}

type Signature = { timestamp: number; nonceStr: string; signature: string }
type Failing = { errMsg?: string }
/** What we need of WeCom's script. */
type Script = {
  register(options: {
    corpId: string
    agentId: string
    jsApiList: string[]
    getConfigSignature(url: string): Promise<Signature>
    getAgentConfigSignature(url: string): Promise<Signature>
    onConfigFail(failing: Failing): void
    onAgentConfigFail(failing: Failing): void
  }): void
  getCurExternalContact(): Promise<{ userId?: string }>
}
declare global {
  interface Window {
    ww?: Script
  }
}

const PATIENCE_MS = 20_000
const NEEDED = ["getCurExternalContact"]
/** WeCom's own client, on a desktop or a phone. */
const inWeCom = () => /\bwxwork\//i.test(navigator.userAgent)
const here = () => location.href.split("#")[0]!

/** The script is let in by the document of this page only, not by one that led here, such as that of the sign-in. */
function landedHere(): boolean {
  const [landed] = performance.getEntriesByType("navigation")
  return !landed || new URL(landed.name).pathname === location.pathname
}

/** Asks who is open beside the page; `inbox` names the app that speaks for us. Rejects with NoAnswer. */
export async function askWeCom(inbox: string): Promise<string> {
  if (!inWeCom()) throw new NoAnswer("elsewhere")
  if (!landedHere()) {
    location.reload()
    return new Promise(() => {})
  }
  const signed = await sign(inbox, here())
  const script = await load(signed.sdk_url)
  const at = async (url: string, which: "config" | "agent_config"): Promise<Signature> => {
    const { timestamp, nonce, signature } = (url === here() ? signed : await sign(inbox, url))[which]
    return { timestamp, nonceStr: nonce, signature }
  }
  return new Promise((resolve, reject) => {
    let warned = "" // one of the two may be refused and the other be enough
    const warn = (failing: Failing) => void (warned ||= said(failing))
    const refuse = (failing: unknown) => reject(refusal(said(failing) || warned))
    setTimeout(() => refuse(warned || "timeout"), PATIENCE_MS)
    try {
      script.register({
        corpId: signed.corp_id,
        agentId: signed.agent_id,
        jsApiList: NEEDED,
        getConfigSignature: (url) => at(url, "config"),
        getAgentConfigSignature: (url) => at(url, "agent_config"),
        onConfigFail: warn,
        onAgentConfigFail: warn,
      })
      script
        .getCurExternalContact()
        .then(({ userId }) => (userId ? resolve(userId) : reject(new NoAnswer("nobody"))), refuse)
    } catch (error) {
      refuse(error)
    }
  })
}

async function sign(inbox: string, url: string) {
  try {
    return await call("GET", "/api/inboxes/{inbox_id}/wecom-signature", { path: { inbox_id: inbox }, query: { url } })
  } catch (error) {
    if (!(error instanceof Refused)) throw new NoAnswer("failed")
    if (error.code === "platform_refused") throw new NoAnswer("unsigned", String(error.body["reason"] ?? ""))
    throw new NoAnswer(error.fields["url"] ? "unsigned" : error.status < 500 ? "unknown" : "failed")
  }
}

function load(address: string): Promise<Script> {
  if (window.ww) return Promise.resolve(window.ww)
  return new Promise((resolve, reject) => {
    const script = document.createElement("script")
    const fail = () => {
      script.remove()
      reject(new NoAnswer("script"))
    }
    script.src = address
    script.addEventListener("error", fail)
    script.addEventListener("load", () => (window.ww ? resolve(window.ww) : fail()))
    document.head.append(script)
  })
}

const said = (failing: unknown) =>
  typeof failing === "string"
    ? failing
    : ((failing as Failing | null)?.errMsg ?? (failing as Error | null)?.message ?? "")

/** The client says in the same way that the page may not ask, and that nobody is open beside it. */
const refusal = (message: string) =>
  /without context|no context/i.test(message) ? new NoAnswer("nobody") : new NoAnswer("refused", message.slice(0, 200))
