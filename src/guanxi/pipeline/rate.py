"""RATE: when a conversation has been resolved, its contact is asked once what it was like."""

from __future__ import annotations

from collections.abc import Sequence

from guanxi import channels, conversations
from guanxi.events import Happened
from guanxi.infra.sql import Tx


async def ask(tx: Tx, happened: Sequence[Happened]) -> None:
    """Ask where the inbox wants it and the channel can."""
    resolved = {event.conversation_id for event in happened if event.conversation_id is not None}
    for conversation_id, channel in await conversations.ratable(tx, sorted(resolved)):
        known = channels.all_channels().get(channel)
        if known is not None and known.manifest.capabilities.rating:
            await conversations.ask_rating(tx, conversation_id, agent_id=None, once=True)
