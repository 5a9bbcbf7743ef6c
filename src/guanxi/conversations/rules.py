"""Pure decisions about conversations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from guanxi.channel_kit import Limit
from guanxi.content import Content, Text, as_text, kind_of
from guanxi.conversations.model import RANK

PREVIEW = 160
LONGEST_TEXT = 100_000


def clamp(sent_at: datetime, now: datetime) -> datetime:
    """The channel's time, for ordering: not more than 8 days old, not more than 5 minutes ahead."""
    return min(max(sent_at, now - timedelta(days=8)), now + timedelta(minutes=5))


def preview(content: Content) -> str:
    """One line for lists."""
    return " ".join(as_text(content).split())[:PREVIEW]


def fits(content: Content, sends: Mapping[str, Limit]) -> str:
    """'' when the channel carries this content, else why not: kind_not_carried, too_long, empty."""
    kind = kind_of(content)
    limit = sends.get(kind)
    if limit is None:
        return "kind_not_carried"
    if isinstance(content, Text):
        if not content.text.strip():
            return "empty"
        if limit.characters and len(content.text) > limit.characters:
            return "too_long"
        if limit.bytes and len(content.text.encode()) > limit.bytes:
            return "too_long"
    return ""


def moves_forward(old: str, new: str) -> bool:
    """May a delivery state go from `old` to `new`? Receipts come doubled and out of order; the state never falls.

    A failure stands behind `sent`, for it is told afterwards; what has arrived stands behind both.
    """
    if old == "failed":
        return new in ("delivered", "read")
    if new == "failed":
        return old in ("waiting", "sending", "unknown", "sent")
    return old in RANK and new in RANK and RANK[new] > RANK[old]


def whole_seconds(since: datetime, until: datetime) -> int:
    """How long, in whole seconds, as events carry it; never negative, for clocks may be set back."""
    return max(0, int((until - since).total_seconds()))
