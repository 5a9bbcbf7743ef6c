"""Agents and bots write: replies with their delivery, notes, and lines about what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from guanxi import content as contents
from guanxi import events, promises, team
from guanxi.content import Content
from guanxi.conversations.hearing import language_of
from guanxi.conversations.model import OPEN, Conversation, Refused
from guanxi.conversations.queries import lock
from guanxi.conversations.rules import LONGEST_TEXT, preview, whole_seconds
from guanxi.infra.ids import new_id
from guanxi.infra.jobs import Wanted, enqueue
from guanxi.infra.sql import Tx


async def reply(
    tx: Tx,
    conversation_id: UUID,
    *,
    id: UUID,
    content: Content,
    agent_id: UUID | None,
    author: str = "agent",
    seen_seq: int | None = None,
    force: bool = True,
    public: bool = False,
    original: str = "",
    quotes: int | None = None,
) -> int:
    """Write a reply and its delivery in one transaction; returns the message's seq.

    `id` is the writer's own: the same one again is the same message. `original`: what the agent wrote, where `content` is
    a translation of it. `quotes`: the seq of a message of this conversation that it is about. Raises NotFound, and Refused: 'newer_reply'
    when another agent has answered after `seen_seq` and `force` is not set, 'taken' when the id is another message,
    'is_public' or 'is_private' when it is not as the writer believes: whoever answers in public has to say so;
    'cannot_quote' what only the team reads, a line of ours, or what was taken back.
    """
    conversation = await lock(tx, conversation_id)
    already = await find_by_id(tx, conversation_id, id)
    if already is not None:
        return already
    if public is not conversation.is_public:
        raise Refused("is_public" if conversation.is_public else "is_private")
    if not force and seen_seq is not None:
        await refuse_over_newer(tx, conversation_id, agent_id, seen_seq)
    await refuse_quote(tx, conversation_id, quotes)
    seq = await _add(
        tx,
        conversation,
        id=id,
        author=author,
        agent_id=agent_id,
        content=content,
        state="waiting",
        original=original,
        quotes=quotes,
    )
    woken = conversation.state != OPEN
    conversation.version += 1
    is_answer = author == "agent"
    before = await tx.fetchrow(
        """update conversation c set version = $3, last_seq = $4, last_at = $5,
             last_text = case when $9 then $6 else last_text end, last_kind = case when $9 then $7 else last_kind end,
             last_author = case when $9 then $8 else last_author end,
             woken_by = case when $8 = 'agent' then '' else c.woken_by end,
             marked_unread = marked_unread and $8 <> 'agent', unread = case when $8 <> 'agent' then unread else (
               select least(count(*), c.unread) from message m where m.workspace_id = $1 and m.conversation_id = $2
                 and m.seq > $10 and m.author = 'contact') end, waiting_since = case when $8 = 'agent' then null else waiting_since end,
             first_answered_at = case when $8 = 'agent' then coalesce(c.first_answered_at, $5) else c.first_answered_at end,
             offered_until = case when c.assignee_id = $11::uuid then null else c.offered_until end  -- who answers has taken it
           from (select opened_at, first_answered_at from conversation where workspace_id = $1 and id = $2) was
           where c.workspace_id = $1 and c.id = $2
           returning was.opened_at, was.first_answered_at""",
        tx.workspace_id,
        conversation_id,
        conversation.version,
        seq,
        tx.now,
        preview(content),
        contents.kind_of(content),
        author,
        is_answer or conversation.waiting_since is None,  # who waits is shown with his own words
        seq if seen_seq is None else seen_seq,  # who answers has read, but not what he could not see yet
        agent_id,
    )
    kept = await promises.keep_one(tx, conversation_id, ends=["first", "next"]) if is_answer else promises.NOTHING_KEPT
    took: dict[str, int] = {}  # what reports count is told here: an event is all that they look at
    if is_answer and conversation.waiting_since is not None:
        took["waited"] = whole_seconds(conversation.waiting_since, tx.now)
    if is_answer and before["first_answered_at"] is None:
        took["first_answered"] = whole_seconds(before["opened_at"], tx.now)
    told = events.Event(
        kind="message.sent",
        payload={"seq": seq, "author": author, "woken": woken, **took, **kept.told},
        conversation_id=conversation_id,
        version=conversation.version,
        agent_id=agent_id,
    )
    await events.record_all(tx, [told, *kept.missed])
    await enqueue(tx, [deliver_job(conversation, seq)])
    return seq


def deliver_job(conversation: Conversation, seq: int) -> Wanted:
    """The delivery of one message: one lane per conversation, one pool per inbox."""
    return Wanted(
        lane=f"out:{conversation.id}",
        pool=f"out:{conversation.inbox_id}",
        kind="deliver",
        args={"conversation": str(conversation.id), "seq": seq},
    )


async def note(
    tx: Tx,
    conversation_id: UUID,
    *,
    id: UUID,
    text: str,
    agent_id: UUID | None,
    mentions: Sequence[UUID] = (),
    quotes: int | None = None,
) -> int:
    """Write a note that only the team sees, and call those whom it names; returns its seq. The same id again is the
    same note. Who is not of the team is not called. It may quote another note (`quotes`: its seq)."""
    conversation = await lock(tx, conversation_id)
    already = await find_by_id(tx, conversation_id, id)
    if already is not None:
        return already
    if not text.strip():
        raise Refused("empty")
    await refuse_quote(tx, conversation_id, quotes, inside=True)
    body = contents.Text(text[:LONGEST_TEXT])
    seq = await _add(
        tx,
        conversation,
        id=id,
        author="agent" if agent_id else "bot",
        agent_id=agent_id,
        content=body,
        state="received",
        kind="note",
        quotes=quotes,
    )
    called = await team.serving(tx, mentions)
    if called:
        await tx.execute(
            "update message set mentions = $4 where workspace_id = $1 and conversation_id = $2 and seq = $3",
            tx.workspace_id,
            conversation_id,
            seq,
            called,
        )
        await _invite(tx, conversation_id, called)
    conversation.version += 1
    await tx.execute(
        "update conversation set version = $3, last_seq = $4 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation_id,
        conversation.version,
        seq,
    )
    await events.record(
        tx, "note.written", {"seq": seq} | ({"mentions": called} if called else {}),
        conversation=conversation_id, version=conversation.version, agent=agent_id,
    )  # fmt: skip
    return seq


async def _invite(tx: Tx, conversation_id: UUID, called: Sequence[UUID]) -> None:
    """Who is mentioned may see the conversation from now on, also when his role shows him but his own."""
    await tx.execute(
        """insert into mentioned (workspace_id, agent_id, conversation_id, at) select $1, one, $2, $4 from unnest($3::uuid[]) one
           on conflict (workspace_id, agent_id, conversation_id) do update set at = excluded.at""",
        tx.workspace_id,
        conversation_id,
        called,
        tx.now,
    )
    await tx.execute(
        """update conversation set mentioned = array(select unnest(mentioned || $3::uuid[]) as one group by one order by one)
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        conversation_id,
        called,
    )


