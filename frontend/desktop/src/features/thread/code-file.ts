/** A QR code, given in rows of 0 and 1, as a picture that can be sent: dark on white with a quiet edge. */
const MODULE = 8
const QUIET = 4

/** null where the browser draws none. */
export async function drawn(rows: readonly string[]): Promise<File | null> {
  if (!rows.length) return null
  const canvas = document.createElement("canvas")
  canvas.width = canvas.height = (rows.length + 2 * QUIET) * MODULE
  const pen = canvas.getContext("2d")
  if (!pen) return null
  pen.fillStyle = "#fff"
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.fillStyle = "#000"
  rows.forEach((row, y) =>
    [...row].forEach((dark, x) => {
      if (dark === "1") pen.fillRect((x + QUIET) * MODULE, (y + QUIET) * MODULE, MODULE, MODULE)
    }),
  )
  const body = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"))
  return body && new File([body], "code.png", { type: "image/png" })
}
