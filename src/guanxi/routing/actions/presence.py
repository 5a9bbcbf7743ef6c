"""Agents come, take a break, and go; who gives no sign of life is away."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from guanxi import events
from guanxi.infra.sql import Tx
from guanxi.routing.model import NotFound, Presence


async def set_presence(tx: Tx, agent_id: UUID, presence: Presence) -> None:
    """The agent comes, takes a break, or goes. Who comes is given what waits, up to his capacity."""
    touched = await tx.execute(
        """update agent set presence = $3, presence_at = $4, seen_at = $4
           where workspace_id = $1 and id = $2 and removed_at is null""",
        tx.workspace_id,
        agent_id,
        presence,
        tx.now,
    )
    if not touched:
        raise NotFound(agent_id)
    await events.record(tx, "agent.changed", {"agent_id": str(agent_id), "presence": presence}, agent=agent_id)


async def settle_absent(tx: Tx, grace: timedelta) -> int:
    """Agents without a sign of life for longer than `grace` are offline; returns how many became so. Those whose rows
    somebody holds have their turn the next time."""
    rows = await tx.fetch(
        """update agent set presence = 'offline', presence_at = $2 where workspace_id = $1 and id in (
             select id from agent where workspace_id = $1 and presence <> 'offline'
               and coalesce(seen_at, presence_at) < $3 for update skip locked)
           returning id""",
        tx.workspace_id,
        tx.now,
        tx.now - grace,
    )
    for row in rows:
        await events.record(tx, "agent.changed", {"agent_id": str(row["id"]), "presence": "offline"})
    return len(rows)
