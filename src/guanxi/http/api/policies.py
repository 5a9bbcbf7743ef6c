"""Policies: by when we answer and settle, which of them holds by default, and what that would mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post, put

from guanxi import promises, routing
from guanxi.http.api.shapes import Nothing
from guanxi.http.auth import Desk
from guanxi.http.errors import not_found
from guanxi.infra.sql import Tx
from guanxi.promises import Policy, PolicyWishes, Promise

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"\S")]
PROMISES: tuple[Promise, ...] = ("first", "next", "resolve")


class SetPolicy(PolicyWishes, frozen=True, kw_only=True):
    """All of a policy. With `is_default` it holds wherever neither a rule nor a queue says otherwise."""

    name: Name
    is_default: bool = False


class PolicyNow(msgspec.Struct, kw_only=True):
    """A policy. `never_opens`: its hours have no open time within a year, so that it promises nothing."""

    policy: Policy
    never_opens: bool


class Example(msgspec.Struct, kw_only=True):
    """Somebody writes `at` a moment; `due` says by when each promise is kept, null where it is not promised, or never due."""

    at: datetime
    due: dict[Promise, datetime | None]


class Examples(msgspec.Struct, kw_only=True):
    """What a policy would mean: now, and ten minutes before the longest break of its hours."""

    time_zone: str
    never_opens: bool
    examples: list[Example]


@get("/policies", operation_id="list_policies", right="look")
async def list_policies(desk: Desk) -> list[PolicyNow]:
    """All policies, the default one first."""
    async with desk.reading() as tx:
        return await _now(tx, await promises.policies(tx))


@post("/policies", operation_id="add_policy", right="queues")
async def add_policy(desk: Desk, data: SetPolicy) -> PolicyNow:
    """A new policy."""
    async with desk.transaction() as tx:
        id_ = await promises.add_policy(tx, data, is_default=data.is_default, by=desk.agent_id)
        return await _one(tx, id_)


@put("/policies/{policy_id:uuid}", operation_id="change_policy", right="queues")
async def change_policy(desk: Desk, policy_id: UUID, data: SetPolicy) -> PolicyNow:
    """Write it anew. What runs already is reckoned by it from now on, within moments."""
    async with desk.transaction() as tx:
        await promises.change_policy(tx, policy_id, data, is_default=data.is_default, by=desk.agent_id)
        return await _one(tx, policy_id)


@delete("/policies/{policy_id:uuid}", operation_id="remove_policy", right="queues", status_code=200)
async def remove_policy(desk: Desk, policy_id: UUID) -> Nothing:
    """Remove it; refused while a queue has it or it is the default."""
    async with desk.transaction() as tx:
        await promises.remove_policy(tx, policy_id, by=desk.agent_id)
    return Nothing()


@post("/policies/try", operation_id="try_policy", right="queues", status_code=200)
async def try_policy(desk: Desk, data: SetPolicy) -> Examples:
    """By when somebody who writes now, or just before the weekend, would be answered. Nothing is kept."""
    async with desk.reading() as tx:
        zone = await promises.own_zone(tx)
        found = await routing.all_hours(tx, data.hours_id) if data.hours_id else []
        now = tx.now
    if data.hours_id and not found:
        raise not_found()
    hours = found[0] if found else None
    moments = [now]
    if hours is not None and (closing := promises.last_closing(hours, now)) is not None:
        moments.append(closing - timedelta(minutes=10))
    examples = [
        Example(
            at=at.astimezone(UTC),
            due={
                promise: moment and moment.astimezone(UTC)
                for promise in PROMISES
                if (minutes := promises.minutes_of(data, promise)) is not None
                for moment in (promises.due(hours, at, minutes * 60.0),)
            },
        )
        for at in moments
    ]
    never = hours is not None and promises.never_opens(hours, now)
    return Examples(time_zone=hours.time_zone if hours else zone, never_opens=never, examples=examples)


async def _one(tx: Tx, policy_id: UUID) -> PolicyNow:
    found = await _now(tx, await promises.policies(tx, policy_id))
    if not found:
        raise not_found()
    return found[0]


async def _now(tx: Tx, found: list[Policy]) -> list[PolicyNow]:
    hours = {one.id: one for one in await routing.all_hours(tx)}
    return [
        PolicyNow(
            policy=one,
            never_opens=one.hours_id is not None and promises.never_opens(hours[one.hours_id], tx.now),
        )
        for one in found
    ]


routes = [list_policies, add_policy, change_policy, remove_policy, try_policy]
