/**
 * Draws a PDF inside a frame that has no origin, no cookies and no way out: a hostile file meets only this.
 *
 * From the desk: `{ pdf }` the bytes, `{ zoom }` a factor. To the desk: `{ ready }`, `{ pages }`, `{ problem }`.
 * Scripts of the file are never run, links never followed; a page is drawn when it comes into sight.
 */
import { getDocument, type PDFDocumentProxy } from "pdfjs-dist"
// @ts-expect-error: it comes without types
import * as worker from "pdfjs-dist/build/pdf.worker.min.mjs"
import "./pdf-frame.css"

declare const __PDF_VERSION__: string
const MOST_PAGES = 300
const SHARPEST = 4096 // pixels along an edge
const parts = `/assets/pdf-${__PDF_VERSION__}/`
const main = document.querySelector("main")!
const drawn = new Map<HTMLCanvasElement, number>()
let zoom = 1

// In a frame without an origin no worker can be started: what it does is done here.
Object.assign(globalThis, { pdfjsWorker: worker })
const say = (told: object) => parent.postMessage(told, "*")

async function draw(file: PDFDocumentProxy, canvas: HTMLCanvasElement, number: number): Promise<void> {
  const width = Number.parseFloat(canvas.style.width)
  if (drawn.get(canvas) === width) return
  drawn.set(canvas, width)
  const page = await file.getPage(number)
  const plain = page.getViewport({ scale: 1 })
  const sharp = Math.min((width / plain.width) * devicePixelRatio, SHARPEST / Math.max(plain.width, plain.height))
  const viewport = page.getViewport({ scale: sharp })
  const fresh = new OffscreenCanvas(Math.ceil(viewport.width), Math.ceil(viewport.height))
  await page.render({ canvas: fresh as unknown as HTMLCanvasElement, viewport }).promise
  Object.assign(canvas, { width: fresh.width, height: fresh.height })
  canvas.getContext("2d")?.drawImage(fresh, 0, 0)
  const text = await page.getTextContent()
  canvas.textContent = text.items.map((item) => ("str" in item ? item.str : "")).join(" ") // for those who listen
}

async function show(bytes: ArrayBuffer): Promise<void> {
  const file = await getDocument({
    data: bytes,
    cMapUrl: `${parts}cmaps/`,
    standardFontDataUrl: `${parts}standard_fonts/`,
    wasmUrl: `${parts}wasm/`,
    useWorkerFetch: false,
    isEvalSupported: false,
    enableXfa: false,
    stopAtErrors: false,
    maxImageSize: 40_000_000,
  } as Parameters<typeof getDocument>[0]).promise
  const sight = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries)
        if (isIntersecting)
          void draw(file, target as HTMLCanvasElement, Number((target as HTMLElement).dataset["page"]))
    },
    { rootMargin: "600px" },
  )
  const first = (await file.getPage(1)).getViewport({ scale: 1 })
  const canvases: HTMLCanvasElement[] = []
  for (let number = 1; number <= Math.min(file.numPages, MOST_PAGES); number++) {
    const canvas = document.createElement("canvas")
    canvas.dataset["page"] = String(number)
    canvas.setAttribute("role", "img")
    canvas.setAttribute("aria-label", `${number} / ${file.numPages}`)
    canvas.style.aspectRatio = String(first.width / first.height)
    canvases.push(canvas)
  }
  const place = () => {
    const width = Math.min(innerWidth - 40, 900) * zoom
    for (const canvas of canvases) {
      canvas.style.width = `${width}px`
      sight.unobserve(canvas)
      sight.observe(canvas)
    }
  }
  main.replaceChildren(...canvases)
  place()
  addEventListener("resize", place)
  addEventListener("message", ({ data, source }: MessageEvent<{ zoom?: number }>) => {
    if (source !== parent || !data.zoom) return
    zoom = Math.min(4, Math.max(0.5, zoom * data.zoom))
    place()
  })
  await draw(file, canvases[0]!, 1)
  say({ pages: file.numPages })
}

addEventListener("message", ({ data, source }: MessageEvent<{ pdf?: ArrayBuffer }>) => {
  if (source !== parent || !data.pdf) return
  show(data.pdf).catch((error: unknown) =>
    say({ problem: error instanceof Error && error.name === "PasswordException" ? "locked" : "broken" }),
  )
})
say({ ready: true })
