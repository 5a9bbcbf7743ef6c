"""Opening hours: weeks and holidays that queues keep."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post, put

from guanxi import routing
from guanxi.http.api.shapes import Nothing
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found
from guanxi.infra.sql import Tx
from guanxi.routing import DaySpan, Holiday, Hours

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"\S")]


class SetHours(msgspec.Struct, kw_only=True):
    """All of them: spans of a week, and dates on which others hold."""

    name: Name
    time_zone: Annotated[str, msgspec.Meta(max_length=64)]
    week: Annotated[list[DaySpan], msgspec.Meta(max_length=42)]
    holidays: Annotated[list[Holiday], msgspec.Meta(max_length=200)] = []


class HoursNow(msgspec.Struct, kw_only=True):
    """Opening hours, whether it is open by them now, and when it opens next."""

    hours: Hours
    is_open: bool
    opens_at: datetime | None


@get("/hours", operation_id="list_hours", right="look")
async def list_hours(desk: Desk) -> list[HoursNow]:
    """All opening hours, by name."""
    async with desk.reading() as tx:
        return [_told(one, tx.now) for one in await routing.all_hours(tx)]


@post("/hours", operation_id="add_hours", right="queues")
async def add_hours(desk: Desk, data: SetHours) -> HoursNow:
    """New opening hours, kept by no queue yet."""
    _refuse_twice(data)
    async with desk.transaction() as tx:
        id_ = await routing.add_hours(
            tx,
            name=data.name.strip(),
            time_zone=data.time_zone,
            week=data.week,
            holidays=data.holidays,
            by=desk.agent_id,
        )
        return await _now(tx, id_)


@put("/hours/{hours_id:uuid}", operation_id="change_hours", right="queues")
async def change_hours(desk: Desk, hours_id: UUID, data: SetHours) -> HoursNow:
    """Write them anew; they hold from now on."""
    _refuse_twice(data)
    async with desk.transaction() as tx:
        await routing.change_hours(
            tx,
            hours_id,
            name=data.name.strip(),
            time_zone=data.time_zone,
            week=data.week,
            holidays=data.holidays,
            by=desk.agent_id,
        )
        return await _now(tx, hours_id)


@delete("/hours/{hours_id:uuid}", operation_id="remove_hours", right="queues", status_code=200)
async def remove_hours(desk: Desk, hours_id: UUID) -> Nothing:
    """Remove them; refused while a queue keeps them."""
    async with desk.transaction() as tx:
        await routing.remove_hours(tx, hours_id, by=desk.agent_id)
    return Nothing()


def _refuse_twice(data: SetHours) -> None:
    if len({one.date for one in data.holidays}) < len(data.holidays):
        raise Refusal(422, "invalid", fields={"holidays": "twice"})


async def _now(tx: Tx, hours_id: UUID) -> HoursNow:
    found = await routing.all_hours(tx, hours_id)
    if not found:
        raise not_found()
    return _told(found[0], tx.now)


def _told(hours: Hours, now: datetime) -> HoursNow:
    opens = routing.next_opening(hours, now)
    return HoursNow(hours=hours, is_open=routing.is_open(hours, now), opens_at=opens and opens.astimezone(UTC))


routes = [list_hours, add_hours, change_hours, remove_hours]
