"""Queues: where conversations wait, who serves there, and how early whose turn is."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post, put

from guanxi import routing
from guanxi.http.api.shapes import Nothing
from guanxi.http.auth import Desk
from guanxi.http.errors import not_found
from guanxi.infra.sql import Tx
from guanxi.routing import Priority, Queue, QueueWishes, Skills

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"\S")]


class SetQueue(msgspec.Struct, kw_only=True):
    """All of a queue: what is left out is as it is in a new one. See Queue for what each means."""

    name: Name
    everybody: bool = True
    agents: Annotated[list[UUID], msgspec.Meta(max_length=2000)] = []
    teams: Annotated[list[UUID], msgspec.Meta(max_length=200)] = []
    needs: Skills = {}
    priority: Priority = 0
    sticky_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 30
    overflow_minutes: Annotated[int, msgspec.Meta(ge=1, le=10_080)] | None = None
    overflow_queue_id: UUID | None = None
    hours_id: UUID | None = None
    offer_seconds: Annotated[int, msgspec.Meta(ge=0, le=300)] | None = None
    policy_id: UUID | None = None
    slow_reply_seconds: Annotated[int, msgspec.Meta(ge=0, le=3600)] | None = None
    position: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0


@get("/queues", operation_id="list_queues", right="look")
async def list_queues(desk: Desk) -> list[Queue]:
    """All queues in their order."""
    async with desk.reading() as tx:
        return await routing.queues(tx)


@post("/queues", operation_id="add_queue", right="queues")
async def add_queue(desk: Desk, data: SetQueue) -> Queue:
    """A new queue."""
    async with desk.transaction() as tx:
        return await _now(tx, await routing.add_queue(tx, _wishes(data), data.agents, by=desk.agent_id))


@put("/queues/{queue_id:uuid}", operation_id="change_queue", right="queues")
async def change_queue(desk: Desk, queue_id: UUID, data: SetQueue) -> Queue:
    """Set it up anew. What waits in it keeps the needs and the head start that it came with."""
    async with desk.transaction() as tx:
        await routing.change_queue(tx, queue_id, _wishes(data), data.agents, by=desk.agent_id)
        return await _now(tx, queue_id)


@delete("/queues/{queue_id:uuid}", operation_id="remove_queue", right="queues", status_code=200)
async def remove_queue(desk: Desk, queue_id: UUID) -> Nothing:
    """Remove it; refused while something is sent there or waits in it."""
    async with desk.transaction() as tx:
        await routing.remove_queue(tx, queue_id, by=desk.agent_id)
    return Nothing()


async def _now(tx: Tx, queue_id: UUID) -> Queue:
    found = await routing.queues(tx, queue_id)
    if not found:
        raise not_found()
    return found[0]


def _wishes(data: SetQueue) -> QueueWishes:
    return QueueWishes(
        name=data.name.strip(),
        everybody=data.everybody,
        needs=data.needs,
        priority=data.priority,
        sticky_days=data.sticky_days,
        overflow_minutes=data.overflow_minutes,
        overflow_queue_id=data.overflow_queue_id,
        hours_id=data.hours_id,
        offer_seconds=data.offer_seconds,
        policy_id=data.policy_id,
        slow_reply_seconds=data.slow_reply_seconds,
        position=data.position,
        teams=tuple(data.teams),
    )


routes = [list_queues, add_queue, change_queue, remove_queue]
