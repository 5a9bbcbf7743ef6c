"""What is said to a customer who goes on with a conversation on another channel, in the five languages."""

from __future__ import annotations

from collections.abc import Mapping

# How to go on there: with an address, and where there is none. `where` is the account, `code` his alone.
FOLLOW: Mapping[str, str] = {
    "zh-CN": "您可以到「{where}」继续本次会话，记录和排队位置都会保留：\n{address}",
    "zh-TW": "您可以到「{where}」繼續這段對話，紀錄和順位都會保留：\n{address}",
    "en": "You can go on with this chat in “{where}”. What was said and your place are kept:\n{address}",
    "ja": "「{where}」でこの会話の続きができます。履歴と順番はそのまま引き継がれます。\n{address}",
    "ko": "“{where}”에서 이 대화를 이어 가실 수 있습니다. 기록과 순서는 그대로 유지됩니다.\n{address}",
}
SEND: Mapping[str, str] = {
    "zh-CN": "在「{where}」里把下面这行作为第一条消息发给我们即可继续：\n{code}",
    "zh-TW": "在「{where}」裡把下面這行當成第一則訊息傳給我們即可繼續：\n{code}",
    "en": "To go on, send this to us in “{where}” as your first message:\n{code}",
    "ja": "続けるには、「{where}」で次の行を最初のメッセージとしてお送りください。\n{code}",
    "ko": "이어 가시려면 “{where}”에서 아래 줄을 첫 메시지로 보내 주세요.\n{code}",
}
ALONE: Mapping[str, str] = {
    "zh-CN": "30 分钟内有效，只能用一次，仅供您本人使用，请勿转发。",
    "zh-TW": "30 分鐘內有效，只能使用一次，僅供您本人使用，請勿轉傳。",
    "en": "Good for 30 minutes and once. It is for you alone: please do not pass it on.",
    "ja": "有効期限は 30 分、1 回限りです。ご本人専用ですので、転送しないでください。",
    "ko": "30분 동안 한 번만 쓸 수 있습니다. 본인 전용이므로 전달하지 마세요.",
}
# At the old place, and at the new one.
GOES_ON: Mapping[str, str] = {
    "zh-CN": "本次会话已转到 {channel} 继续。如果不是您本人，请在这里回复我们。",
    "zh-TW": "這段對話已轉到 {channel} 繼續。如果不是您本人，請在這裡回覆我們。",
    "en": "This chat now goes on in {channel}. If that was not you, please write to us here.",
    "ja": "この会話は {channel} で続いています。お心当たりがない場合は、こちらにご返信ください。",
    "ko": "이 대화는 이제 {channel}에서 이어집니다. 본인이 아니라면 여기로 답장해 주세요.",
}
HERE: Mapping[str, str] = {
    "zh-CN": "已接上之前的会话，我们在这里继续。",
    "zh-TW": "已接上之前的對話，我們在這裡繼續。",
    "en": "We have your conversation here and go on with it.",
    "ja": "これまでの会話を引き継ぎました。こちらで続けます。",
    "ko": "앞선 대화를 이어받았습니다. 여기서 계속하겠습니다.",
}


def told(tongue: str, *, where: str, address: str, code: str) -> str:
    """The whole word with which a customer is sent there."""
    ways = [FOLLOW[tongue].format(where=where, address=address)] if address else []
    return "\n\n".join([*ways, SEND[tongue].format(where=where, code=code), ALONE[tongue]])
