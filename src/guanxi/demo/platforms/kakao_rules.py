"""What the simulated KakaoTalk and its dealer accept, how a chat looks there, and what is known of it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from guanxi.demo.platforms import phone

LOOK = phone.Look(
    key="kakao", title={"zh": "KakaoTalk 上的顾客", "en": "A customer on KakaoTalk"}, ground="#b3c7d9", bar="#f7f8f9",
    ink="#1e1e1e", mine="#ffe94e", theirs="#ffffff", accent="#6b5a00",
)  # fmt: skip
OUTPUTS = ("simpleText", "simpleImage", "textCard", "basicCard")
KINDS = {"TX": "message", "IM": "image_url", "FI": "file_url", "LI": "links"}


@dataclass(slots=True)
class Chat:
    """A person's chat with the channel. `got` is the ledger of what reached it; `open_until`: the consultation."""

    id: str
    name: str
    open_until: float = 0.0
    got: list[dict[str, Any]] = field(default_factory=list)
    quick: list[dict[str, Any]] = field(default_factory=list)
    bubbles: list[phone.Bubble] = field(default_factory=list)


def wrong_with_response(body: Any) -> str:
    """What the bot does not accept of a response, or ''."""
    template = body.get("template", {}) if isinstance(body, dict) else {}
    outputs = template.get("outputs", [])
    if not isinstance(body, dict) or body.get("version") != "2.0" or not 1 <= len(outputs) <= 3:
        return "invalid response: version or outputs"
    for output in outputs:
        (kind,) = output if len(output) == 1 else ("",)
        if kind not in OUTPUTS:
            return f"invalid response: {kind}"
        held = output[kind]
        buttons = held.get("buttons", [])
        is_right = {
            "simpleText": 1 <= len(held.get("text", "")) <= 1000,
            "simpleImage": is_fetchable(held.get("imageUrl", "")) and bool(held.get("altText")),
            "textCard": bool(held.get("title") or held.get("description")),
            "basicCard": is_fetchable(held.get("thumbnail", {}).get("imageUrl", "")),
        }[kind]
        if not is_right or len(buttons) > 3 or any(not 1 <= len(one.get("label", "")) <= 14 for one in buttons):
            return f"invalid response: {kind}"
    quick = template.get("quickReplies", [])
    if len(quick) > 10 or any(not 1 <= len(one.get("label", "")) <= 14 for one in quick):
        return "invalid response: quickReplies"
    return ""


def is_fetchable(address: str) -> bool:
    return address.startswith(("https://", "http://127.0.0.1", "http://localhost"))


def refusal_of(door: str, asked: dict[str, Any], chat: Chat | None, now: float, uploaded: Set[str]) -> dict[str, Any]:
    """What the dealer answers instead of taking it, or {}."""
    if not asked.get("user_key"):
        return {"code": -400, "message": "user_key is required"}
    if chat is None or chat.open_until <= now:
        return {"code": -600, "message": "ExpiredSessionException"}
    if door == "chat-end":
        return {}
    needed = KINDS.get(asked.get("message_type", ""), "")
    serial = asked.get("serial_number", "")
    if not needed or not asked.get(needed) or not 1 <= len(serial) <= 30 or len(asked.get("message", "")) > 1000:
        return {"code": -410, "message": "InvalidParameterException"}
    if needed.endswith("_url") and asked[needed] not in uploaded:
        return {"code": -420, "message": "the file is not known to Kakao"}
    return {}


def shown(message: dict[str, Any], at: float) -> phone.Bubble:
    """How the phone shows what the shop sent: a message of the relay, or one output of the bot."""
    ((kind, held),) = message.items() if len(message) == 1 else (("", message),)
    card = held if kind else {}
    picture = card.get("imageUrl") or card.get("thumbnail", {}).get("imageUrl") or held.get("image_url", "")
    lines = [card.get("title", ""), card.get("description", ""), held.get("text", ""), held.get("message", "")]
    lines += [f"[{one['label']}]" for one in card.get("buttons", [])] + [
        f"[{one['name']}]" for one in held.get("links", [])
    ]
    text = "\n".join(line for line in lines if line)
    return phone.Bubble(mine=False, text=f"📎 {text}" if held.get("file_url") else text, picture=picture, at=at)
