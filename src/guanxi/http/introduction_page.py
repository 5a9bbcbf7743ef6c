"""What a customer sees who has told who he is: one sentence, in his language, without a script."""

from __future__ import annotations

from collections.abc import Mapping

import jinja2

from guanxi.conversations import tongue

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
    "zh-TW": {
        "thanks": ("謝謝！", "我們知道怎麼稱呼您了，可以回到聊天了。"),
        "declined": ("沒關係", "不提供也可以繼續聊天，返回即可。"),
        "unknown": ("先打聲招呼吧", "請先在聊天裡傳一則訊息，再開啟這個連結。"),
        "old": ("連結已過期", "請再點一次，並在這支手機上完成。"),
        "no_answer": ("暫時無法連線", "平台沒有回應，請稍後再試。"),
        "slow": ("請稍等", "點得太快了，請一分鐘後再試。"),
        "nothing": ("這裡沒有內容", "請確認連結是否完整。"),
        "again": ("再試一次", ""),
    },
    "ja": {
        "thanks": ("ありがとうございます", "お名前を承りました。チャットにお戻りください。"),
        "declined": ("かしこまりました", "このままチャットを続けられます。そのままお戻りください。"),
        "unknown": ("先にひとことお送りください", "チャットで一度メッセージを送ってから、このリンクを開いてください。"),
        "old": ("リンクの期限が切れました", "もう一度タップし、この端末で完了してください。"),
        "no_answer": (
            "ただいま接続できません",
            "プラットフォームから応答がありません。しばらくしてからお試しください。",
        ),
        "slow": ("少々お待ちください", "操作が速すぎます。1 分後にもう一度お試しください。"),
        "nothing": ("ここには何もありません", "リンクが途中で切れていないかご確認ください。"),
        "again": ("もう一度試す", ""),
    },
    "ko": {
        "thanks": ("감사합니다!", "이제 어떻게 불러 드릴지 알게 되었습니다. 채팅으로 돌아가세요."),
        "declined": ("괜찮습니다", "제공하지 않아도 계속 채팅할 수 있습니다. 그대로 돌아가세요."),
        "unknown": ("먼저 인사를 남겨 주세요", "채팅에서 메시지를 한 번 보낸 뒤 이 링크를 다시 열어 주세요."),
        "old": ("링크가 만료되었습니다", "다시 누르고 이 휴대폰에서 마쳐 주세요."),
        "no_answer": ("지금은 연결할 수 없습니다", "플랫폼이 응답하지 않았습니다. 잠시 후 다시 시도해 주세요."),
        "slow": ("잠시만요", "너무 빨리 눌렀습니다. 1분 뒤에 다시 시도해 주세요."),
        "nothing": ("여기에는 아무것도 없습니다", "링크가 온전한지 확인해 주세요."),
        "again": ("다시 시도", ""),
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
    language = tongue(wanted.strip())
    words = WORDS[language]
    title, text = words[what]
    return PAGE.render(
        language=language, what=what, title=title, text=text, again=again, retry=words["again"][0]
    ).encode()
