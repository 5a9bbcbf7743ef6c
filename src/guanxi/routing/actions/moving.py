"""Conversations are moved: to an agent, to another queue, back to where they wait; and made more or less urgent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from guanxi import conversations, events, promises, team
from guanxi.conversations import OPEN, RESOLVED, Conversation
from guanxi.infra import jobs
from guanxi.infra.jobs import Wanted
from guanxi.infra.sql import Tx
from guanxi.routing.model import NotFound, Priority, Refused, Skills
from guanxi.routing.queries import hopeless_lines, overdue, places, teams, waiting_in
from guanxi.routing.rules import MOST_NEEDS, needs_text

SLICE = 200  # conversations that one transaction moves by itself


async def assign(tx: Tx, conversation_id: UUID, agent_id: UUID | None, *, by: UUID | None) -> None:
    """Give it to an agent, or back to the queue (None). A resolved one cannot be given: Refused('resolved')."""
    await _move(tx, conversation_id, agent_id, by=by, what="assigned", note="")


async def transfer(
    tx: Tx,
    conversation_id: UUID,
    agent_id: UUID | None,
    *,
    note: str,
    by: UUID | None,
    queue_id: UUID | None = None,
    team_id: UUID | None = None,
) -> None:
    """Hand it to a colleague, or back to where it waits, or (`queue_id`) into another queue, or to a team: that is the queue
    which it serves, or of several the one that is named. With a note that tells why. Raises NotFound, Refused:
    team_serves_none, team_serves_several."""
    if team_id is not None:
        team_name, queue_id = await _served_by(tx, team_id, queue_id)
        await move(tx, conversation_id, queue_id, by=by, note=note, to_team=team_name)
    elif queue_id is not None:
        await move(tx, conversation_id, queue_id, by=by, note=note)
    else:
        await _move(tx, conversation_id, agent_id, by=by, what="transferred", note=note.strip())


async def move(
    tx: Tx,
    conversation_id: UUID,
    queue_id: UUID,
    *,
    by: UUID | None,
    note: str = "",
    what: str = "queued",
    to_team: str = "",
) -> None:
    """Put it into a queue, where it waits for whoever serves there. It keeps its place in time; what the old queue
    needed is needed no more. Nothing happens when it waits there already."""
    conversation = await conversations.lock(tx, conversation_id)
    if conversation.state == RESOLVED:
        raise Refused("resolved")
    name = await tx.fetchval(
        "select name from queue where workspace_id = $1 and id = $2 and removed_at is null", tx.workspace_id, queue_id
    )
    if name is None:
        raise NotFound(queue_id)
    if conversation.queue_id == queue_id and conversation.assignee_id is None:
        return
    # what a rule sorts before anybody has it is no effort of its customer's
    counts = conversation.assignee_id is not None or (conversation.queue_id != queue_id and tx.cause is None)
    await _leave(tx, conversation)
    conversation.queue_id, conversation.needs = queue_id, ""
    line = {"by": await team.name_of(tx, by), "queue": str(name)} | ({"team": to_team} if to_team else {})
    await conversations.add_line(tx, conversation, what, line | ({"note": note.strip()} if note.strip() else {}))
    await save(
        tx,
        conversation,
        by=by,
        payload={"to": None, "queue": str(queue_id)} | ({"transferred": True} if by else {}),
        counts=counts,
    )
    kept = await promises.keep_one(tx, conversation_id)  # another queue may promise something else
    conversation.version += len(kept.missed)
    await events.record_all(tx, kept.missed)
    await _stand_anew(tx, conversation, moved=True)


async def _served_by(tx: Tx, team_id: UUID, queue_id: UUID | None) -> tuple[str, UUID]:
    """The team's name, and the queue of its own that is meant."""
    found = await teams(tx, team_id)
    if not found or (queue_id is not None and queue_id not in found[0].queues):
        raise NotFound(queue_id if found else team_id)
    its = found[0].queues if queue_id is None else [queue_id]
    if len(its) != 1:
        raise Refused("team_serves_several" if its else "team_serves_none")
    return found[0].name, its[0]


