"""The state of a conversation changes: resolved, reopened, snoozed, woken, tagged, read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from guanxi import events, promises, team
from guanxi.conversations.actions.wrap_up import settle_wrap_up
from guanxi.conversations.actions.write import add_line
from guanxi.conversations.model import OPEN, RESOLVED, SNOOZED, Conversation, Refused
from guanxi.conversations.queries import lock, unanswered_since, was_told
from guanxi.conversations.rules import whole_seconds
from guanxi.infra.jobs import Wanted, enqueue
from guanxi.infra.sql import Tx

MOST_TAGS, LONGEST_TAG, MOST_ATTRIBUTES, LONGEST_NOTE = 30, 40, 100, 200


async def resolve(tx: Tx, conversation_id: UUID, *, agent_id: UUID | None, wrap_up_id: UUID | None = None) -> None:
    """The matter is settled, and (`wrap_up_id`) was about this. Resolving what is resolved changes nothing. Raises Refused:
    'wrap_up_needed' where the workspace wants a code, 'unknown_code'."""
    conversation = await lock(tx, conversation_id)
    if conversation.state == RESOLVED:
        return
    code, about = await settle_wrap_up(tx, conversation, wrap_up_id)
    await _free(tx, conversation)
    if agent_id is not None and agent_id == conversation.assignee_id:
        await team.begin_wrap_up(tx, agent_id)  # in the same transaction: nothing may be given to her in between
    said = {"by": await team.name_of(tx, agent_id)} | ({"note": about} if about else {})
    await add_line(tx, conversation, "resolved", said)
    conversation.state, conversation.waiting_since = RESOLVED, None
    await _save(tx, conversation, "conversation.resolved", agent_id, {"wrap_up": str(code)} if code else {})


async def reopen(tx: Tx, conversation_id: UUID, *, agent_id: UUID | None, as_before: bool = False) -> None:
    """Open it again; `as_before`: who waited when it was resolved waits on. Raises Refused('another_open') when the contact has a newer open one on the same thread."""
    conversation = await lock(tx, conversation_id)
    if conversation.state == OPEN:
        return
    if conversation.state == RESOLVED:
        other = await tx.fetchval(
            """select id from conversation where workspace_id = $1 and identity_id = $2 and thread = $3 and state < 2""",
            tx.workspace_id,
            conversation.identity_id,
            conversation.thread,
        )
        if other is not None:
            raise Refused("another_open", conversation_id=str(other))
    await _take(tx, conversation)
    await add_line(tx, conversation, "reopened", {"by": await team.name_of(tx, agent_id)})
    if as_before and conversation.state == RESOLVED:
        conversation.waiting_since = await unanswered_since(tx, conversation_id)
    conversation.state = OPEN
    try:
        await _save(tx, conversation, "conversation.reopened", agent_id, {"by": "agent"})
    except asyncpg.UniqueViolationError as error:  # the contact has opened one at this moment
        raise Refused("another_open") from error


async def snooze(
    tx: Tx,
    conversation_id: UUID,
    *,
    until: datetime | None,
    agent_id: UUID | None,
    on_reply: bool = True,
    note: str = "",
) -> None:
    """Put it aside until a time, until the contact writes (`on_reply`), or until the first of both; `note` says what for.

    Raises Refused for the past, for a resolved one, and 'no_return' when nothing would bring it back.
    """
    if until is None and not on_reply:
        raise Refused("no_return")
    if until is not None and until <= tx.now:
        raise Refused("in_the_past")
    conversation = await lock(tx, conversation_id)
    if conversation.state == RESOLVED:
        raise Refused("resolved")
    if conversation.state == OPEN:
        await _free(tx, conversation)
    at = events.wire_time(until) if until is not None else None
    what = "snoozed_until_reply" if at is None else "snoozed" if on_reply else "snoozed_through"
    note = " ".join(note.split())[:LONGEST_NOTE]
    said = {"by": await team.name_of(tx, agent_id)} | ({"until": at} if at else {}) | ({"note": note} if note else {})
    await add_line(tx, conversation, what, said)
    await tx.execute(
        """update conversation set snoozed_until = $3, sleeps_through = $4, snooze_note = $5
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        conversation_id,
        until,
        not on_reply,
        note,
    )
    conversation.state = SNOOZED
    payload = {"until": at, "on_reply": on_reply}
    await _save(tx, conversation, "conversation.snoozed", agent_id, payload)
    if until is None:
        return
    await enqueue(
        tx,
        [Wanted(lane=f"wake:{conversation_id}", pool="wake", kind="wake", args={"conversation": str(conversation_id)},
                not_before=until)],
    )  # fmt: skip