async def whisper(tx: Tx, conversation_id: UUID, *, id: UUID, text: str, agent_id: UUID) -> int:
    """Say something to the agent of this conversation that its customer never hears; returns its seq. The same id again
    is the same whisper. No delivery can take it: the database lets no note into any of its states."""
    conversation = await lock(tx, conversation_id)
    already = await find_by_id(tx, conversation_id, id)
    if already is not None:
        return already
    if not text.strip():
        raise Refused("empty")
    body = contents.Text(text[:LONGEST_TEXT])
    seq = await _add(
        tx, conversation, id=id, author="agent", agent_id=agent_id, content=body, state="received", kind="whisper"
    )
    conversation.version += 1
    await tx.execute(
        "update conversation set version = $3, last_seq = $4 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation_id,
        conversation.version,
        seq,
    )
    to = str(conversation.assignee_id) if conversation.assignee_id else None
    await events.record(
        tx, "whisper.written", {"seq": seq, "to": to},
        conversation=conversation_id, version=conversation.version, agent=agent_id,
    )  # fmt: skip
    return seq


async def add_line(tx: Tx, conversation: Conversation, what: str, details: Mapping[str, Any]) -> int:
    """A line in the thread about what was done (assigned, resolved …); the caller updates the conversation's row.

    Raises the locked conversation's `last_seq`.
    """
    conversation.last_seq += 1
    await tx.execute(
        """insert into message (workspace_id, conversation_id, seq, id, inbox_id, author, kind, content, sent_at, created_at)
           values ($1, $2, $3, $4, $5, 'system', 'event', $6::jsonb, $7, $7)""",
        tx.workspace_id,
        conversation.id,
        conversation.last_seq,
        new_id(),
        conversation.inbox_id,
        msgspec.json.encode({"kind": "event", "what": what, **details}).decode(),
        tx.now,
    )
    return conversation.last_seq


