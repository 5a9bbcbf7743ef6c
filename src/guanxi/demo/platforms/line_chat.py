"""How a chat looks on the simulated LINE, and what is known of it there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from guanxi.demo.platforms import phone

LOOK = phone.Look(
    key="line", title={"zh": "LINE 上的顾客", "en": "A customer on LINE"}, ground="#93aac4", bar="#f4f6f8", ink="#15202b",
    mine="#8fe388", theirs="#ffffff", accent="#0a7d3c",
)  # fmt: skip


@dataclass(slots=True)
class Chat:
    """A person's chat with the account, or a group's. `got` is the ledger of what reached it, duplicates and all."""

    id: str
    name: str
    language: str = "ja"
    blocked: bool = False
    writing_until: float = 0.0
    got: list[dict[str, Any]] = field(default_factory=list)
    bubbles: list[phone.Bubble] = field(default_factory=list)
    last_message: str = ""
    read_up_to: str = ""


def read_token(chat: Chat) -> str:
    """What a webhook carries, so that the account can say that it has read the chat's last message."""
    return f"read-{chat.id}-{chat.last_message}"


def mark_read(chats: Mapping[str, Chat], asked: Mapping[str, Any]) -> bool:
    """The account has read everything up to the message of this token; False for one that the platform never gave."""
    word, _, named = asked.get("markAsReadToken", "").partition("-")
    chat_id, _, number = named.rpartition("-")
    if word != "read" or chat_id not in chats:
        return False
    chats[chat_id].read_up_to = number
    return True


def shown(message: dict[str, Any], at: float) -> phone.Bubble:
    """How the phone shows what the account sent."""
    kind = message["type"]
    text = {"text": "text", "location": "title", "flex": "altText"}.get(kind)
    return phone.Bubble(
        mine=False,
        text=message[text] if text else "" if kind == "image" else "▶" if kind == "video" else f"[{kind}]",
        picture=message.get("previewImageUrl", ""),
        name=message.get("sender", {}).get("name", ""),
        at=at,
    )
