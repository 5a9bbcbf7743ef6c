"""Queues are set up: who serves in them, what they need, how early their turn is; and what each agent can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from guanxi import audit, events, promises, team
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.routing.actions.teams import lock_teams, reckon, served_by
from guanxi.routing.model import NotFound, Priority, Queue, Refused, Skills
from guanxi.routing.queries import all_hours, queues
from guanxi.routing.rules import MOST_NEEDS, MOST_QUEUES, MOST_SKILLS, expanded, needs_text


class QueueWishes(msgspec.Struct, frozen=True, kw_only=True):
    """All that is set of a queue, besides its people."""

    name: str
    everybody: bool = True
    needs: Skills = {}
    priority: Priority = 0
    sticky_days: int = 30
    overflow_minutes: int | None = None
    overflow_queue_id: UUID | None = None
    hours_id: UUID | None = None
    offer_seconds: int | None = None
    policy_id: UUID | None = None
    slow_reply_seconds: int | None = None
    position: int = 0
    teams: tuple[UUID, ...] = ()


async def add_queue(tx: Tx, wishes: QueueWishes, agents: Sequence[UUID], *, by: UUID) -> UUID:
    """A new queue. Raises Refused, NotFound (an agent, a team, the queue to overflow to)."""
    if await tx.fetchval("select count(*) from queue where workspace_id = $1", tx.workspace_id) >= MOST_QUEUES:
        raise Refused("too_many_queues")
    await lock_teams(tx)
    id_ = new_id()
    await tx.execute(
        "insert into queue (workspace_id, id, name, created_at) values ($1, $2, $3, $4)",
        tx.workspace_id,
        id_,
        wishes.name,
        tx.now,
    )
    await _set_up(tx, id_, wishes, agents, by=by)
    await audit.add(tx, "queue", id_, by=by)
    return id_


async def change_queue(tx: Tx, queue_id: UUID, wishes: QueueWishes, agents: Sequence[UUID], *, by: UUID) -> None:
    """Set it up anew. What waits in it keeps the needs and the head start that it came with.

    Raises NotFound, Refused('too_many_skills'), Refused('in_a_circle') when it would overflow into itself in the end.
    """
    await lock_teams(tx)
    was = await audit.standing(tx, "queue", queue_id)
    await _set_up(tx, queue_id, wishes, agents, by=by)
    await audit.changed(tx, "queue", queue_id, was, by=by)


async def _set_up(tx: Tx, queue_id: UUID, wishes: QueueWishes, agents: Sequence[UUID], *, by: UUID) -> None:
    if len(wishes.needs) > MOST_NEEDS:
        raise Refused("too_many_skills")
    known = {one.id: one for one in await queues(tx)}
    if queue_id not in known or wishes.overflow_queue_id not in {None, *known}:
        raise NotFound(queue_id)
    if wishes.hours_id is not None and not await all_hours(tx, wishes.hours_id):
        raise NotFound(wishes.hours_id)
    if wishes.policy_id is not None and not await promises.policies(tx, wishes.policy_id):
        raise NotFound(wishes.policy_id)
    _refuse_circles(known, queue_id, wishes.overflow_queue_id)
    await tx.execute(
        """update queue set name = $3, everybody = $4, needs = $5, priority = $6, sticky_days = $7, overflow_minutes = $8,
             overflow_queue_id = $9, position = $10, hours_id = $11,
             offer_seconds = $12, policy_id = $13, slow_reply_seconds = $14, version = version + 1 where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        queue_id,
        wishes.name,
        wishes.everybody,
        needs_text(wishes.needs),
        wishes.priority,
        wishes.sticky_days,
        wishes.overflow_minutes,
        wishes.overflow_queue_id,
        wishes.position,
        wishes.hours_id,
        wishes.offer_seconds,
        wishes.policy_id,
        wishes.slow_reply_seconds,
    )
    if known[queue_id].policy_id != wishes.policy_id:
        await promises.want_reckoning(tx)
    await tx.execute(
        """update queue_agent set named = false, by_team = true
           where workspace_id = $1 and queue_id = $2 and named and agent_id <> all($3::uuid[])""",
        tx.workspace_id,
        queue_id,
        list(agents),
    )
    kept = await tx.fetch(
        """insert into queue_agent (workspace_id, queue_id, agent_id)
           select $1, $2, a.id from agent a where a.workspace_id = $1 and a.id = any($3::uuid[])
           on conflict (workspace_id, queue_id, agent_id) do update set named = true returning agent_id""",
        tx.workspace_id,
        queue_id,
        list(agents),
    )
    if missing := set(agents) - {row["agent_id"] for row in kept}:
        raise NotFound(min(missing))
    await served_by(tx, queue_id, wishes.teams)
    await reckon(tx, [queue_id])  # who is named no more stays only where a team of hers serves
    await _changed(tx, queue_id, by)


