"""What an agent has written is sent later: planned, changed, cancelled, held up, sent. It becomes a message once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from guanxi import content as contents
from guanxi import events
from guanxi.content import Content
from guanxi.conversations.actions.write import find_by_id, quotable, refuse_over_newer, refuse_quote, reply
from guanxi.conversations.model import Conversation, NotFound, Planned, Refused
from guanxi.conversations.queries import lock
from guanxi.infra.jobs import Wanted, enqueue
from guanxi.infra.sql import Tx

HELD = timedelta(seconds=5)
LATEST = timedelta(days=90)
MOST_PLANNED = 20  # of a conversation


async def plan(
    tx: Tx,
    conversation_id: UUID,
    *,
    id: UUID,
    content: Content,
    agent_id: UUID,
    send_at: datetime | None,
    seen_seq: int | None = None,
    force: bool = True,
    public: bool = False,
    original: str = "",
    quotes: int | None = None,
) -> None:
    """Send this at a time; without one in five seconds, until when it can be undone. `id` is the writer's own: the same
    one again is the same message. Raises NotFound, and Refused: as `reply` does, 'in_the_past', 'too_far', 'too_many_planned'.
    """
    if send_at is not None and not tx.now < send_at <= tx.now + LATEST:
        raise Refused("in_the_past" if send_at <= tx.now else "too_far")
    conversation = await lock(tx, conversation_id)
    if await find_by_id(tx, conversation_id, id) is not None or await find_plan(tx, conversation_id, id) is not None:
        return
    if public is not conversation.is_public:
        raise Refused("is_public" if conversation.is_public else "is_private")
    if not force and seen_seq is not None:
        await refuse_over_newer(tx, conversation_id, agent_id, seen_seq)
    await refuse_quote(tx, conversation_id, quotes)
    at = send_at or tx.now + HELD
    standing = await tx.fetchval(
        "select count(*) from planned where workspace_id = $1 and conversation_id = $2",
        tx.workspace_id,
        conversation_id,
    )
    if standing >= MOST_PLANNED:
        raise Refused("too_many_planned")
    taken = await tx.fetchval(
        """insert into planned (workspace_id, id, conversation_id, agent_id, kind, content, public, seen_seq, send_at, created_at, original,
             quoted_seq)
           values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, nullif($11, ''), $12) on conflict do nothing returning true""",
        tx.workspace_id,
        id,
        conversation_id,
        agent_id,
        "planned" if send_at else "held",
        contents.encode(content).decode(),
        public,
        conversation.last_seq if seen_seq is None else seen_seq,
        at,
        tx.now,
        original,
        quotes,
    )
    if not taken:
        raise Refused("taken")
    await _tell(tx, conversation, agent_id, {"planned": str(id)})
    await _want(tx, id, conversation_id, at)


async def change_plan(
    tx: Tx,
    conversation_id: UUID,
    planned_id: UUID,
    *,
    agent_id: UUID,
    content: Content | None,
    send_at: datetime | None,
) -> None:
    """Say it otherwise, or at another time (now is one); whoever does that has seen all that was said until now. Raises
    NotFound for what is sent or cancelled, Refused('in_the_past'), Refused('too_far')."""
    conversation = await lock(tx, conversation_id)
    standing = await find_plan(tx, conversation_id, planned_id)
    if standing is None:
        raise NotFound(planned_id)
    at = send_at or standing.send_at
    if not tx.now <= at <= tx.now + LATEST:
        raise Refused("in_the_past" if at < tx.now else "too_far")
    await tx.execute(
        """update planned set content = coalesce($4::jsonb, content), original = case when $4::jsonb is null then original end, send_at = $5, seen_seq = $6, state = 'waiting',
             reason = '', kind = 'planned' where workspace_id = $1 and conversation_id = $2 and id = $3""",
        tx.workspace_id,
        conversation_id,
        planned_id,
        contents.encode(content).decode() if content is not None else None,
        at,
        conversation.last_seq,
    )
    await _tell(tx, conversation, agent_id, {"planned": str(planned_id)})
    await _want(tx, planned_id, conversation_id, at)


async def cancel_plan(tx: Tx, conversation_id: UUID, planned_id: UUID, *, agent_id: UUID) -> None:
    """It is not sent. Raises NotFound when it has been, or was cancelled before."""
    conversation = await lock(tx, conversation_id)
    if not await _forget(tx, planned_id):
        raise NotFound(planned_id)
    await _tell(tx, conversation, agent_id, {"cancelled": str(planned_id)})


async def hold_plan(tx: Tx, planned: Planned, *, state: str, reason: str) -> None:
    """Its time has come, and it does not go: somebody has to decide. The conversation is locked."""
    conversation = await lock(tx, planned.conversation_id)
    await tx.execute(
        "update planned set state = $3, reason = $4 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        planned.id,
        state,
        reason,
    )
    await _tell(tx, conversation, None, {"held": str(planned.id), "reason": reason or state})


async def send_plan(tx: Tx, planned: Planned) -> None:
    """It becomes a reply, under its own id."""
    await _forget(tx, planned.id)
    await reply(
        tx,
        planned.conversation_id,
        id=planned.id,
        content=planned.content,
        agent_id=planned.agent_id,
        seen_seq=planned.seen_seq,
        public=planned.public,
        original=planned.original or "",
        quotes=await quotable(tx, planned.conversation_id, planned.quoted_seq),
    )


async def _forget(tx: Tx, planned_id: UUID) -> bool:
    gone = await tx.execute("delete from planned where workspace_id = $1 and id = $2", tx.workspace_id, planned_id)
    return bool(gone)


async def _want(tx: Tx, planned_id: UUID, conversation_id: UUID, at: datetime) -> None:
    args = {"planned": str(planned_id), "conversation": str(conversation_id)}
    await enqueue(tx, [Wanted(lane=f"plan:{planned_id}", pool="plan", kind="send_planned", args=args, not_before=at)])


async def _tell(tx: Tx, conversation: Conversation, agent_id: UUID | None, payload: dict[str, str]) -> None:
    conversation.version += 1
    await tx.execute(
        "update conversation set version = $3 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation.id,
        conversation.version,
    )
    await events.record(
        tx, "message.planned", payload, conversation=conversation.id, version=conversation.version, agent=agent_id
    )


async def find_plan(tx: Tx, conversation_id: UUID, planned_id: UUID) -> Planned | None:
    """What is to be sent later, by its id; None when it has been sent or cancelled."""
    row = await tx.fetchrow(
        """select id, conversation_id, agent_id, kind, content, public, seen_seq, send_at, state, original, quoted_seq from planned
           where workspace_id = $1 and conversation_id = $2 and id = $3""",
        tx.workspace_id,
        conversation_id,
        planned_id,
    )
    return None if row is None else _planned(row)


async def due_plans(tx: Tx, conversation_id: UUID) -> list[Planned]:
    """What waits for nothing but to be sent now, in its order."""
    rows = await tx.fetch(
        """select id, conversation_id, agent_id, kind, content, public, seen_seq, send_at, state, original, quoted_seq from planned
           where workspace_id = $1 and conversation_id = $2 and state = 'waiting' and send_at <= $3
           order by send_at, created_at, id""",
        tx.workspace_id,
        conversation_id,
        tx.now,
    )
    return [_planned(row) for row in rows]


def _planned(row: Any) -> Planned:
    return Planned(**{**dict(row), "content": contents.decode(msgspec.json.encode(row["content"]))})


async def written_since(tx: Tx, conversation_id: UUID, seq: int) -> bool:
    """Has the contact written behind this message?"""
    return bool(
        await tx.fetchval(
            """select exists (select from message where workspace_id = $1 and conversation_id = $2 and seq > $3
                 and author = 'contact')""",
            tx.workspace_id,
            conversation_id,
            seq,
        )
    )
