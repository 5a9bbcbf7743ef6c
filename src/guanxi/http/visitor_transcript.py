"""A visitor's conversation as plain text to take home."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from guanxi.channel_kit.json import clean


def written(title: str, messages: Sequence[str], *, zone: str, you: str) -> str:
    """The messages (JSON texts, oldest first), with times in the visitor's own zone; `you` is what he is called."""
    own = _zone(zone)
    you = " ".join(clean(you).split())[:40] or "You"
    parts = [f"{title}\n{'=' * 40}"]
    for message in messages:
        told = msgspec.json.decode(message)
        at = datetime.fromisoformat(told["at"]).astimezone(own)
        who = you if told["author"] == "contact" else told["name"] or title
        parts.append(f"[{at:%Y-%m-%d %H:%M}] {who}\n{_said(told)}")
    return "\n\n".join(parts) + f"\n\n{own}\n"


def _said(told: dict[str, object]) -> str:
    content = told["content"]
    if told["state"] == "unsent" or not isinstance(content, dict):
        return "[-]"
    media = content.get("media") or {}
    text = str(content.get("text") or content.get("title") or media.get("name") or "")
    return text if content["kind"] == "text" else f"[{content['kind']}] {text}".strip()


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name and len(name) < 60 else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
