"""Messages go from one conversation to another, with all that hangs on them: what is searched, calls, is still to be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from guanxi import audit, events, promises
from guanxi import content as contents
from guanxi.conversations.actions.write import add_line
from guanxi.conversations.merging import MOST_MOVED, Move, Place
from guanxi.conversations.model import Conversation, Refused
from guanxi.conversations.rules import preview
from guanxi.events import Happened
from guanxi.infra import jobs
from guanxi.infra.jobs import Wanted
from guanxi.infra.sql import Tx


async def places(tx: Tx, conversation_ids: Sequence[UUID]) -> list[Place]:
    """All messages of these conversations, whose rows are locked. Raises Refused('too_long_to_move')."""
    rows = await tx.fetch(
        """select id, conversation_id, seq, created_at from message
           where workspace_id = $1 and conversation_id = any($2::uuid[]) order by conversation_id, seq limit $3""",
        tx.workspace_id,
        list(conversation_ids),
        MOST_MOVED + 1,
    )
    if len(rows) > MOST_MOVED:
        raise Refused("too_long_to_move")
    return [Place(row["id"], row["conversation_id"], row["seq"], row["created_at"]) for row in rows]


async def move(tx: Tx, move_id: UUID, moves: Sequence[Move]) -> None:
    """Move messages of locked conversations, and note where they have stood."""
    if not moves:
        return
    await tx.execute(
        """with m as materialized (
             select * from unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::uuid[], $7::bigint[])
               as u(id, conversation_id, seq, to_id, to_seq)
           ), stood as (
             insert into moved_message (workspace_id, conversation_id, seq, message_id, move_id)
             select $1, conversation_id, seq, id, $2 from m
             on conflict (workspace_id, conversation_id, seq) do update set move_id = excluded.move_id
           ), found as (
             update search_message s set conversation_id = m.to_id, seq = m.to_seq from m
             where s.workspace_id = $1 and s.conversation_id = m.conversation_id and s.seq = m.seq
           ), translated as (
             update translation t set conversation_id = m.to_id, seq = m.to_seq from m
             where t.workspace_id = $1 and t.conversation_id = m.conversation_id and t.seq = m.seq
           ), called as (
             update notice n set conversation_id = m.to_id, seq = m.to_seq from m
             where n.workspace_id = $1 and n.conversation_id = m.conversation_id and n.seq = m.seq
           )
           update message o set conversation_id = m.to_id, seq = m.to_seq from m where o.workspace_id = $1 and o.id = m.id""",
        tx.workspace_id,
        move_id,
        *([one[n] for one in moves] for n in range(5)),
    )


async def newest_words(tx: Tx, conversation_id: UUID) -> dict[str, Any]:
    """What lists show of a conversation that messages have left: the columns of the newest that people said."""
    row = await tx.fetchrow(
        """select created_at, kind, author, content from message where workspace_id = $1 and conversation_id = $2
             and kind <> 'event' and not is_note order by seq desc limit 1""",
        tx.workspace_id,
        conversation_id,
    )
    if row is None:
        return {}
    said = contents.decode(msgspec.json.encode(row["content"]))
    words = {"last_kind": row["kind"], "last_text": preview(said), "last_author": row["author"]}
    return {"last_at": row["created_at"], **words}


async def take_deliveries_along(tx: Tx, moves: Sequence[Move]) -> None:
    """What waits to be sent is sent behind what waits in the conversation that it has come to: one lane keeps the order.
    What is being sent just now ends where it began; `place_of` says which message that is."""
    coming = {(one.conversation_id, one.seq): one.to for one in moves if one.conversation_id != one.to}
    for source in sorted({conversation_id for conversation_id, _ in coming}):
        rows = await tx.fetch(
            """select j.position, (j.args ->> 'seq')::bigint as seq from job j join moved_message v on v.workspace_id = $1
                 and v.conversation_id = $3 and v.seq = (j.args ->> 'seq')::bigint
               join message m on m.workspace_id = $1 and m.id = v.message_id and m.state = 'waiting'
               where j.workspace_id = $1 and j.lane = $2 and j.args ->> 'conversation' = $3::uuid::text order by j.position""",
            tx.workspace_id,
            f"out:{source}",
            source,
        )
        for to in sorted({coming[source, row["seq"]] for row in rows if (source, row["seq"]) in coming}):
            positions = [row["position"] for row in rows if coming.get((source, row["seq"])) == to]
            await jobs.move(tx, f"out:{source}", f"out:{to}", positions)


async def as_they_stand(tx: Tx, happened: Sequence[Happened]) -> list[Happened]:
    """Events of the past, told of the conversations and messages as they stand now."""
    ids = sorted({one.conversation_id for one in happened if one.conversation_id is not None})
    moved = {
        (row["conversation_id"], row["seq"]): (row["now_in"], row["now_seq"])
        for row in await tx.fetch(
            """select v.conversation_id, v.seq, m.conversation_id as now_in, m.seq as now_seq
               from unnest($2::uuid[], $3::bigint[]) as s(conversation_id, seq)
               join moved_message v on v.workspace_id = $1 and v.conversation_id = s.conversation_id and v.seq = s.seq
               join message m on m.workspace_id = $1 and m.id = v.message_id""",
            tx.workspace_id,
            *map(list, zip(*_named(happened), strict=True)),
        )
    } if _named(happened) else {}  # fmt: skip
    merged = {
        row["id"]: row["into"]
        for row in await tx.fetch(
            """with recursive up as (
                 select id as first, id, merged_into from conversation
                 where workspace_id = $1 and id = any($2::uuid[]) and state = 3
                 union all
                 select up.first, c.id, c.merged_into from up join conversation c on c.workspace_id = $1 and c.id = up.merged_into)
               select first as id, id as into from up where merged_into is null""",
            tx.workspace_id,
            ids,
        )
    }
    return [_told_anew(one, moved, merged) for one in happened] if moved or merged else list(happened)


def _named(happened: Sequence[Happened]) -> list[tuple[UUID, int]]:
    return [
        (one.conversation_id, seq)
        for one in happened
        if one.conversation_id is not None
        for seq in (one.payload.get("seq"), *one.payload.get("seqs", ()))
        if isinstance(seq, int)
    ]


def _told_anew(
    one: Happened, moved: Mapping[tuple[UUID, int], tuple[UUID, int]], merged: Mapping[UUID, UUID]
) -> Happened:
    if one.conversation_id is None:
        return one
    payload, here = dict(one.payload), merged.get(one.conversation_id, one.conversation_id)
    place = moved.get((one.conversation_id, payload.get("seq", 0)))
    if place is not None:
        here, payload["seq"] = place
    if "seqs" in payload:  # told of what stands here; the rest has gone with whatever took it
        places = [moved.get((one.conversation_id, seq), (here, seq)) for seq in payload["seqs"]]
        payload["seqs"] = [seq for where, seq in places if where == here]
    return msgspec.structs.replace(one, conversation_id=here, payload=payload)


async def write_facts(tx: Tx, conversation_id: UUID, facts: Mapping[str, Any]) -> None:
    """Set these columns of a locked conversation, named as in its row; the others stay."""
    await tx.execute(
        """update conversation c set (state, assignee_id, queue_id, queued_at, assigned_at, priority, head_start, needs, weight,
             unread, marked_unread, waiting_since, snoozed_until, sleeps_through, snooze_note, woken_by, offered_until, taken_from,
             opened_at, first_answered_at, resolved_at, last_at, last_kind, last_text, last_author, contact_read_seq, tags,
             attributes, transfers, policy_id, private_id, wrap_up_id, promises, due_at, promise_at, promise_state, language,
             heard, by_hand, urgency, mood, reasons, judged_from, judged_at, translated_by, translated_at) =
           (select n.state, n.assignee_id, n.queue_id, n.queued_at, n.assigned_at, n.priority, n.head_start, n.needs, n.weight,
             n.unread, n.marked_unread, n.waiting_since, n.snoozed_until, n.sleeps_through, n.snooze_note, n.woken_by,
             n.offered_until, n.taken_from, n.opened_at, n.first_answered_at, n.resolved_at, n.last_at, n.last_kind,
             n.last_text, n.last_author, n.contact_read_seq, n.tags, n.attributes, n.transfers, n.policy_id, n.private_id,
             n.wrap_up_id, n.promises, n.due_at, n.promise_at, n.promise_state, n.language, n.heard, n.by_hand, n.urgency,
             n.mood, n.reasons, n.judged_from, n.judged_at, n.translated_by, n.translated_at from jsonb_populate_record(c, $3::jsonb) n)
           where c.workspace_id = $1 and c.id = $2""",
        tx.workspace_id,
        conversation_id,
        msgspec.json.encode(dict(facts)).decode(),
    )


def waking(conversation_id: UUID, until: datetime) -> Wanted:
    """The job that wakes what is put aside."""
    args = {"conversation": str(conversation_id)}
    return Wanted(lane=f"wake:{conversation_id}", pool="wake", kind="wake", args=args, not_before=until)


async def tell(
    tx: Tx, conversation: Conversation, what: str, line: Mapping[str, Any], told: Mapping[str, Any], by: UUID | None
) -> None:
    """Say in the thread, to who listens, and in the audit log that messages have come or gone; the clocks are reckoned."""
    await add_line(tx, conversation, what, line)
    conversation.version += 1
    await tx.execute(
        "update conversation set version = $3, last_seq = $4 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation.id,
        conversation.version,
        conversation.last_seq,
    )
    missed = (await promises.keep_one(tx, conversation.id)).missed
    event = events.Event(
        kind=f"conversation.{what}",
        payload={"seq": conversation.last_seq, **told},
        conversation_id=conversation.id,
        version=conversation.version,
        agent_id=by,
    )
    conversation.version += len(missed)
    await events.record_all(tx, [event, *missed])
    if by is not None:
        await audit.record(tx, f"conversation.{what}", by=by, kind="conversation", about_id=conversation.id)
