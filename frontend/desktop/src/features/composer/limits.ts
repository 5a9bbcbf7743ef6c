/** Does what is written fit what the channel carries? Pure. */
import type { Limit } from "@/server/types.ts"

const NEAR = 0.8
export type Fit = { used: number; most: number; unit: "characters" | "bytes"; over: boolean; near: boolean }

/** How full the tighter of the two limits is; null when the channel names none. Characters are what the platform counts. */
export function fit(text: string, limit: Limit | undefined): Fit | null {
  const fits: Fit[] = []
  const length = limit?.counted === "utf16" ? text.length : [...text].length
  if (limit?.characters) fits.push(measure(length, limit.characters, "characters"))
  if (limit?.bytes) fits.push(measure(new TextEncoder().encode(text).length, limit.bytes, "bytes"))
  return fits.sort((a, b) => b.used / b.most - a.used / a.most)[0] ?? null
}
function measure(used: number, most: number, unit: Fit["unit"]): Fit {
  return { used, most, unit, over: used > most, near: used > most * NEAR }
}

/** As what a file goes: sound and film as such where the channel carries these, else as a file. */
export function kindOfFile(file: Picked, sends: Record<string, Limit>): "image" | "voice" | "video" | "file" {
  const type = typeOf(file)
  if (type.startsWith("image/")) return "image"
  if (type.startsWith("audio/") && sends["voice"]) return "voice"
  return type.startsWith("video/") && sends["video"] ? "video" : "file"
}
type Picked = { type: string; name?: string }

/** Browsers do not know AMR by its name, and have a name of their own for M4A. */
const typeOf = ({ type, name = "" }: Picked) =>
  type === "audio/x-m4a" ? "audio/mp4" : type || (/\.amr$/i.test(name) ? "audio/amr" : "")

/** Why a picked file cannot go, as a word and with the limit that it breaks; null when it can. */
export function fileProblem(
  file: Picked & { size: number },
  sends: Record<string, Limit>,
): { code: "kind" | "type" | "size"; size: string; most: string; types: string } | null {
  const limit = sends[kindOfFile(file, sends)]
  const problem = (code: "kind" | "type" | "size") => ({
    code,
    size: megabytes(file.size, "up"),
    most: megabytes(limit?.bytes ?? 0, "down"),
    types: (limit?.types ?? []).map((type) => type.split("/")[1]!.replace("jpeg", "jpg").toUpperCase()).join(" · "),
  })
  if (!limit) return problem("kind")
  if (limit.types?.length && !limit.types.includes(typeOf(file))) return problem("type")
  return limit.bytes && file.size > limit.bytes ? problem("size") : null
}

/** As a person says it: a file of 10.01 MB is not "10 MB" beside a limit of 10 MB. */
function megabytes(bytes: number, way: "up" | "down"): string {
  const tenths = (bytes / 1024 / 1024) * 10
  return String((way === "up" ? Math.ceil(tenths) : Math.floor(tenths)) / 10)
}
