"""Who is planned when in a queue, and where it is open with nobody there."""

from __future__ import annotations

import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import get, put

from guanxi import routing
from guanxi.http.auth import Desk
from guanxi.infra.sql import Tx


class SetPlan(msgspec.Struct, kw_only=True):
    """All of a queue's plan; `version` is the one that was changed."""

    week: Annotated[list[routing.WeekShift], msgspec.Meta(max_length=500)]
    otherwise: Annotated[list[routing.Otherwise], msgspec.Meta(max_length=200)] = []
    version: int


class Coverage(msgspec.Struct, kw_only=True):
    """Seven days of a queue by the clock of its place. `always_open`: it keeps no opening hours. `agents`: those who serve in
    it, and whether each has the skills that it needs."""

    plan: routing.Plan
    time_zone: str
    always_open: bool
    agents: dict[UUID, bool]
    days: list[routing.Day]


@get("/queues/{queue_id:uuid}/coverage", operation_id="get_coverage", right="queues")
async def get_coverage(desk: Desk, queue_id: UUID, first: datetime.date | None = None) -> Coverage:
    """The plan, and the seven days from `first` (else from Monday of this week) set against the opening hours."""
    async with desk.reading() as tx:
        return await _now(tx, queue_id, first)


@put("/queues/{queue_id:uuid}/coverage", operation_id="plan_coverage", right="queues")
async def plan_coverage(desk: Desk, queue_id: UUID, data: SetPlan, first: datetime.date | None = None) -> Coverage:
    """Plan it anew. 409 stale when somebody has changed the queue meanwhile."""
    async with desk.transaction() as tx:
        await routing.plan(tx, queue_id, data.week, data.otherwise, version=data.version, by=desk.agent_id)
        return await _now(tx, queue_id, first)


async def _now(tx: Tx, queue_id: UUID, first: datetime.date | None) -> Coverage:
    plan = await routing.plan_of(tx, queue_id)
    [queue] = await routing.queues(tx, queue_id)
    kept = await routing.all_hours(tx, queue.hours_id) if queue.hours_id else []
    hours = kept[0] if kept else None
    fit = await routing.fit_for(tx, queue_id)
    zone = hours.time_zone if hours else await routing.home_zone(tx)
    today = tx.now.astimezone(ZoneInfo(zone)).date()
    return Coverage(
        plan=plan,
        time_zone=zone,
        always_open=hours is None,
        agents=dict(fit),
        days=routing.days(plan, hours, fit, first or today - datetime.timedelta(days=today.weekday())),
    )


routes = [get_coverage, plan_coverage]
