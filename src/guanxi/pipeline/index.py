"""INDEX: what was said and who said it becomes findable."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from guanxi import contacts, conversations
from guanxi.events import Happened
from guanxi.infra.sql import Tx


async def index_messages(tx: Tx, happened: Sequence[Happened]) -> None:
    """Make new and changed messages and notes findable."""
    said = {
        (event.conversation_id, int(event.payload["seq"]))
        for event in happened
        if event.conversation_id is not None and "seq" in event.payload
    }
    await conversations.index_messages(tx, sorted(said))


async def index_names(tx: Tx, happened: Sequence[Happened]) -> None:
    """Make new conversations findable by the names of their contacts."""
    await conversations.index_names(
        tx, sorted({event.conversation_id for event in happened if event.conversation_id is not None})
    )


async def index_contacts(tx: Tx, happened: Sequence[Happened]) -> None:
    """Make contacts, and their conversations, findable by their names."""
    changed = sorted({UUID(event.payload["contact_id"]) for event in happened if "contact_id" in event.payload})
    await contacts.index(tx, changed)
    await conversations.index_names_of(tx, changed)