async def _add(
    tx: Tx,
    conversation: Conversation,
    *,
    id: UUID,
    author: str,
    agent_id: UUID | None,
    content: Content,
    state: str,
    kind: str = "",
    original: str = "",
    quotes: int | None = None,
) -> int:
    """`kind`: of what only the team reads, a note or a whisper; else it is the content's."""
    conversation.last_seq += 1
    await tx.execute(
        """insert into message (workspace_id, conversation_id, seq, id, inbox_id, author, agent_id, kind, content,
             is_note, sent_at, created_at, state, language, original, quoted_seq)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $11, $12, $13, nullif($14, ''), $15)""",
        tx.workspace_id,
        conversation.id,
        conversation.last_seq,
        id,
        conversation.inbox_id,
        author,
        agent_id,
        kind or contents.kind_of(content),
        contents.encode(content).decode(),
        bool(kind),
        tx.now,
        state,
        language_of(str(getattr(content, "text", "")), "" if kind else conversation.language, by_script=True),
        original[:LONGEST_TEXT],
        quotes,
    )
    return conversation.last_seq


async def quotable(tx: Tx, conversation_id: UUID, seq: int | None) -> int | None:
    """The same seq as long as it can be quoted; what was taken back meanwhile is quoted no more."""
    try:
        await refuse_quote(tx, conversation_id, seq)
    except Refused:
        return None
    return seq


async def refuse_quote(tx: Tx, conversation_id: UUID, seq: int | None, *, inside: bool = False) -> None:
    """Raises Refused('cannot_quote') for what is not there, was taken back, or is a line of ours; and for what only the
    team reads, unless it is quoted `inside`."""
    if seq is None:
        return
    found = await tx.fetchval(
        """select author <> 'system' and state <> 'unsent' and kind <> 'whisper' and (not is_note or $4) from message
           where workspace_id = $1 and conversation_id = $2 and seq = $3""",
        tx.workspace_id,
        conversation_id,
        seq,
        inside,
    )
    if not found:
        raise Refused("cannot_quote")


async def find_by_id(tx: Tx, conversation_id: UUID, id: UUID) -> int | None:
    """The seq of the message with this id, if there is one. Raises Refused('taken') when it stands elsewhere."""
    row = await tx.fetchrow(
        "select conversation_id, seq from message where workspace_id = $1 and id = $2", tx.workspace_id, id
    )
    if row is None:
        return None
    if row["conversation_id"] != conversation_id:
        raise Refused("taken")
    return int(row["seq"])


async def refuse_over_newer(tx: Tx, conversation_id: UUID, agent_id: UUID | None, seen_seq: int) -> None:
    """Raises Refused('newer_reply') when a colleague has answered after `seen_seq`."""
    by = await tx.fetchval(
        """select a.name from message m join agent a on a.workspace_id = m.workspace_id and a.id = m.agent_id
           where m.workspace_id = $1 and m.conversation_id = $2 and m.seq > $3 and m.author = 'agent' and not m.is_note
             and m.agent_id <> $4 order by m.seq desc limit 1""",
        tx.workspace_id,
        conversation_id,
        seen_seq,
        agent_id,
    )
    if by is not None:
        raise Refused("newer_reply", by=by)
