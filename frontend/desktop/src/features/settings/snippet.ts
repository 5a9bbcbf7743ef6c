/** The code a shop pastes into its pages, and the few lines by which its server says who has signed in. */
import type { Channel } from "@/server/types.ts"

/** A channel that is put on the shop's own pages. It is the one channel whose other end is ours too. */
export function hasSnippet(channel: Pick<Channel, "key">): boolean {
  return channel.key === "webchat"
}

/** Two lines for every page: a place to queue what the page says early, and the loader. Its address is the one that the
 * installation calls itself; where nobody has said one, the one that this desk was opened at. */
export function snippetFor(address: string, publicUrl: string | null): string {
  const origin = publicUrl ?? location.origin
  return `<script>window.Guanxi=window.Guanxi||function(){(Guanxi.q=Guanxi.q||[]).push(arguments)}</script>
<script async src="${origin}/chat/${address}/widget.js"></script>`
}

export const pageSample = `<script>Guanxi("identify", "TOKEN_FROM_YOUR_SERVER")</script>`

export type SampleLanguage = "python" | "php" | "node"
export const samples: Record<SampleLanguage, { title: string; code: string }> = {
  python: {
    title: "Python",
    code: `import base64, hashlib, hmac, json, os, time

def signed(customer):
    claims = {
        "id": str(customer.id),
        "name": customer.name,
        "email": customer.email,
        "exp": int(time.time()) + 3600,
    }
    secret = os.environ["GUANXI_IDENTIFY_SECRET"].encode()
    part = b64url(json.dumps(claims).encode())
    mark = b64url(hmac.digest(secret, part, hashlib.sha256))
    return (part + b"." + mark).decode()

def b64url(plain):
    return base64.urlsafe_b64encode(plain).rstrip(b"=")`,
  },
  php: {
    title: "PHP",
    code: `function b64url($bytes) {
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}
function signed($customer) {
    $part = b64url(json_encode(['id' => (string) $customer->id,
        'name' => $customer->name, 'email' => $customer->email,
        'exp' => time() + 3600]));
    $secret = getenv('GUANXI_IDENTIFY_SECRET');
    return $part . '.' . b64url(hash_hmac('sha256', $part, $secret, true));
}`,
  },
  node: {
    title: "Node",
    code: `import { createHmac } from "node:crypto"

export function signed(customer) {
  const part = Buffer.from(JSON.stringify({
    id: String(customer.id), name: customer.name, email: customer.email,
    exp: Math.floor(Date.now() / 1000) + 3600,
  })).toString("base64url")
  const mark = createHmac("sha256", process.env.GUANXI_IDENTIFY_SECRET)
    .update(part).digest("base64url")
  return part + "." + mark
}`,
  },
}
