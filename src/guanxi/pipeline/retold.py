"""RETOLD: a translation goes when the contact takes back what it translates."""

from __future__ import annotations

from collections.abc import Sequence

from guanxi import translating
from guanxi.events import Happened
from guanxi.infra.sql import Tx


async def forget_translations(tx: Tx, happened: Sequence[Happened]) -> None:
    """Look at the conversations in which a message has changed."""
    await translating.forget_taken_back(
        tx, [one.conversation_id for one in happened if one.conversation_id is not None]
    )
