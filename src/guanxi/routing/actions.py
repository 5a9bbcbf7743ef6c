"""Conversations are given to agents: by load when they open, by hand, from the queue, and back to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from guanxi import conversations, events, team
from guanxi.conversations import OPEN, RESOLVED, Conversation
from guanxi.infra.sql import Tx
from guanxi.routing.model import NotFound, Refused

Presence = Literal["online", "busy", "offline"]


async def give(tx: Tx, waiting: Sequence[Conversation]) -> int:
    """Give open conversations, locked by this transaction, to free agents as long as there are any.

    An assignee who is there keeps his own (the contact came back); else the least-loaded free agent takes it.
    Returns how many were given. Assignees come first and in the order of their ids, for their rows are waited for;
    free agents are taken with SKIP LOCKED.
    """
    given = 0
    back = sorted(((one.assignee_id, one) for one in waiting if one.assignee_id), key=lambda pair: pair[0])
    away = [one for agent_id, one in back if not await team.take_back(tx, agent_id)]
    for conversation in [*away, *(one for one in waiting if one.assignee_id is None)]:
        taken = await team.take_free_agent(tx)
        if taken is None:
            if conversation.assignee_id is not None:
                await _set_assignee(tx, conversation, None)
            continue
        conversation.assignee_id = taken[0]
        await conversations.add_line(tx, conversation, "assigned", {"to": taken[1], "automatic": True})
        await _save(tx, conversation, by=None, payload={"to": str(taken[0]), "automatic": True})
        given += 1
    return given


async def give_waiting(tx: Tx, most: int = 50) -> int:
    """Give what waits in the queue, longest waiting first, to agents who are free now; returns how many."""
    free = await tx.fetchval(
        """select coalesce(sum(capacity - load), 0) from agent where workspace_id = $1 and presence = 'online'
             and removed_at is null and load < capacity""",
        tx.workspace_id,
    )
    if not free:
        return 0
    ids = await tx.fetch(
        """select id from conversation where workspace_id = $1 and assignee_id is null and state = 0
             and waiting_since is not null
           order by waiting_since, id limit $2 for update skip locked""",
        tx.workspace_id,
        min(int(free), most),
    )
    return await give(tx, [await conversations.lock(tx, row["id"]) for row in ids])


async def pull(tx: Tx, agent_id: UUID) -> UUID | None:
    """The agent takes the conversation that has waited longest, whatever his capacity, else the oldest in the queue
    that waits for nothing; None for an empty queue."""
    found = await tx.fetchval(
        """select id from conversation where workspace_id = $1 and assignee_id is null and state = 0
             and waiting_since is not null
           order by waiting_since, id limit 1 for update skip locked""",
        tx.workspace_id,
    ) or await tx.fetchval(
        """select id from conversation where workspace_id = $1 and assignee_id is null and state = 0
             and waiting_since is null
           order by last_at, id limit 1 for update skip locked""",
        tx.workspace_id,
    )
    if found is None:
        return None
    await assign(tx, found, agent_id, by=agent_id)
    return UUID(str(found))


async def assign(tx: Tx, conversation_id: UUID, agent_id: UUID | None, *, by: UUID | None) -> None:
    """Give it to an agent, or back to the queue (None). A resolved one cannot be given: Refused('resolved')."""
    await _move(tx, conversation_id, agent_id, by=by, what="assigned", note="")


async def transfer(tx: Tx, conversation_id: UUID, agent_id: UUID | None, *, note: str, by: UUID) -> None:
    """Hand it to a colleague or back to the queue, with a note that tells him why."""
    await _move(tx, conversation_id, agent_id, by=by, what="transferred", note=note.strip())


async def _move(tx: Tx, conversation_id: UUID, agent_id: UUID | None, *, by: UUID | None, what: str, note: str) -> None:
    conversation = await conversations.lock(tx, conversation_id)
    if conversation.state == RESOLVED:
        raise Refused("resolved")
    if conversation.assignee_id == agent_id and not note:
        return
    before = conversation.assignee_id
    serving = await team.lock(tx, [one for one in (before, agent_id) if one is not None])
    if agent_id is not None and agent_id not in serving:
        raise NotFound(agent_id)
    if agent_id is not None and agent_id != before and conversation.state == OPEN:
        await team.take_place(tx, agent_id)
    if before is not None and before != agent_id and conversation.state == OPEN:
        await team.shift_load(tx, {before: -1})
    conversation.assignee_id = agent_id
    line: dict[str, Any] = {"by": await team.name_of(tx, by), "to": serving[agent_id] if agent_id else ""}
    await conversations.add_line(tx, conversation, what, line | ({"note": note} if note else {}))
    to = {"to": str(agent_id) if agent_id else None}
    await _save(tx, conversation, by=by, payload=to | ({"transferred": True} if what == "transferred" else {}))


async def _set_assignee(tx: Tx, conversation: Conversation, agent_id: UUID | None) -> None:
    conversation.assignee_id = agent_id
    await _save(tx, conversation, by=None, payload={"to": None})


async def _save(tx: Tx, conversation: Conversation, *, by: UUID | None, payload: dict[str, Any]) -> None:
    conversation.version += 1
    await tx.execute(
        """update conversation set version = $3, last_seq = $4, assignee_id = $5, assigned_at = $6
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        conversation.id,
        conversation.version,
        conversation.last_seq,
        conversation.assignee_id,
        tx.now,
    )
    named = {"seq": conversation.last_seq} | payload  # so that the line in the thread travels with the event
    await events.record(
        tx, "conversation.assigned", named, conversation=conversation.id, version=conversation.version, agent=by
    )


