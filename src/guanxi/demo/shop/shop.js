// The shop's own script: the chat's queue, the switch that signs Chen Yu in, and the buttons that open the chat.
window.Guanxi = window.Guanxi || function () { (Guanxi.q = Guanxi.q || []).push(arguments) }

const who = document.getElementById("who")
const orders = document.getElementById("orders")

async function signIn(on) {
  who.setAttribute("aria-pressed", on)
  who.querySelector("span").textContent = on ? who.dataset.out : who.dataset.in
  orders.hidden = !on
  sessionStorage.signedIn = on ? "yes" : ""
  // the token comes from the shop's server, which shares a secret with the chat
  const token = on ? (await (await fetch("/token")).json()).token : null
  Guanxi("identify", token)
}

who.addEventListener("click", () => signIn(who.getAttribute("aria-pressed") !== "true"))
document.querySelectorAll("[data-ask]").forEach((button) => button.addEventListener("click", () => Guanxi("open")))
if (sessionStorage.signedIn) signIn(true)
