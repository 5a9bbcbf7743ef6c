"""Conversations are given by themselves: to who knows the contact, who is fit, who has least; and pulled by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from guanxi import conversations, events, team
from guanxi.conversations import Conversation
from guanxi.infra.sql import Tx
from guanxi.routing.actions.moving import assign, save
from guanxi.routing.model import Place
from guanxi.routing.queries import next_for, next_waiting, places

# One conditional update: two transactions never give the same last place away.
TAKE = """with asked as (select coalesce(q.offer_seconds, w.offer_seconds) as offer_seconds
    from queue q join workspace w on w.id = $1 where q.workspace_id = $1 and q.id = $3)
  update agent set load = load + $4, last_assigned_at = $2 where workspace_id = $1 and id = (
    select a.id from agent a where a.workspace_id = $1 and a.presence = 'online' and a.removed_at is null
      and a.load + $4 <= a.capacity and a.skills @> string_to_array($5, ' ')
      and ((select offer_seconds from asked) = 0 or not exists (select from conversation o
        where o.workspace_id = $1 and o.assignee_id = a.id and o.offered_until is not null))
      and ((select everybody from queue where workspace_id = $1 and id = $3) or exists (
        select from queue_agent s where s.workspace_id = $1 and s.queue_id = $3 and s.agent_id = a.id))
    order by a.id = $6 desc nulls last, a.load::float / greatest(a.capacity, 1), a.last_assigned_at nulls first, a.id limit 1
    for update skip locked)
  returning id, name, load, capacity, (select offer_seconds from asked) as offer_seconds"""


class Taken(msgspec.Struct, frozen=True):
    """Who takes a conversation, why she, and for how many seconds it is offered to her; 0: it is hers at once."""

    agent_id: UUID
    name: str
    why: dict[str, Any]
    offer_seconds: int


async def give(tx: Tx, waiting: Sequence[Conversation]) -> int:
    """Give open conversations, locked by this transaction, to free agents as long as there are any.

    An assignee who is there keeps what he had put aside, and what was settled if he has room; else who served the contact
    last, if free; else the one with most room among those who are fit. Where the queue offers, she has it for so many seconds to
    accept; her capacity counts it meanwhile. Returns how many were given. Assignees come first and in the order
    of their ids, for their rows are waited for; free agents are taken with SKIP LOCKED.
    """
    back = sorted(((one.assignee_id, one) for one in waiting if one.assignee_id), key=lambda pair: pair[0])
    away = [one for agent_id, one in back if not await team.take_back(tx, agent_id, one.weight, beyond=one.was_woken)]
    rest = [*away, *(one for one in waiting if one.assignee_id is None)]
    if not rest:
        return 0
    stand = await places(tx, [one.id for one in rest])
    await _take_their_places(tx, [one for one in rest if one.is_new], stand)
    given = 0
    full: set[tuple[UUID, str, int]] = set()
    for conversation in rest:
        line = (conversation.queue_id, conversation.needs, conversation.weight)
        taken = None if line in full else await _take(tx, conversation, stand[conversation.id].knows)
        if taken is None:
            full.add(line)
            if conversation.assignee_id is not None:
                conversation.assignee_id = None
                await save(tx, conversation, by=None, payload={"to": None}, counts=True)
            continue
        was_anothers = conversation.assignee_id not in (None, taken.agent_id)
        conversation.assignee_id = taken.agent_id
        until = tx.now + timedelta(seconds=taken.offer_seconds) if taken.offer_seconds else None
        told = {"automatic": True, "why": taken.why}
        await conversations.add_line(tx, conversation, "offered" if until else "assigned", {"to": taken.name, **told})
        told |= {"offered": True} if until else {}
        await save(
            tx,
            conversation,
            by=None,
            payload={"to": str(taken.agent_id), **told},
            offered_until=until,
            counts=was_anothers,
        )
        given += 1
    return given


async def _take_their_places(tx: Tx, fresh: Sequence[Conversation], stand: Mapping[UUID, Place]) -> None:
    """Newly opened ones get what their queue asks and how early they are; most have nothing of both."""
    placed = [one for one in fresh if stand[one.id].needs or stand[one.id].head_start]
    for one in placed:
        one.needs = stand[one.id].needs
    if placed:
        await tx.execute(
            """update conversation c set needs = s.needs, head_start = s.head_start
               from unnest($2::uuid[], $3::text[], $4::integer[]) as s(id, needs, head_start)
               where c.workspace_id = $1 and c.id = s.id""",
            tx.workspace_id,
            [one.id for one in placed],
            [one.needs for one in placed],
            [stand[one.id].head_start for one in placed],
        )


async def _take(tx: Tx, conversation: Conversation, knows: UUID | None) -> Taken | None:
    """Reserve room for it with the fittest free agent."""
    row = await tx.fetchrow(
        TAKE, tx.workspace_id, tx.now, conversation.queue_id, conversation.weight, conversation.needs, knows
    )
    if row is None:
        return None
    await events.record(tx, "agent.changed", {"agent_id": str(row["id"])})
    why: dict[str, Any] = {"code": "most_room", "load": row["load"], "capacity": row["capacity"]}
    if row["id"] == knows:
        why["code"] = "knows"
    elif conversation.needs:
        why |= {"code": "skilled", "needs": conversation.needs}
    return Taken(row["id"], row["name"], why, row["offer_seconds"])


async def give_waiting(tx: Tx, most: int = 50) -> int:
    """Give what waits, by its turn, to fit agents who are free now; returns how many."""
    ids = await next_waiting(tx, most)
    if not ids:
        return 0
    locked = {one.id: one for one in await conversations.lock_waiting(tx, ids)}
    return await give(tx, [locked[id_] for id_ in ids if id_ in locked])


async def pull(tx: Tx, agent_id: UUID) -> UUID | None:
    """The agent takes the conversation whose turn it is in her queues, whatever her load, else the oldest there that
    waits for nothing; None when there is nothing for her."""
    ids = await next_for(tx, agent_id)
    locked = {one.id for one in await conversations.lock_waiting(tx, ids)}
    found: UUID | None = next((id_ for id_ in ids if id_ in locked), None)
    if found is None:
        found = await tx.fetchval(
            """select c.id from conversation c join queue q on q.workspace_id = $1 and q.id = c.queue_id
                 join agent a on a.workspace_id = $1 and a.id = $2 and a.skills @> string_to_array(c.needs, ' ')
               where c.workspace_id = $1 and c.assignee_id is null and c.state = 0 and c.waiting_since is null
                 and (q.everybody or exists (select from queue_agent s
                   where s.workspace_id = $1 and s.queue_id = q.id and s.agent_id = $2))
               order by c.last_at, c.id limit 1 for update of c skip locked""",
            tx.workspace_id,
            agent_id,
        )
    if found is None:
        return None
    await assign(tx, found, agent_id, by=agent_id)
    return found
