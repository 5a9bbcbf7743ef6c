/**
 * A real OpenID provider for the tests of the sign-on: oidc-provider, on loopback, with its own pages to sign in at.
 * Whoever signs in as NAME is the subject NAME; as an address he has that address, checked unless it begins with "unchecked".
 * Reads { issuer, port, jwks, back: [addresses] } from its standard input, says "ready", and ends with it.
 */
import Provider from "oidc-provider"

const lines = []
let begun = false
process.stdin.setEncoding("utf8")
process.stdin.on("data", (part) => {
  lines.push(part)
  if (!begun && lines.join("").includes("\n")) {
    begun = true
    serve(JSON.parse(lines.join("")))
  }
})
process.stdin.on("end", () => process.exit(0))

function serve({ issuer, port, jwks, back }) {
  const provider = new Provider(issuer, {
    jwks,
    clients: [
      {
        client_id: "guanxi",
        client_secret: "a secret: with /signs & 100%",
        redirect_uris: back.map((base) => `${base}/api/oidc/callback`),
        post_logout_redirect_uris: back.map((base) => `${base}/sign-in`),
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["only for tests"] },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: id.split("@")[0], email: id, email_verified: !id.startsWith("unchecked") }),
    }),
  })
  provider.listen(port, "127.0.0.1", () => console.log("ready"))
}
