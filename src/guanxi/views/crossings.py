"""Where a conversation could go on: the accounts that are connected besides its own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from guanxi.infra.sql import Tx


async def inboxes_besides(tx: Tx, conversation_id: UUID) -> list[Any]:
    """id, channel and name of the connected accounts but that of this conversation."""
    return await tx.fetch(
        """select i.id, i.channel, i.name from inbox i
           where i.workspace_id = $1 and i.state = 'active'
             and i.id <> (select inbox_id from conversation where workspace_id = $1 and id = $2) order by i.name, i.id""",
        tx.workspace_id,
        conversation_id,
    )


async def connected_inboxes(tx: Tx) -> list[Any]:
    """id, channel and name of all connected accounts."""
    return await tx.fetch(
        "select id, channel, name from inbox where workspace_id = $1 and state = 'active' order by name, id",
        tx.workspace_id,
    )
