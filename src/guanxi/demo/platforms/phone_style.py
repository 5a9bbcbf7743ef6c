"""How the page of a simulated platform looks: its frame and its style, as templates with $names."""

PAGE = """<!doctype html>
<html lang="$lang"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>$title</title><style>$style</style></head><body>
<aside>
  <header><h1>$title</h1><a class="lang" href="$other_address">$other</a></header>
  <p class="explain">$explain</p>
  <h2>$customers</h2>
  <nav>$people</nav>
  <form class="join" method="post" action="/do">$hidden
    <input name="text" placeholder="$new" aria-label="$new" maxlength="20" autocomplete="off" required>
    <button name="deed" value="join">$join</button>
  </form>
</aside>
<main><div class="phone">
  <div class="status" aria-hidden="true"><span>$clock</span><em></em><span>▮▮▮ 5G</span></div>
  <header><bdi>$name</bdi></header>
  <section id="thread" aria-live="polite">$thread</section>
  <form class="say" method="post" action="/do">$hidden
    <button name="deed" value="say" hidden tabindex="-1"></button>
    <div class="deeds">$buttons</div>
    <div class="row"><input name="text" placeholder="$say" aria-label="$say" maxlength="2000" autocomplete="off" required autofocus>
    <button name="deed" value="say">$send</button></div>
  </form>
</div></main>
<script>
const thread = document.getElementById("thread")
const form = document.querySelector("form.say")
const whose = new URLSearchParams({ as: form.elements.as?.value ?? "", lang: form.elements.lang.value })
const bottom = () => { thread.scrollTop = thread.scrollHeight }
let last = ""
async function look() {
  try {
    const now = await (await fetch("/thread?" + whose)).text()
    if (now !== last) {
      const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 60 || !last
      last = now; thread.innerHTML = now; if (atEnd) bottom()
      for (const image of thread.querySelectorAll("img")) image.onload = () => atEnd && bottom()
    }
  } catch {}
  setTimeout(look, 800)
}
form.addEventListener("submit", async event => {
  event.preventDefault()
  const sent = new URLSearchParams(new FormData(form, event.submitter))
  if (!sent.has("deed")) sent.set("deed", "say")
  const said = sent.get("deed") === "say"
  if (said) form.text.value = ""
  await fetch("/do", { method: "POST", body: sent })
  bottom()
})
bottom(); look()
</script></body></html>
"""

