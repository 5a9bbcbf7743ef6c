/** Random values that a form offers: a token, and a key in the shape WeChat asks for. Made here, from the browser's own source of chance. */

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

function letters(count: number): string {
  let made = ""
  while (made.length < count) {
    for (const byte of crypto.getRandomValues(new Uint8Array(count))) {
      // 248 = 4 × 62: bytes above would make the first letters likelier than the others
      if (byte < 248 && made.length < count) made += LETTERS[byte % 62]
    }
  }
  return made
}

/** 32 letters and digits. */
export function token(): string {
  return letters(32)
}

/** 43 characters that decode, with one `=` added, to 32 bytes: the shape of an EncodingAESKey. Its 43rd character carries only 4 bits. */
export function aesKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  const key = btoa(String.fromCharCode(...bytes)).replace(/=$/, "")
  // platforms take letters and digits only
  return /[+/]/.test(key) ? aesKey() : key
}

/** The value for a setting that says how it may be generated. */
export function generate(kind: "" | "token" | "aes_key"): string {
  return kind === "aes_key" ? aesKey() : kind === "token" ? token() : ""
}