async def remove_queue(tx: Tx, queue_id: UUID, *, by: UUID) -> None:
    """It goes. Raises Refused('last_queue'), and Refused('in_use') while an inbox, another queue or an open
    conversation is sent there."""
    known = {one.id: one for one in await queues(tx)}
    if queue_id not in known:
        raise NotFound(queue_id)
    if len(known) == 1:
        raise Refused("last_queue")
    used = await tx.fetchval(
        """select exists (select from inbox where workspace_id = $1 and queue_id = $2 and state <> 'removed')
             or exists (select from conversation where workspace_id = $1 and queue_id = $2 and state < 2)""",
        tx.workspace_id,
        queue_id,
    )
    if used or any(one.overflow_queue_id == queue_id for one in known.values()):
        raise Refused("in_use")
    was = await audit.standing(tx, "queue", queue_id)
    await tx.execute(
        "update queue set removed_at = $3, version = version + 1 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        queue_id,
        tx.now,
    )
    await _changed(tx, queue_id, by)
    await audit.changed(tx, "queue", queue_id, was, by=by)


async def set_skills(tx: Tx, agent_id: UUID, skills: Mapping[str, int], *, by: UUID) -> None:
    """What this agent can, and how well. Raises NotFound, Refused('too_many_skills')."""
    if len(skills) > MOST_SKILLS:
        raise Refused("too_many_skills")
    was = await audit.standing(tx, "agent", agent_id)
    touched = await tx.execute(
        "update agent set skills = $3 where workspace_id = $1 and id = $2 and removed_at is null",
        tx.workspace_id,
        agent_id,
        expanded(skills),
    )
    if not touched:
        raise NotFound(agent_id)
    await events.record(tx, "agent.changed", {"agent_id": str(agent_id)}, agent=by)
    await audit.changed(tx, "agent", agent_id, was, by=by)


async def serve_in(tx: Tx, agent_id: UUID, queue_ids: Sequence[UUID], *, by: UUID) -> list[UUID]:
    """From now on she serves in these of the queues that name who serves there, and in no other of them; those that all
    serve stay as they are, and so does what she serves with a team. Returns those that named her before. Raises
    NotFound."""
    await lock_teams(tx)
    known = {one.id: one for one in await queues(tx)}
    if not await team.lock(tx, [agent_id]) or not set(queue_ids) <= known.keys():
        raise NotFound(agent_id)
    before = [one.id for one in known.values() if agent_id in one.agents]
    wanted = [one for one in queue_ids if not known[one].everybody]
    for queue_id in sorted(set(before) ^ set(wanted)):
        was = await audit.standing(tx, "queue", queue_id)
        if queue_id in wanted:
            await tx.execute(
                """insert into queue_agent (workspace_id, queue_id, agent_id) values ($1, $2, $3)
                   on conflict (workspace_id, queue_id, agent_id) do update set named = true""",
                tx.workspace_id,
                queue_id,
                agent_id,
            )
        else:
            await tx.execute(
                """update queue_agent set named = false, by_team = true
                   where workspace_id = $1 and queue_id = $2 and agent_id = $3""",
                tx.workspace_id,
                queue_id,
                agent_id,
            )
            await reckon(tx, [queue_id])
        await tx.execute(
            "update queue set version = version + 1 where workspace_id = $1 and id = $2", tx.workspace_id, queue_id
        )
        await _changed(tx, queue_id, by)
        await audit.changed(tx, "queue", queue_id, was, by=by)
    return before


def _refuse_circles(known: Mapping[UUID, Queue], queue_id: UUID, target: UUID | None) -> None:
    for _ in known:
        if target == queue_id:
            raise Refused("in_a_circle")
        if target is None:
            return
        target = known[target].overflow_queue_id


async def _changed(tx: Tx, queue_id: UUID, by: UUID) -> None:
    await events.record(tx, "queue.changed", {"queue_id": str(queue_id)}, agent=by)
