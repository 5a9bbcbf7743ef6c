"""Policies, and what the clocks of conversations depend on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from guanxi.infra.sql import Tx
from guanxi.promises.hours import Hours
from guanxi.promises.model import Clock, Facts, Policy

# What a rule has said holds first, then the queue's, then everybody's: the same on every channel.
STANDING = """select c.id, c.version, c.state, c.waiting_since, c.first_answered_at is not null as was_answered, c.promises,
    c.assignee_id, c.queue_id, c.last_seq, p.id as policy_id, p.name, p.first_minutes, p.next_minutes, p.resolve_minutes,
    p.pauses, p.amber_percent, p.warn_percent, p.version as policy_version, h.id as hours_id, h.time_zone, h.week, h.holidays
  from conversation c join workspace w on w.id = $1
  left join queue q on q.workspace_id = $1 and q.id = c.queue_id
  left join policy own on own.workspace_id = $1 and own.id = c.policy_id and own.removed_at is null
  left join policy p on p.workspace_id = $1 and p.id = coalesce(own.id, q.policy_id, w.policy_id) and p.removed_at is null
  left join hours h on h.workspace_id = $1 and h.id = p.hours_id
  where c.workspace_id = $1 and c.id = any($2::uuid[]) and (p.id is not null or c.promises <> '[]')"""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as its clocks see it."""

    id: UUID
    version: int
    last_seq: int
    assignee_id: UUID | None
    queue_id: UUID
    facts: Facts
    policy: Policy | None
    hours: Hours | None
    clocks: list[Clock]


async def standing(tx: Tx, ids: Sequence[UUID]) -> list[Standing]:
    """How these conversations stand; those to whom nothing is or was promised are left out."""
    policies: dict[UUID, tuple[Policy, Hours | None]] = {}
    found = []
    for row in await tx.fetch(STANDING, tx.workspace_id, list(ids)):
        policy_id = row["policy_id"]
        if policy_id is not None and policy_id not in policies:
            policies[policy_id] = _policy(row)
        policy, hours = policies[policy_id] if policy_id is not None else (None, None)
        found.append(
            Standing(
                id=row["id"],
                version=row["version"],
                last_seq=row["last_seq"],
                assignee_id=row["assignee_id"],
                queue_id=row["queue_id"],
                facts=Facts(
                    is_resolved=row["state"] == 2, waiting_since=row["waiting_since"], was_answered=row["was_answered"]
                ),
                policy=policy,
                hours=hours,
                clocks=msgspec.convert(row["promises"], list[Clock]),
            )
        )
    return found


def _policy(row: Any) -> tuple[Policy, Hours | None]:
    policy = Policy(
        id=row["policy_id"],
        name=row["name"],
        first_minutes=row["first_minutes"],
        next_minutes=row["next_minutes"],
        resolve_minutes=row["resolve_minutes"],
        hours_id=row["hours_id"],
        pauses=row["pauses"],
        amber_percent=row["amber_percent"],
        warn_percent=row["warn_percent"],
        version=row["policy_version"],
        is_default=False,
    )
    if row["hours_id"] is None:
        return policy, None
    week, holidays = row["week"], row["holidays"]
    known = {"id": row["hours_id"], "name": "", "time_zone": row["time_zone"], "version": 0}
    return policy, msgspec.convert(known | {"week": week, "holidays": holidays}, Hours)


async def policies(tx: Tx, policy_id: UUID | None = None) -> list[Policy]:
    """All policies, the default one first and then by name; or one."""
    rows = await tx.fetch(
        """select p.id, p.name, p.first_minutes, p.next_minutes, p.resolve_minutes, p.hours_id, p.pauses, p.amber_percent,
             p.warn_percent, p.version, p.id is not distinct from w.policy_id as is_default
           from policy p join workspace w on w.id = $1
           where p.workspace_id = $1 and p.removed_at is null and ($2::uuid is null or p.id = $2)
           order by is_default desc, p.name, p.id""",
        tx.workspace_id,
        policy_id,
    )
    return [Policy(**dict(row)) for row in rows]


async def own_zone(tx: Tx) -> str:
    """By whose clock the workspace lives."""
    return str(await tx.fetchval("select time_zone from workspace where id = $1", tx.workspace_id))


async def passed(tx: Tx, most: int) -> list[UUID]:
    """The conversations in which time has changed something, the earliest first; locked, and what others hold is left
    to them."""
    rows = await tx.fetch(
        """select id from conversation where workspace_id = $1 and promise_at <= $2
           order by promise_at limit $3 for update skip locked""",
        tx.workspace_id,
        tx.now,
        most,
    )
    return [row["id"] for row in rows]


async def workspaces_with_passed(directory: Tx, now: datetime) -> list[UUID]:
    """Where time has changed something."""
    rows = await directory.fetch(
        """select distinct workspace_id from (
             select workspace_id from conversation where promise_at <= $1 order by promise_at limit 1000) first""",
        now,
    )
    return [row["workspace_id"] for row in rows]
