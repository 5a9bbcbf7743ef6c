"""Agents come, take a break for a reason, wrap up, and go; who gives no sign of life is away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from guanxi import audit, events
from guanxi.infra.sql import Tx
from guanxi.routing.actions.offers import hand_back
from guanxi.routing.model import Chosen, NotFound, Refused


async def set_presence(tx: Tx, agent_id: UUID, presence: Chosen, reason: str = "") -> None:
    """The agent comes, takes a break for one of the workspace's reasons (or without any), or goes. Who comes is given what
    waits, up to his capacity; who does not hands back what he is offered. Ends his wrapping up. Raises NotFound,
    Refused('unknown_reason')."""
    if presence != "online":
        await hand_back(tx, agent_id)
    if presence != "busy":
        reason = ""
    elif reason and not await tx.fetchval(
        "select busy_reasons ? $2 from workspace where id = $1", tx.workspace_id, reason
    ):
        raise Refused("unknown_reason")
    touched = await tx.execute(
        """update agent set presence = $3, busy_reason = $5, presence_at = $4, seen_at = $4
           where workspace_id = $1 and id = $2 and removed_at is null""",
        tx.workspace_id,
        agent_id,
        presence,
        tx.now,
        reason,
    )
    if not touched:
        raise NotFound(agent_id)
    told = {"agent_id": str(agent_id), "presence": presence} | ({"reason": reason} if reason else {})
    await events.record(tx, "agent.changed", told, agent=agent_id)


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


async def lengthen_wrap_up(tx: Tx, agent_id: UUID) -> None:
    """Once as long again. Raises Refused('not_wrapping_up'), Refused('lengthened_already')."""
    row = await tx.fetchrow(
        "select presence, wrap_up_lengthened from agent where workspace_id = $1 and id = $2 for update",
        tx.workspace_id,
        agent_id,
    )
    if row is None or row["presence"] != "wrap_up":
        raise Refused("not_wrapping_up")
    if row["wrap_up_lengthened"]:
        raise Refused("lengthened_already")
    ends: datetime = await tx.fetchval(
        """update agent a set wrap_up_lengthened = true,
             wrap_up_ends_at = greatest(a.wrap_up_ends_at, $3) + make_interval(secs => w.wrap_up_seconds)
           from workspace w where w.id = $1 and a.workspace_id = $1 and a.id = $2 returning a.wrap_up_ends_at""",
        tx.workspace_id,
        agent_id,
        tx.now,
    )
    told = {"agent_id": str(agent_id), "presence": "wrap_up", "until": events.wire_time(ends)}
    await events.record(tx, "agent.changed", told, agent=agent_id)


async def end_wrap_ups(tx: Tx) -> int:
    """Whose time to wrap up is over is online again; returns how many. Rows that somebody holds have their turn next."""
    rows = await tx.fetch(
        """update agent set presence = 'online', presence_at = $2 where workspace_id = $1 and id in (
             select id from agent where workspace_id = $1 and presence = 'wrap_up' and wrap_up_ends_at <= $2
             for update skip locked)
           returning id""",
        tx.workspace_id,
        tx.now,
    )
    told = [
        events.Event(kind="agent.changed", payload={"agent_id": str(row["id"]), "presence": "online"}) for row in rows
    ]
    await events.record_all(tx, told)
    return len(rows)


async def set_ways(
    tx: Tx,
    *,
    busy_reasons: Sequence[str],
    wrap_up_seconds: int,
    offer_seconds: int,
    by: UUID,
    tell_wait_seconds: int = 0,
    offer_elsewhere: bool = True,
) -> None:
    """How the team comes and goes: for which reasons one is busy, how long one wraps up, and whether what is given is
    offered before (0: at once); after how long who waits
    is told how he stands (0: never), and whether another way is offered to him. Who is busy for a reason that is gone stays so."""
    reasons = list(dict.fromkeys(" ".join(one.split()) for one in busy_reasons if one.strip()))
    was = await audit.standing(tx, "workspace", tx.workspace_id)
    await tx.execute(
        "update workspace set busy_reasons = $2::jsonb, wrap_up_seconds = $3, offer_seconds = $4, "
        "tell_wait_seconds = $5, offer_elsewhere = $6 where id = $1",
        tx.workspace_id,
        reasons,
        wrap_up_seconds,
        offer_seconds,
        tell_wait_seconds,
        offer_elsewhere,
    )
    await events.record(tx, "workspace.changed", {}, agent=by)
    await audit.changed(tx, "workspace", tx.workspace_id, was, by=by)
