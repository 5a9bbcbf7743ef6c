"""What a customer sees who has told who he is: one sentence, in his language, without a script."""

from __future__ import annotations

from collections.abc import Mapping

import jinja2

WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "zh-CN": {
        "thanks": ("谢谢！", "我们知道怎么称呼您了。可以返回聊天了。"),
        "declined": ("没关系", "不提供也可以继续聊天。返回即可。"),
        "unknown": ("先打个招呼吧", "请先在聊天里发一条消息，再打开这个链接。"),
        "old": ("链接过期了", "请再点一次，在这个手机上完成。"),
        "no_answer": ("暂时连不上", "平台没有回应，请稍后再试。"),
        "slow": ("稍等一下", "点得太快了，请一分钟后再试。"),
        "nothing": ("这里没有内容", "请检查链接是否完整。"),
        "again": ("再试一次", ""),
    },
    "en": {
        "thanks": ("Thank you!", "Now we know what to call you. You can go back to the chat."),
        "declined": ("That is fine", "You can go on chatting without it. Just go back."),
        "unknown": ("Say hello first", "Please write to us in the chat once, then open this link again."),
        "old": ("This link has run out", "Please tap it again, and finish on this phone."),
        "no_answer": ("Not reachable just now", "The platform did not answer. Please try again in a while."),
        "slow": ("One moment", "That was very fast. Please try again in a minute."),
        "nothing": ("There is nothing here", "Please check that the link is complete."),
        "again": ("Try again", ""),
    },
}

PAGE = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""<!doctype html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{{ title }}</title>
<style>
:root { --ink: #1a1c1e; --ink-2: #474c50; --ground: #fdfdfb; --accent: #2f4a8a; --done: #1c6b45; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e3; --ink-2: #b4b8b8; --ground: #16181b; --accent: #9db4f0; --done: #78c79d; } }
body { display: grid; place-content: center; justify-items: center; gap: .5rem; min-height: 100dvh; margin: 0; padding: 1.5rem;
  box-sizing: border-box; text-align: center; color: var(--ink); background: var(--ground);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
svg { width: 44px; height: 44px; margin-bottom: .5rem; fill: none; stroke: var(--done); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
h1 { margin: 0; font-size: 20px; font-weight: 600; }
p { max-width: 24rem; margin: 0; color: var(--ink-2); text-wrap: balance; }
a { display: inline-block; min-height: 44px; padding: 0 1.25rem; margin-top: 1rem; line-height: 44px; border-radius: 6px;
  color: var(--ground); background: var(--accent); text-decoration: none; }
</style>
</head>
<body>
{% if what == "thanks" %}
<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="m8 12.5 2.7 2.7L16 9.5"/></svg>
{% endif %}
<h1>{{ title }}</h1>
<p>{{ text }}</p>
{% if again %}<a href="{{ again }}">{{ retry }}</a>{% endif %}
</body>
</html>
""")


def page(what: str, wanted: str, again: str = "") -> bytes:
    """`wanted` is an Accept-Language header; `again` an address to begin anew at."""
    language = "zh-CN" if wanted.strip().lower().startswith("zh") else "en"
    words = WORDS[language]
    title, text = words[what]
    return PAGE.render(
        language=language, what=what, title=title, text=text, again=again, retry=words["again"][0]
    ).encode()
