"""Who is planned when in a queue is written down, and read with those who could serve there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from guanxi import audit, events
from guanxi.infra.sql import Tx
from guanxi.routing.coverage import Otherwise, Plan, WeekShift
from guanxi.routing.model import NotFound, Refused

MOST_SHIFTS, MOST_DATES = 500, 200


async def plan_of(tx: Tx, queue_id: UUID) -> Plan:
    """The plan of a queue. Raises NotFound."""
    row = await tx.fetchrow(
        """select planned as week, planned_otherwise as otherwise, version from queue
           where workspace_id = $1 and id = $2 and removed_at is null""",
        tx.workspace_id,
        queue_id,
    )
    if row is None:
        raise NotFound(queue_id)
    return msgspec.convert(dict(row), Plan)


async def plan(
    tx: Tx, queue_id: UUID, week: Sequence[WeekShift], otherwise: Sequence[Otherwise], *, version: int, by: UUID
) -> None:
    """Plan it anew. Raises NotFound (queue, agent), Refused('stale') when somebody has changed the queue since `version`,
    Refused('too_many_shifts')."""
    was = await audit.standing(tx, "queue", queue_id)
    now = await tx.fetchval(
        "select version from queue where workspace_id = $1 and id = $2 and removed_at is null for update",
        tx.workspace_id,
        queue_id,
    )
    if now is None:
        raise NotFound(queue_id)
    if now != version:
        raise Refused("stale")
    if len(week) > MOST_SHIFTS or len(otherwise) > MOST_DATES:
        raise Refused("too_many_shifts")
    named = {one.agent_id for one in (*week, *(shift for day in otherwise for shift in day.planned))}
    known = await tx.fetch(
        "select id from agent where workspace_id = $1 and id = any($2::uuid[])", tx.workspace_id, list(named)
    )
    if missing := named - {row["id"] for row in known}:
        raise NotFound(min(missing))
    dates = {one.date: one for one in otherwise}
    await tx.execute(
        """update queue set planned = $3::jsonb, planned_otherwise = $4::jsonb, version = version + 1
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        queue_id,
        msgspec.to_builtins(list(week)),
        msgspec.to_builtins([dates[day] for day in sorted(dates)]),
    )
    await events.record(tx, "queue.changed", {"queue_id": str(queue_id)}, agent=by)
    await audit.changed(tx, "queue", queue_id, was, by=by)


async def fit_for(tx: Tx, queue_id: UUID) -> Mapping[UUID, bool]:
    """Those of the team who serve in this queue, and whether each has the skills that it needs."""
    rows = await tx.fetch(
        """select a.id, a.skills @> string_to_array(q.needs, ' ') as is_fit from queue q join agent a
             on a.workspace_id = $1 and a.removed_at is null and a.role <> 'viewer'
             and (q.everybody or exists (
               select from queue_agent s where s.workspace_id = $1 and s.queue_id = q.id and s.agent_id = a.id))
           where q.workspace_id = $1 and q.id = $2""",
        tx.workspace_id,
        queue_id,
    )
    return {row["id"]: row["is_fit"] for row in rows}


async def home_zone(tx: Tx) -> str:
    """The workspace's time zone."""
    return str(await tx.fetchval("select time_zone from workspace where id = $1", tx.workspace_id))
