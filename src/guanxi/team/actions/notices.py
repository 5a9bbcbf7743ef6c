"""Notices: what calls one agent to a conversation. Given as her settings allow, read, and forgotten after a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from guanxi import events
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.team.model import Call


async def give_notice(tx: Tx, calls: Sequence[Call]) -> None:
    """Call agents who serve and have not chosen otherwise (`notify_KIND` is false in their settings); the same call
    twice is one notice."""
    if not calls:
        return
    given = await tx.fetch(
        """insert into notice (workspace_id, agent_id, id, kind, conversation_id, seq, by_id, at)
           select $1, a.id, c.id, c.kind, c.conversation_id, c.seq, c.by_id, c.at
           from unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::bigint[], $7::uuid[], $8::timestamptz[])
             as c(agent_id, id, kind, conversation_id, seq, by_id, at)
           join agent a on a.workspace_id = $1 and a.id = c.agent_id and a.removed_at is null
             and coalesce(a.settings ->> ('notify_' || c.kind), 'true') <> 'false'
           on conflict (workspace_id, agent_id, conversation_id, seq) do nothing returning agent_id""",
        tx.workspace_id,
        [call.agent_id for call in calls],
        [new_id() for _ in calls],
        [call.kind for call in calls],
        [call.conversation_id for call in calls],
        [call.seq for call in calls],
        [call.by_id for call in calls],
        [call.at for call in calls],
    )
    called = sorted({row["agent_id"] for row in given})
    await events.record_all(tx, [events.Event(kind="notice.given", payload={"for": str(one)}) for one in called])


async def read_notices(tx: Tx, agent_id: UUID, conversation_id: UUID | None = None) -> int:
    """The agent has seen her notices, all of them or those about one conversation; returns how many were new."""
    if conversation_id is None:
        new = await tx.execute(
            "update notice set read_at = $3 where workspace_id = $1 and agent_id = $2 and read_at is null",
            tx.workspace_id,
            agent_id,
            tx.now,
        )
    else:
        new = await tx.execute(
            """update notice set read_at = $3 where workspace_id = $1 and agent_id = $2 and read_at is null
                 and conversation_id = $4""",
            tx.workspace_id,
            agent_id,
            tx.now,
            conversation_id,
        )
    if new:
        await events.record(tx, "notice.read", {"for": str(agent_id)}, agent=agent_id)
    return new


async def forget_notices(tx: Tx, before: datetime) -> int:
    """Delete the notices of before then; returns how many."""
    return await tx.execute("delete from notice where workspace_id = $1 and at < $2", tx.workspace_id, before)