async def wake(tx: Tx, conversation_id: UUID) -> float:
    """Its time has come: back into the list. Nothing happens when it was woken or resolved meanwhile, or waits for a word alone.

    Returns in how many seconds to come again, because it is too early: somebody snoozed it anew, or the clock that
    sent us here runs ahead of ours; else 0.
    """
    conversation = await lock(tx, conversation_id)
    if conversation.state != SNOOZED:
        return 0.0
    until: datetime | None = await tx.fetchval(
        "select snoozed_until from conversation where workspace_id = $1 and id = $2", tx.workspace_id, conversation_id
    )
    if until is None:
        return 0.0
    if until > tx.now:
        return (until - tx.now).total_seconds()
    await _take(tx, conversation)
    await add_line(tx, conversation, "woken", {})
    conversation.state = OPEN
    await _save(tx, conversation, "conversation.woken", None, {"by": "time"}, woken_by="time")
    return 0.0


async def tell_waited(tx: Tx, conversation_id: UUID, since: datetime, minutes: int) -> float:
    """The contact has waited so many minutes since then, and nobody has answered: say so to who listens. Nothing happens
    when that waiting is over. Returns in how many seconds to come again, because our clock is behind; else 0."""
    conversation = await lock(tx, conversation_id)
    if conversation.waiting_since != since or conversation.state != OPEN:
        return 0.0
    early = (since + timedelta(minutes=minutes) - tx.now).total_seconds()
    if early > 0:
        return early
    told = {"seq": None, "since": events.wire_time(since), "minutes": minutes}
    if not await was_told(tx, conversation_id, "conversation.waited", told):
        await _save(tx, conversation, "conversation.waited", None, told)
    return 0.0


async def tag(tx: Tx, conversation_id: UUID, tags: Sequence[str], *, agent_id: UUID | None) -> None:
    """Replace the tags. Raises Refused for too many or too long ones."""
    cleaned = list(dict.fromkeys(" ".join(name.split()) for name in tags if name.strip()))
    if len(cleaned) > MOST_TAGS or any(len(name) > LONGEST_TAG for name in cleaned):
        raise Refused("too_many_tags")
    conversation = await lock(tx, conversation_id)
    await tx.execute(
        "update conversation set tags = $3 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation_id,
        cleaned,
    )
    await _save(tx, conversation, "conversation.tagged", agent_id, {"tags": cleaned})


async def retag(
    tx: Tx, conversation_id: UUID, *, add: Sequence[str], remove: Sequence[str], agent_id: UUID | None
) -> None:
    """Put tags on and take tags off; the others stay. Raises Refused for too many or too long ones."""
    await lock(tx, conversation_id)
    tags: list[str] = await tx.fetchval(
        "select tags from conversation where workspace_id = $1 and id = $2", tx.workspace_id, conversation_id
    )
    wanted = [name for name in tags if name not in remove] + [name for name in add if name not in tags]
    if wanted != tags:
        await tag(tx, conversation_id, wanted, agent_id=agent_id)


async def describe(tx: Tx, conversation_id: UUID, changed: Mapping[str, str], *, agent_id: UUID | None) -> None:
    """Set attributes; an empty value takes one away. Raises team.WrongValues, Refused('too_many_attributes')."""
    conversation = await lock(tx, conversation_id)
    before = await tx.fetchval(
        "select attributes from conversation where workspace_id = $1 and id = $2", tx.workspace_id, conversation_id
    )
    after = await team.settled(tx, "conversation", before, changed)
    if len(after) > MOST_ATTRIBUTES:
        raise Refused("too_many_attributes")
    if after == before:
        return
    await tx.execute(
        "update conversation set attributes = $3::jsonb where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation_id,
        after,
    )
    named = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    await _save(tx, conversation, "conversation.described", agent_id, {"attributes": named})


