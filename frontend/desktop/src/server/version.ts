/** Whether the server has a newer desk than the one that runs here. */

const EVERY = 10 * 60_000
const ENTRY = /<script[^>]+src="(\/assets\/[^"]+)"/

/** Looks when the desk is come back to, at most every ten minutes; `found` once, when there is another one. */
export function watchVersion(found: () => void): () => void {
  const own = document.querySelector<HTMLScriptElement>("script[type=module][src^='/assets/']")?.getAttribute("src")
  let looked = Date.now()
  let told = !own
  const look = async () => {
    if (told || document.hidden || Date.now() - looked < EVERY) return
    looked = Date.now()
    const page = await fetch("/", { cache: "no-store" }).catch(() => null)
    const now = page?.ok ? ENTRY.exec(await page.text())?.[1] : undefined
    if (now && now !== own && !told) {
      told = true
      found()
    }
  }
  const timer = setInterval(() => void look(), EVERY)
  const back = () => void look()
  document.addEventListener("visibilitychange", back)
  return () => {
    clearInterval(timer)
    document.removeEventListener("visibilitychange", back)
  }
}