async def set_presence(tx: Tx, agent_id: UUID, presence: Presence) -> None:
    """The agent comes, takes a break, or goes. Who comes is given what waits, up to his capacity."""
    touched = await tx.execute(
        """update agent set presence = $3, presence_at = $4, seen_at = $4
           where workspace_id = $1 and id = $2 and removed_at is null""",
        tx.workspace_id,
        agent_id,
        presence,
        tx.now,
    )
    if not touched:
        raise NotFound(agent_id)
    await events.record(tx, "agent.changed", {"agent_id": str(agent_id), "presence": presence}, agent=agent_id)


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


async def give_back_all(tx: Tx, agent_id: UUID, *, by: UUID | None) -> int:
    """Everything open or snoozed that this agent has goes back to the queue; returns how many."""
    rows = await tx.fetch(
        """select id from conversation where workspace_id = $1 and assignee_id = $2 and state < 2
           order by id for update""",
        tx.workspace_id,
        agent_id,
    )
    for row in rows:
        await assign(tx, row["id"], None, by=by)
    return len(rows)


async def take_over(tx: Tx, most: int = 200) -> int:
    """The open conversations of agents who have been away for the workspace's `take_over_minutes` (0: never) go back
    to the queue, each with a line; returns how many. What was given to somebody while away has its time, too."""
    minutes = await tx.fetchval("select take_over_minutes from workspace where id = $1", tx.workspace_id)
    if not minutes:
        return 0
    rows = await tx.fetch(
        """select c.id from agent a join conversation c
             on c.workspace_id = $1 and c.assignee_id = a.id and c.state = 0
           where a.workspace_id = $1 and a.presence = 'offline' and a.load > 0
             and greatest(a.presence_at, c.assigned_at) < $2
           order by c.id limit $3 for update of c skip locked""",
        tx.workspace_id,
        tx.now - timedelta(minutes=minutes),
        most,
    )
    waiting = [await conversations.lock(tx, row["id"]) for row in rows]
    away = await team.lock_away(tx, sorted({one.assignee_id for one in waiting if one.assignee_id}))
    taken = [one for one in waiting if one.assignee_id in away and one.state == OPEN]
    for conversation in taken:
        before = conversation.assignee_id
        assert before is not None
        await team.shift_load(tx, {before: -1})
        conversation.assignee_id = None
        await conversations.add_line(tx, conversation, "taken_over", {"to": away[before], "minutes": minutes})
        await _save(tx, conversation, by=None, payload={"to": None, "automatic": True})
    return len(taken)
