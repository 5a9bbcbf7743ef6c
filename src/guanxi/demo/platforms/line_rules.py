"""What the simulated LINE accepts of a message, and what not."""

from __future__ import annotations

import uuid
from typing import Any


def is_uuid(key: str) -> bool:
    try:
        return str(uuid.UUID(key)) == key.lower()
    except ValueError:
        return False


def wrong_with(messages: Any) -> str:
    """What the platform does not accept of these messages, or ''."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= 5:
        return "The property, 'messages', in the request body is invalid"
    for message in messages:
        match message.get("type"):
            case "text":
                # characters are counted in UTF-16 code units
                right = 1 <= len(message.get("text", "").encode("utf-16-le")) // 2 <= 5000
            case "image":
                right = all(
                    is_fetchable(message.get(f"{which}Url", "")) for which in ("originalContent", "previewImage")
                )
            case "location":
                right = bool(message.get("title")) and bool(message.get("address"))
            case "sticker":
                right = bool(message.get("packageId")) and bool(message.get("stickerId"))
            case _:
                right = False
        if not right or len(message.get("sender", {}).get("name", "")) > 20:
            return "The request body has 1 error(s)"
    return ""


def is_fetchable(address: str) -> bool:
    """LINE wants https; a simulated one also fetches from the machine it runs on."""
    return address.startswith(("https://", "http://127.0.0.1", "http://localhost"))