STYLE = """
*{box-sizing:border-box;margin:0}
:root{color-scheme:light;--ink:$ink;--accent:$accent;--line:#0000001a}
body{font:15px/1.5 system-ui,"PingFang SC","Hiragino Sans","Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:#22262b;
  min-height:100dvh;display:grid;grid-template-columns:minmax(240px,340px) 1fr;background:#f3f1ec}
aside{padding:28px 24px;background:#fffefb;border-right:1px solid var(--line);display:flex;flex-direction:column;gap:14px}
aside header{display:flex;align-items:baseline;justify-content:space-between;gap:12px}
h1{font-size:20px;line-height:1.25;letter-spacing:-.01em}
h2{font-size:13px;font-weight:600;color:#62676e;margin-top:10px}
.lang{color:#50565e;font-size:13px;white-space:nowrap}
.explain{color:#50565e;font-size:13.5px}
nav{display:grid;gap:4px}
nav a{display:flex;gap:12px;align-items:center;padding:9px 10px;border-radius:12px;color:inherit;text-decoration:none}
nav a:hover{background:#00000009}
nav a[aria-current]{background:color-mix(in srgb,var(--accent) 13%,transparent)}
nav span{min-width:0;display:grid}
nav small{color:#62676e;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
nav b{font-weight:600}
i{flex:none;width:40px;height:40px;border-radius:12px;display:grid;place-items:center;font-style:normal;font-weight:600;
  color:hsl(var(--hue) 45% 28%);background:hsl(var(--hue) 55% 87%)}
.join{display:flex;gap:8px;margin-top:6px}
input{font:inherit;color:inherit;min-width:0;flex:1;padding:9px 13px;border:1px solid #00000026;border-radius:10px;background:#fff}
button{font:inherit;cursor:pointer;border:0;border-radius:10px;padding:9px 15px;background:#0000000d;color:inherit}
button:hover{background:#00000018}
:is(a,input,button):focus-visible{outline:2px solid var(--accent);outline-offset:2px}
main{display:grid;place-items:center;padding:28px}
.phone{width:min(400px,100%);height:min(800px,calc(100dvh - 56px));display:flex;flex-direction:column;overflow:hidden;
  background:$ground;color:var(--ink);border:10px solid #17191c;border-radius:46px;
  box-shadow:0 0 0 2px #3a3d42,0 30px 60px -18px #1a140a66,0 12px 24px -12px #1a140a40}
.status{display:grid;grid-template-columns:1fr auto 1fr;align-items:center;padding:9px 22px 5px;font-size:12px;font-weight:600;
  background:$bar}
.status em{width:88px;height:22px;border-radius:12px;background:#17191c}
.status span:last-child{text-align:right;font-size:10px}
.phone>header{padding:7px 18px 11px;text-align:center;font-weight:600;font-size:16px;background:$bar;border-bottom:1px solid var(--line)}
section{flex:1;overflow-y:auto;padding:16px 14px;display:flex;flex-direction:column;gap:9px;overscroll-behavior:contain}
section div{display:flex;flex-direction:column;max-width:80%}
section div:last-child{animation:come .22s ease-out}
section div small{font-size:11.5px;color:#33383fcc;margin:0 6px 2px}
section p{padding:8px 12px;border-radius:16px;overflow-wrap:anywhere;white-space:pre-wrap}
.me{align-self:flex-end;align-items:flex-end}
.me p{background:$mine;border-bottom-right-radius:5px;color:#10190c}
.shop{align-self:flex-start;align-items:flex-start}
.shop p{background:$theirs;border-bottom-left-radius:5px;color:#191c1f;box-shadow:0 1px 1px #0000000d}
.pic p{padding:4px}
.gone p{text-decoration:line-through;opacity:.6}
img{display:block;max-width:100%;max-height:240px;border-radius:12px}
time{align-self:center;font-size:11.5px;color:#33383fcc}
.empty{margin:auto;color:#33383fd0;text-align:center}
.writing p{display:flex;gap:4px;align-items:center;color:#50565e}
.writing s{width:6px;height:6px;border-radius:3px;background:#848a92;animation:wait 1s infinite alternate}
.writing s:nth-child(2){animation-delay:.2s}.writing s:nth-child(3){animation-delay:.4s}
.writing span{font-size:12.5px;margin-left:5px}
.say{background:$bar;border-top:1px solid var(--line);padding:9px 12px 20px;display:grid;gap:8px}
.deeds{display:flex;gap:6px;overflow-x:auto;scrollbar-width:none}
.deeds button{flex:none;padding:4px 11px;font-size:12.5px;border-radius:99px;background:#ffffffb8}
.deeds button:hover{background:#fff}
.row{display:flex;gap:8px}
.row button{background:var(--accent);color:#fff;font-weight:600}
.row button:hover{background:color-mix(in srgb,var(--accent) 86%,#000)}
@keyframes come{from{opacity:0;transform:translateY(6px)}}
@keyframes wait{to{opacity:.25}}
@media(min-width:761px){aside,main{position:sticky;top:0;height:100dvh}nav{overflow:auto;flex:1;align-content:start;margin:0 -10px}}
@media (prefers-reduced-motion:reduce){*{animation:none!important}}
@media (max-width:760px){body{grid-template-columns:1fr}aside{padding:16px;border:0}
  .explain,h2{display:none}nav{display:flex;overflow-x:auto}nav small{display:none}nav b{white-space:nowrap}main{padding:8px}
  .phone{height:calc(100dvh - 210px);border-radius:28px;border-width:6px}}
"""
