/** A still picture out of a film, taken by the browser: platforms show one before the film plays. */
const PATIENCE = 8000
const WIDEST = 1024

/** Null where the browser cannot play the film; the server then has a neutral picture. */
export async function stillOf(film: Blob): Promise<File | null> {
  const video = document.createElement("video")
  const url = URL.createObjectURL(film)
  video.muted = true
  video.playsInline = true
  video.preload = "auto"
  try {
    const seen = new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(false), PATIENCE)
      video.addEventListener("error", () => resolve(false))
      video.addEventListener("seeked", () => resolve(true))
      // The very first picture of a film is often black.
      video.addEventListener("loadeddata", () => (video.currentTime = Math.min(1, video.duration / 3 || 0)))
    })
    video.src = url
    return (await seen) ? await drawn(video) : null
  } catch {
    return null
  } finally {
    video.removeAttribute("src")
    URL.revokeObjectURL(url)
  }
}

async function drawn(video: HTMLVideoElement): Promise<File | null> {
  const scale = Math.min(1, WIDEST / Math.max(video.videoWidth, video.videoHeight, 1))
  const canvas = document.createElement("canvas")
  canvas.width = Math.round(video.videoWidth * scale)
  canvas.height = Math.round(video.videoHeight * scale)
  const pen = canvas.getContext("2d")
  if (!pen || !canvas.width || !canvas.height) return null
  pen.drawImage(video, 0, 0, canvas.width, canvas.height)
  const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.82))
  return picture && new File([picture], "still.jpg", { type: "image/jpeg" })
}