async def prioritise(tx: Tx, conversation_id: UUID, priority: Priority, *, by: UUID | None) -> None:
    """Its turn comes earlier, or later, by so many steps."""
    conversation = await conversations.lock(tx, conversation_id)
    before = await tx.fetchval(
        "select priority from conversation where workspace_id = $1 and id = $2", tx.workspace_id, conversation_id
    )
    if before == priority:
        return
    conversation.version += 1
    conversation.last_seq = await conversations.add_line(
        tx, conversation, "prioritised", {"by": await team.name_of(tx, by), "priority": priority}
    )
    await tx.execute(
        "update conversation set priority = $3, version = $4, last_seq = $5 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation_id,
        priority,
        conversation.version,
        conversation.last_seq,
    )
    await events.record(
        tx, "conversation.prioritised", {"seq": conversation.last_seq, "priority": priority},
        conversation=conversation_id, version=conversation.version, agent=by,
    )  # fmt: skip
    await _stand_anew(tx, conversation, moved=False)


async def stand_anew(tx: Tx, contact_id: UUID) -> None:
    """The contact counts more, or less, than he did: what he waits for stands elsewhere in its queue."""
    rows = await tx.fetch(
        """select c.id from identity d join conversation c on c.workspace_id = $1 and c.identity_id = d.id and c.state < 2
           where d.workspace_id = $1 and d.contact_id = $2 order by c.id for update of c""",
        tx.workspace_id,
        contact_id,
    )
    for row in rows:
        await _stand_anew(tx, await conversations.lock(tx, row["id"]), moved=False)


async def need(tx: Tx, conversation_id: UUID, needs: Skills, *, by: UUID | None) -> None:
    """Only who has these skills is given it by itself; none: anybody in its queue. Raises Refused('too_many_skills')."""
    if len(needs) > MOST_NEEDS:
        raise Refused("too_many_skills")
    conversation = await conversations.lock(tx, conversation_id)
    what = "needs" if needs else "needs_nothing"
    await _need(tx, conversation, needs_text(needs), what, {"by": await team.name_of(tx, by)}, by)


async def _need(
    tx: Tx, conversation: Conversation, needs: str, what: str, details: dict[str, Any], by: UUID | None
) -> None:
    if conversation.needs == needs:
        return
    await conversations.add_line(tx, conversation, what, details | {"needs": needs or conversation.needs})
    conversation.needs = needs
    conversation.version += 1
    await tx.execute(
        "update conversation set needs = $3, version = $4, last_seq = $5 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation.id,
        needs,
        conversation.version,
        conversation.last_seq,
    )
    told = {"seq": conversation.last_seq, "needs": needs, "what": what}
    await events.record(
        tx, "conversation.needed", told, conversation=conversation.id, version=conversation.version, agent=by
    )


async def _stand_anew(tx: Tx, conversation: Conversation, *, moved: bool) -> None:
    """Reckon its head start again, after its queue or priority has changed; where it was `moved`, its needs, too."""
    stand = (await places(tx, [conversation.id]))[conversation.id]
    conversation.needs = stand.needs if moved else conversation.needs
    await tx.execute(
        "update conversation set needs = $3, head_start = $4 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation.id,
        conversation.needs,
        stand.head_start,
    )


async def _leave(tx: Tx, conversation: Conversation) -> None:
    if conversation.assignee_id is not None and conversation.state == OPEN:
        await team.shift_load(tx, {conversation.assignee_id: -conversation.weight})
    conversation.assignee_id = None


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
        await team.take_place(tx, agent_id, conversation.weight)
    if before is not None and before != agent_id and conversation.state == OPEN:
        await team.shift_load(tx, {before: -conversation.weight})
    conversation.assignee_id = agent_id
    line: dict[str, Any] = {"by": await team.name_of(tx, by), "to": serving[agent_id] if agent_id else ""}
    await conversations.add_line(tx, conversation, what, line | ({"note": note} if note else {}))
    to = {"to": str(agent_id) if agent_id else None}
    payload = to | ({"transferred": True} if what == "transferred" else {})
    await save(tx, conversation, by=by, payload=payload, counts=before is not None and before != agent_id)


