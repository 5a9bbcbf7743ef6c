"""A supervisor beside an agent: she steps in for him and hands back; and nobody moves what has moved meanwhile unseen."""

from __future__ import annotations

from uuid import UUID

import msgspec

from guanxi import audit, conversations, team
from guanxi.conversations import OPEN, RESOLVED
from guanxi.infra.sql import Tx
from guanxi.routing.actions.moving import assign, save
from guanxi.routing.actions.presence import set_presence
from guanxi.routing.model import Chosen, NotFound, Refused


class Seen(msgspec.Struct, frozen=True):
    """Where somebody saw a conversation when she decided to move it: with whom, in which queue."""

    assignee_id: UUID | None
    queue_id: UUID


async def refuse_if_moved(tx: Tx, conversation_id: UUID, seen: Seen | None) -> None:
    """Raises Refused('moved_meanwhile') when it is not where it was `seen` any more; `by` moved it, `to` whom or into which
    queue. The conversation's row stays locked."""
    conversation = await conversations.lock(tx, conversation_id)
    if seen is None or (conversation.assignee_id, conversation.queue_id) == (seen.assignee_id, seen.queue_id):
        return
    row = await tx.fetchrow(
        """select q.name as queue, a.name as agent, (
             select coalesce(b.name, '') from event e left join agent b on b.workspace_id = $1 and b.id = e.agent_id
             where e.workspace_id = $1 and e.conversation_id = $2 and e.kind = 'conversation.assigned'
             order by e.version desc limit 1) as by
           from conversation c join queue q on q.workspace_id = $1 and q.id = c.queue_id
           left join agent a on a.workspace_id = $1 and a.id = c.assignee_id
           where c.workspace_id = $1 and c.id = $2""",
        tx.workspace_id,
        conversation_id,
    )
    raise Refused("moved_meanwhile", by=row["by"] or "", to=row["agent"] or row["queue"])


async def step_in(tx: Tx, conversation_id: UUID, *, by: UUID, reason: str) -> None:
    """The supervisor takes it from its agent, who is told why; it fills places of hers as whatever is given by hand does.

    Raises Refused('resolved'), Refused('yours_already'), and NotFound for somebody who does not serve.
    """
    conversation = await conversations.lock(tx, conversation_id)
    before = conversation.assignee_id
    if conversation.state == RESOLVED:
        raise Refused("resolved")
    if before == by:
        raise Refused("yours_already")
    serving = await team.lock(tx, [one for one in (before, by) if one is not None])
    if by not in serving:
        raise NotFound(by)
    if conversation.state == OPEN:
        await team.take_place(tx, by, conversation.weight)
        if before is not None:
            await team.shift_load(tx, {before: -conversation.weight})
    conversation.assignee_id = by
    line = {"by": serving[by], "to": await team.name_of(tx, before) if before else ""}
    await conversations.add_line(tx, conversation, "stepped_in", line | ({"note": reason} if reason else {}))
    told = {"to": str(by), "taken_from": str(before) if before else None, "reason": reason}
    await save(tx, conversation, by=by, payload=told, counts=before is not None, taken_from=before)
    about = {"conversation": str(conversation_id), "reason": reason}
    await audit.record(
        tx, "agent.stepped_in", by=by, kind="agent", about_id=before or "", about=str(line["to"]), details=about
    )


async def hand_back(tx: Tx, conversation_id: UUID, *, by: UUID) -> None:
    """It goes back to the agent whom somebody stepped in for; to where it waits, when he is not of the team any more.
    Raises Refused('nobody_to_hand_back_to') when nobody did."""
    conversation = await conversations.lock(tx, conversation_id)
    whose: UUID | None = await tx.fetchval(
        "select taken_from from conversation where workspace_id = $1 and id = $2", tx.workspace_id, conversation_id
    )
    if conversation.assignee_id is None or whose is None:
        raise Refused("nobody_to_hand_back_to")
    serving = await team.lock(tx, [conversation.assignee_id, whose])
    await assign(tx, conversation_id, whose if whose in serving else None, by=by)
    about = {"conversation": str(conversation_id)}
    name = serving.get(whose, "")
    await audit.record(tx, "agent.handed_back", by=by, kind="agent", about_id=whose, about=name, details=about)


async def set_presence_of(tx: Tx, agent_id: UUID, presence: Chosen, *, by: UUID) -> None:
    """Somebody else says that this agent comes, takes a break, or has gone home. Raises NotFound."""
    was = await audit.standing(tx, "agent", agent_id)
    before = await tx.fetchval(
        "select presence from agent where workspace_id = $1 and id = $2", tx.workspace_id, agent_id
    )
    await set_presence(tx, agent_id, presence)
    more = {"presence": [before, presence]} if before != presence else {}
    await audit.changed(tx, "agent", agent_id, was, by=by, more=more)
