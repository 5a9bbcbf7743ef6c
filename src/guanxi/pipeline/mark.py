"""MARK: platforms that want to know are told when an agent has read or answered, and when a conversation is resolved."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from guanxi import channels, conversations
from guanxi.events import Happened
from guanxi.infra.sql import Tx


async def mark_read(tx: Tx, happened: Sequence[Happened]) -> None:
    """Leave it to the hands to tell the platforms what has been seen. What a bot writes has been read by nobody."""
    can = [key for key, channel in channels.all_channels().items() if channel.mark_read is not None]
    seen: dict[UUID, int] = {}
    for event in happened:
        by_nobody = event.kind == "message.sent" and event.payload.get("author") != "agent"
        if event.conversation_id is not None and not by_nobody:
            seen[event.conversation_id] = max(seen.get(event.conversation_id, 0), int(event.payload["seq"]))
    if seen:
        await conversations.want_read_marks(tx, seen, can)


async def end_talk(tx: Tx, happened: Sequence[Happened]) -> None:
    """Leave it to the hands to tell the platforms that a talk is over."""
    can = [key for key, channel in channels.all_channels().items() if channel.end is not None]
    resolved = {event.conversation_id for event in happened if event.conversation_id is not None}
    if can and resolved:
        await conversations.want_endings(tx, sorted(resolved), can)
