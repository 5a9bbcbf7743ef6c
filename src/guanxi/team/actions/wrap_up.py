"""After a conversation is settled its agent has a moment, in which nothing is given to her."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from guanxi import events
from guanxi.infra.sql import Tx


async def begin_wrap_up(tx: Tx, agent_id: UUID) -> None:
    """Where the workspace gives time for it, and she takes conversations just now, she wraps up until then. She is free
    again by herself (routing.end_wrap_ups) or by choosing to be."""
    ends: datetime | None = await tx.fetchval(
        """update agent a set presence = 'wrap_up', wrap_up_lengthened = a.presence = 'wrap_up' and a.wrap_up_lengthened,
             presence_at = case when a.presence = 'wrap_up' then a.presence_at else $3 end,
             wrap_up_ends_at = greatest(case when a.presence = 'wrap_up' then a.wrap_up_ends_at end,
               $3 + make_interval(secs => w.wrap_up_seconds))
           from workspace w where w.id = $1 and w.wrap_up_seconds > 0 and a.workspace_id = $1 and a.id = $2
             and a.removed_at is null and a.presence in ('online', 'wrap_up') returning a.wrap_up_ends_at""",
        tx.workspace_id,
        agent_id,
        tx.now,
    )
    if ends is not None:
        told = {"agent_id": str(agent_id), "presence": "wrap_up", "until": events.wire_time(ends)}
        await events.record(tx, "agent.changed", told, agent=agent_id)
