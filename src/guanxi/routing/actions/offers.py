"""What is offered: accepted, handed back, or not taken in time; then the next one's turn comes."""

from __future__ import annotations

from uuid import UUID

from guanxi import conversations, events, team
from guanxi.conversations import OPEN, Conversation
from guanxi.infra.sql import Tx
from guanxi.routing.actions.moving import save
from guanxi.routing.model import Refused
from guanxi.routing.rules import NOT_TAKEN


async def accept(tx: Tx, conversation_id: UUID, *, by: UUID) -> None:
    """She takes what she is offered. Taking what one has changes nothing; Refused('not_offered') when it has gone on."""
    conversation = await conversations.lock(tx, conversation_id)
    if conversation.assignee_id != by or conversation.state != OPEN:
        raise Refused("not_offered")
    conversation.version += 1
    taken = await tx.execute(
        """update conversation set offered_until = null, version = $3
           where workspace_id = $1 and id = $2 and offered_until is not null""",
        tx.workspace_id,
        conversation_id,
        conversation.version,
    )
    if taken:
        await events.record(
            tx, "conversation.accepted", {}, conversation=conversation_id, version=conversation.version, agent=by
        )


async def hand_back(tx: Tx, agent_id: UUID) -> int:
    """What this agent is offered goes to the next one, without a reproach; returns how many."""
    rows = await tx.fetch(
        """select id from conversation where workspace_id = $1 and assignee_id = $2 and offered_until is not null
           order by id for update""",
        tx.workspace_id,
        agent_id,
    )
    for row in rows:
        await _release(tx, await conversations.lock(tx, row["id"]), "handed_back", by=agent_id)
    return len(rows)


async def lapse(tx: Tx, most: int = 200) -> int:
    """Offers that have run out go to the next one, and whose they were is busy, for that reason; returns how many."""
    rows = await tx.fetch(
        """select id from conversation where workspace_id = $1 and offered_until is not null and offered_until <= $2
           order by id limit $3 for update skip locked""",
        tx.workspace_id,
        tx.now,
        most,
    )
    late = [await conversations.lock(tx, row["id"]) for row in rows]
    agents = sorted({one.assignee_id for one in late if one.assignee_id is not None})
    await team.lock(tx, agents)
    for conversation in late:
        await _release(tx, conversation, "not_taken", by=None)
    busy = await tx.fetch(
        """update agent set presence = 'busy', busy_reason = $3, presence_at = $4
           where workspace_id = $1 and id = any($2::uuid[]) and presence in ('online', 'wrap_up') returning id""",
        tx.workspace_id,
        agents,
        NOT_TAKEN,
        tx.now,
    )
    for row in busy:
        told = {"agent_id": str(row["id"]), "presence": "busy", "reason": NOT_TAKEN}
        await events.record(tx, "agent.changed", told)
    return len(late)


async def _release(tx: Tx, conversation: Conversation, what: str, *, by: UUID | None) -> None:
    before = conversation.assignee_id
    if before is None:
        return
    await team.shift_load(tx, {before: -conversation.weight})
    conversation.assignee_id = None
    await conversations.add_line(tx, conversation, what, {"to": await team.name_of(tx, before)})
    await save(tx, conversation, by=by, payload={"to": None, "automatic": True, "what": what})