async def save(
    tx: Tx,
    conversation: Conversation,
    *,
    by: UUID | None,
    payload: dict[str, Any],
    offered_until: datetime | None = None,
    counts: bool = False,
    taken_from: UUID | None = None,
) -> None:
    """Write who has it (or, until then, is offered it), or where it waits, and record that. `counts`: its customer was
    passed on, once more; not from somebody to whom it was only offered."""
    conversation.version += 1
    transfers = await tx.fetchval(
        """update conversation c set version = $3, last_seq = $4, assignee_id = $5, assigned_at = $6, queue_id = $7, needs = $8,
             offered_until = $9,
             queued_at = case when $5::uuid is null or c.queue_id <> $7 then $6 else c.queued_at end, taken_from = $10,
             transfers = least(c.transfers + case when was.offered_until is null then $11::integer else 0 end, 30000)
           from (select offered_until from conversation where workspace_id = $1 and id = $2) was
           where c.workspace_id = $1 and c.id = $2 returning case when was.offered_until is null then c.transfers end""",
        tx.workspace_id,
        conversation.id,
        conversation.version,
        conversation.last_seq,
        conversation.assignee_id,
        tx.now,
        conversation.queue_id,
        conversation.needs,
        offered_until,
        taken_from,
        int(counts),
    )
    if counts and transfers is not None:
        payload = payload | {"transfers": transfers}
    named = {"seq": conversation.last_seq} | payload  # so that the line in the thread travels with the event
    await events.record(
        tx, "conversation.assigned", named, conversation=conversation.id, version=conversation.version, agent=by
    )


async def give_back_all(tx: Tx, agent_id: UUID, *, by: UUID | None, most: int = SLICE) -> int:
    """Everything open or snoozed that this agent has goes back to the queue: so many at once, the rest by a job, so that
    no transaction is long; returns how many."""
    rows = await tx.fetch(
        """select id from conversation where workspace_id = $1 and assignee_id = $2 and state < 2
           order by id limit $3 for update""",
        tx.workspace_id,
        agent_id,
        most,
    )
    for row in rows:
        await assign(tx, row["id"], None, by=by)
    if len(rows) == most:
        args = {"agent": str(agent_id), "by": str(by) if by else None}
        await jobs.enqueue(tx, [Wanted(lane=f"give_back:{agent_id}", pool="give_back", kind="give_back", args=args)])
    return len(rows)


async def take_over(tx: Tx, most: int = SLICE) -> int:
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
        await team.shift_load(tx, {before: -conversation.weight})
        conversation.assignee_id = None
        await conversations.add_line(tx, conversation, "taken_over", {"to": away[before], "minutes": minutes})
        await save(tx, conversation, by=None, payload={"to": None, "automatic": True}, counts=True)
    return len(taken)


async def overflow(tx: Tx, most: int = SLICE) -> int:
    """What has waited in a queue for longer than it allows goes on to the queue that it names, or needs no skill any
    more; what needs skills that nobody of the team has needs them no more. Each says so in a line; returns how many."""
    moved = 0
    for conversation_id, queue_id in await overdue(tx, most):
        if queue_id is not None:
            await move(tx, conversation_id, queue_id, by=None, what="overflowed")
        else:
            await _need(tx, await conversations.lock(tx, conversation_id), "", "overflowed", {}, None)
        moved += 1
    for line in await hopeless_lines(tx):
        for conversation_id in await waiting_in(tx, line, most):
            await _need(tx, await conversations.lock(tx, conversation_id), "", "nobody_skilled", {}, None)
            moved += 1
    return moved
