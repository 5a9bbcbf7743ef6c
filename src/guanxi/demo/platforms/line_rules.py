"""What the simulated LINE accepts of a message, and what not."""

from __future__ import annotations

import uuid
from typing import Any


def is_uuid(key: str) -> bool:
    try:
        return str(uuid.UUID(key)) == key.lower()
    except ValueError:
        return False


def quote_token(number: str) -> str:
    """What comes with a message, ours or a customer's, so that a later one can quote it."""
    return f"quote-{number}"


def _was_given(token: str, newest: int) -> bool:
    number = token.removeprefix("quote-")
    return number != token and number.isdecimal() and int(number) <= newest


def wrong_with(messages: Any, newest: int) -> str:
    """What the platform does not accept of these messages, or ''. `newest`: the id of the newest message that it knows."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= 5:
        return "The property, 'messages', in the request body is invalid"
    for message in messages:
        match message.get("type"):
            case "text":
                # characters are counted in UTF-16 code units
                right = 1 <= len(message.get("text", "").encode("utf-16-le")) // 2 <= 5000 and _right_answers(message)
            case "flex":
                right = 1 <= len(message.get("altText", "")) <= 1500 and _right_bubble(message.get("contents", {}))
            case "image" | "video":
                right = all(
                    is_fetchable(message.get(f"{which}Url", "")) for which in ("originalContent", "previewImage")
                )
            case "audio":
                right = is_fetchable(message.get("originalContentUrl", "")) and message.get("duration", 0) > 0
            case "location":
                right = bool(message.get("title")) and bool(message.get("address"))
            case "sticker":
                right = bool(message.get("packageId")) and bool(message.get("stickerId"))
            case _:
                right = False
        sender = message.get("sender", {})
        right = right and ("iconUrl" not in sender or sender["iconUrl"].startswith("https://"))
        right = right and ("quoteToken" not in message or _was_given(message["quoteToken"], newest))
        if not right or len(sender.get("name", "")) > 20:
            return "The request body has 1 error(s)"
    return ""


def is_fetchable(address: str) -> bool:
    """LINE wants https; a simulated one also fetches from the machine it runs on."""
    return address.startswith(("https://", "http://127.0.0.1", "http://localhost"))


def offered(message: dict[str, Any]) -> list[dict[str, Any]]:
    """What can be tapped below a message or on a card, without what only opens a page."""
    buttons = message.get("contents", {}).get("footer", {}).get("contents", [])
    actions = [item["action"] for item in [*message.get("quickReply", {}).get("items", []), *buttons]]
    return [action for action in actions if action["type"] != "uri"]


def _right_answers(message: dict[str, Any]) -> bool:
    answers = message.get("quickReply", {}).get("items", [])
    return len(answers) <= 13 and all(_right_action(answer.get("action", {})) for answer in answers)


def _right_bubble(bubble: dict[str, Any]) -> bool:
    words = bubble.get("body", {}).get("contents", [])
    buttons = bubble.get("footer", {}).get("contents", [])
    return (
        bubble.get("type") == "bubble"
        and bool(words)
        and all(word.get("text") for word in words)
        and all(_right_action(button.get("action", {})) for button in buttons)
        and ("hero" not in bubble or is_fetchable(bubble["hero"].get("url", "")))
    )


def _right_action(action: dict[str, Any]) -> bool:
    if not 1 <= len(action.get("label", "")) <= 20:
        return False
    match action.get("type"):
        case "postback":
            return 1 <= len(action.get("data", "")) <= 300
        case "uri":
            return bool(action.get("uri", "").startswith(("http://", "https://")))
        case kind:
            return kind == "message" and bool(action.get("text"))
