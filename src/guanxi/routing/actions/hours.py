"""Opening hours are written down, changed, and removed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from guanxi import audit, events, promises
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.promises import DaySpan, Holiday, is_zone
from guanxi.routing.model import NotFound, Refused

MOST_HOURS = 100


async def add_hours(
    tx: Tx, *, name: str, time_zone: str, week: Sequence[DaySpan], holidays: Sequence[Holiday], by: UUID
) -> UUID:
    """New opening hours. Raises Refused('unknown_time_zone'), Refused('too_many_hours')."""
    if await tx.fetchval("select count(*) from hours where workspace_id = $1", tx.workspace_id) >= MOST_HOURS:
        raise Refused("too_many_hours")
    id_ = new_id()
    await tx.execute(
        """insert into hours (workspace_id, id, name, time_zone, week, created_at)
           values ($1, $2, $3, $4, '[]', $5)""",
        tx.workspace_id,
        id_,
        name,
        time_zone,
        tx.now,
    )
    await _write(tx, id_, name=name, time_zone=time_zone, week=week, holidays=holidays, by=by)
    await audit.add(tx, "hours", id_, by=by)
    return id_


async def change_hours(
    tx: Tx, hours_id: UUID, *, name: str, time_zone: str, week: Sequence[DaySpan], holidays: Sequence[Holiday], by: UUID
) -> None:
    """Write them anew; they hold from now on. Raises NotFound, Refused('unknown_time_zone')."""
    was = await audit.standing(tx, "hours", hours_id)
    await _write(tx, hours_id, name=name, time_zone=time_zone, week=week, holidays=holidays, by=by)
    await audit.changed(tx, "hours", hours_id, was, by=by)


async def _write(
    tx: Tx, hours_id: UUID, *, name: str, time_zone: str, week: Sequence[DaySpan], holidays: Sequence[Holiday], by: UUID
) -> None:
    if not await tx.fetchval("select true from hours where workspace_id = $1 and id = $2", tx.workspace_id, hours_id):
        raise NotFound(hours_id)
    if not is_zone(time_zone):
        raise Refused("unknown_time_zone")
    await tx.execute(
        """update hours set name = $3, time_zone = $4, week = $5::jsonb, holidays = $6::jsonb, version = version + 1
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        hours_id,
        name,
        time_zone,
        msgspec.json.encode(list(week)).decode(),
        msgspec.json.encode(sorted(holidays, key=lambda one: one.date)).decode(),
    )
    await _changed(tx, hours_id, by)


async def remove_hours(tx: Tx, hours_id: UUID, *, by: UUID) -> None:
    """They go. Raises Refused('in_use') while a queue or a policy keeps them."""
    if await tx.fetchval(
        """select exists (select from queue where workspace_id = $1 and hours_id = $2 and removed_at is null)
             or exists (select from policy where workspace_id = $1 and hours_id = $2 and removed_at is null)""",
        tx.workspace_id,
        hours_id,
    ):
        raise Refused("in_use")
    was = await audit.standing(tx, "hours", hours_id)
    if not await tx.execute("delete from hours where workspace_id = $1 and id = $2", tx.workspace_id, hours_id):
        raise NotFound(hours_id)
    await _changed(tx, hours_id, by)
    await audit.changed(tx, "hours", hours_id, was, by=by)


async def _changed(tx: Tx, hours_id: UUID, by: UUID) -> None:
    await events.record(tx, "hours.changed", {"hours_id": str(hours_id)}, agent=by)
    await promises.want_reckoning(tx)
