"""Sending to a visitor: the reply is in our own database already, and his socket and his next poll read it there."""

from __future__ import annotations

from guanxi.channel_kit import Access, Outcome, Outgoing, Rejected, Sent
from guanxi.channels.webchat.manifest import MANIFEST
from guanxi.content import kind_of


async def send(outgoing: Outgoing, access: Access) -> Outcome:
    """Settles at once. Repeating it changes nothing, for the message is one row."""
    if kind_of(outgoing.content) not in MANIFEST.capabilities.sends:
        return Rejected(reason="kind_not_carried")
    return Sent()


async def typing(to: str, on: bool, access: Access) -> None:
    """Nothing to call: the visitor door hears on the live bus who writes."""