async def mark_read(tx: Tx, conversation_id: UUID, *, agent_id: UUID, seq: int) -> None:
    """An agent has looked at everything up to `seq`. Something newer keeps it unread."""
    conversation = await lock(tx, conversation_id)
    was_marked = await _take_the_mark_off(tx, conversation_id)
    if conversation.unread == 0 and not was_marked:
        return
    conversation.unread = await tx.fetchval(  # at most what it was: messages may have got higher numbers since
        """select least(count(*), $4) from message where workspace_id = $1 and conversation_id = $2 and seq > $3
           and author = 'contact'""",
        tx.workspace_id,
        conversation_id,
        seq,
        conversation.unread,
    )
    await _save(tx, conversation, "conversation.read", agent_id, {"seq": seq})


async def mark_unread(tx: Tx, conversation_id: UUID, *, agent_id: UUID) -> None:
    """Somebody wants it looked at again: it counts as unread until it is opened or answered. What the contact is
    shown of his messages as read stays read."""
    conversation = await lock(tx, conversation_id)
    if conversation.unread > 0:
        return
    marked = await tx.execute(
        "update conversation set marked_unread = true where workspace_id = $1 and id = $2 and not marked_unread",
        tx.workspace_id,
        conversation_id,
    )
    if marked:
        await _save(tx, conversation, "conversation.marked_unread", agent_id, {})


async def _take_the_mark_off(tx: Tx, conversation_id: UUID) -> bool:
    return bool(
        await tx.execute(
            "update conversation set marked_unread = false where workspace_id = $1 and id = $2 and marked_unread",
            tx.workspace_id,
            conversation_id,
        )
    )


async def _free(tx: Tx, conversation: Conversation) -> None:
    if conversation.assignee_id is not None and conversation.state == OPEN:
        await team.shift_load(tx, {conversation.assignee_id: -conversation.weight})


async def _take(tx: Tx, conversation: Conversation) -> None:
    """Its agent has it in hand again; if he has left the team, it waits in the queue."""
    if (
        conversation.assignee_id is not None
        and await team.take_place(tx, conversation.assignee_id, conversation.weight) is None
    ):
        conversation.assignee_id = None


async def _save(
    tx: Tx,
    conversation: Conversation,
    kind: str,
    agent_id: UUID | None,
    payload: dict[str, Any],
    *,
    woken_by: str | None = None,
) -> None:
    """`woken_by`: it comes back by itself, on top. What is resolved, put aside or opened by hand has been dealt with."""
    if kind in ("conversation.resolved", "conversation.snoozed", "conversation.reopened"):
        woken_by = ""
    conversation.version += 1
    row = await tx.fetchrow(
        """update conversation set version = $3, last_seq = $4, state = $5::smallint, unread = $6, waiting_since = $7,
             snoozed_until = case when $5::smallint = 1 then snoozed_until end,
             last_at = case when $8 <> '' then $9 else last_at end, woken_by = coalesce($8, woken_by),
             resolved_at = case when $5::smallint = 2 then coalesce(resolved_at, $9) end, assignee_id = $10,
             offered_until = case when $5::smallint = 0 then offered_until end
           where workspace_id = $1 and id = $2 returning opened_at, first_answered_at is null as is_unanswered""",
        tx.workspace_id,
        conversation.id,
        conversation.version,
        conversation.last_seq,
        conversation.state,
        conversation.unread,
        conversation.waiting_since,
        woken_by,
        tx.now,
        conversation.assignee_id,
    )
    named = {"seq": conversation.last_seq} | payload  # so that the line in the thread travels with the event
    kept = promises.NOTHING_KEPT
    if kind == "conversation.resolved":
        named |= {"lasted": whole_seconds(row["opened_at"], tx.now), "unanswered": row["is_unanswered"]}
        kept = await promises.keep_one(tx, conversation.id, ends=["resolve"])
    elif kind == "conversation.reopened":
        kept = await promises.keep_one(tx, conversation.id)
    told = events.Event(
        kind=kind,
        payload=named | kept.told,
        conversation_id=conversation.id,
        version=conversation.version,
        agent_id=agent_id,
    )
    conversation.version += len(kept.missed)
    await events.record_all(tx, [told, *kept.missed])
