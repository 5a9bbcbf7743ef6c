"""What a contact thinks of a conversation: asked for, given once, and shown as a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from guanxi import events, team
from guanxi.content import Content
from guanxi.conversations.actions.whereabouts import lock_survivor
from guanxi.conversations.actions.write import add_line, reply
from guanxi.conversations.model import Conversation, NotFound, Refused
from guanxi.conversations.queries import lock
from guanxi.conversations.rating import stars_of
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx

LONGEST_WORD = 1000


async def ask_rating(
    tx: Tx,
    conversation_id: UUID,
    *,
    agent_id: UUID | None,
    once: bool = False,
    saying: Callable[[UUID], Content] | None = None,
) -> bool:
    """Ask what the contact thinks; whether it is asked now. What is asked already is not asked twice, and with `once`
    not even when it was answered. `saying` makes the message that asks, out of the question's id; without one the channel
    asks by itself. Raises NotFound."""
    conversation = await lock(tx, conversation_id)
    latest = await tx.fetchrow(
        """select rated_at from rating where workspace_id = $1 and conversation_id = $2
           order by asked_at desc limit 1""",
        tx.workspace_id,
        conversation_id,
    )
    if latest is not None and (once or latest["rated_at"] is None):
        return False
    rating_id = new_id()
    await tx.execute(
        """insert into rating (workspace_id, id, conversation_id, agent_id, asked_by, asked_at)
           values ($1, $2, $3, $4, $5, $6)""",
        tx.workspace_id,
        rating_id,
        conversation_id,
        conversation.assignee_id,
        agent_id,
        tx.now,
    )
    if saying is None or agent_id is not None:  # else the message itself is the line
        await add_line(tx, conversation, "rating_asked", {"by": await team.name_of(tx, agent_id)})
    await _record(tx, conversation, "conversation.rating_asked", agent_id, {"rating_id": str(rating_id)})
    if saying is not None:  # nobody's answer to the contact, so an agent who asks by hand does not say it himself
        await reply(tx, conversation_id, id=rating_id, content=saying(rating_id), agent_id=None, author="bot")
    return True


async def rate(tx: Tx, inbox_id: UUID, external_ids: Sequence[str], rating_id: UUID, *, score: int, word: str) -> None:
    """One of these identities of the inbox answers. Raises NotFound when it was not asked, Refused('rated') when it
    has answered already."""
    conversation_id = await tx.fetchval(
        """select r.conversation_id from rating r
           join conversation c on c.workspace_id = $1 and c.id = r.conversation_id
           join identity d on d.workspace_id = $1 and d.id = c.identity_id
           where r.workspace_id = $1 and r.id = $2 and d.inbox_id = $3 and d.external_id = any($4::text[])""",
        tx.workspace_id,
        rating_id,
        inbox_id,
        list(external_ids),
    )
    if conversation_id is None:
        raise NotFound(rating_id)
    conversation = await lock_survivor(tx, conversation_id)
    word = " ".join(word.split())[:LONGEST_WORD]
    touched = await tx.execute(
        """update rating set score = $3::smallint, word = $4, rated_at = $5
           where workspace_id = $1 and id = $2 and rated_at is null""",
        tx.workspace_id,
        rating_id,
        score,
        word,
        tx.now,
    )
    if not touched:
        raise Refused("rated")
    await add_line(
        tx, conversation, "rated", {"details": {"text": f"{stars_of(score)} {word}".strip(), "score": score}}
    )
    await _record(tx, conversation, "conversation.rated", None, {"score": score, "word": word})


async def _record(
    tx: Tx, conversation: Conversation, kind: str, agent_id: UUID | None, payload: Mapping[str, Any]
) -> None:
    conversation.version += 1
    await tx.execute(
        "update conversation set version = $3, last_seq = $4 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation.id,
        conversation.version,
        conversation.last_seq,
    )
    named = {"seq": conversation.last_seq, **payload}
    await events.record(tx, kind, named, conversation=conversation.id, version=conversation.version, agent=agent_id)
