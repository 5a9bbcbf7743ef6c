"""What can happen. Each change writes one event in its own transaction; the names are the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from guanxi.infra.sql import Tx

KINDS = frozenset(
    {
        "access_token.changed",
        "agent.changed",
        "attribute.changed",
        "contact.changed",
        "conversation.accepted",
        "conversation.assigned",
        "conversation.marked_unread",
        "conversation.corrected",
        "conversation.described",
        "conversation.judged",
        "conversation.linked",
        "conversation.merged",
        "conversation.moved",
        "conversation.needed",
        "conversation.opened",
        "conversation.prioritised",
        "conversation.promised",
        "conversation.rated",
        "conversation.rating_asked",
        "conversation.read",
        "conversation.reopened",
        "conversation.resolved",
        "conversation.snoozed",
        "conversation.split",
        "conversation.tagged",
        "conversation.translated",
        "conversation.taken_apart",
        "conversation.waited",
        "conversation.wished",
        "conversation.woken",
        "hours.changed",
        "inbox.changed",
        "macro.changed",
        "message.changed",
        "message.planned",
        "message.received",
        "message.sent",
        "note.written",
        "notice.given",
        "notice.read",
        "policy.changed",
        "promise.missed",
        "promise.warned",
        "queue.changed",
        "quick_phrase.changed",
        "role.changed",
        "rule.changed",
        "team.changed",
        "webhook.changed",
        "whisper.written",
        "saved_view.changed",
        "workspace.changed",
        "wrap_up.changed",
    }
)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `version` is the conversation's after it; `agent_id` is set when an agent did it."""

    kind: str
    payload: Mapping[str, Any]
    conversation_id: UUID | None = None
    version: int | None = None
    agent_id: UUID | None = None


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is read back, by those who follow a workspace."""

    xid: int
    id: int
    kind: str
    at: datetime
    payload: Mapping[str, Any]
    conversation_id: UUID | None = None
    version: int | None = None
    agent_id: UUID | None = None


async def record(
    tx: Tx,
    kind: str,
    payload: Mapping[str, Any] | None = None,
    *,
    conversation: UUID | None = None,
    version: int | None = None,
    agent: UUID | None = None,
) -> None:
    """Write one event of this transaction. It is announced when the transaction has committed."""
    event = Event(kind=kind, payload=payload or {}, conversation_id=conversation, version=version, agent_id=agent)
    await record_all(tx, [event])


async def record_all(tx: Tx, events: Sequence[Event]) -> None:
    """Write many events in their order with one statement."""
    if not events:
        return
    assert all(event.kind in KINDS for event in events), [e.kind for e in events if e.kind not in KINDS]
    xid = await tx.fetchval(
        """with written as (
             insert into event (workspace_id, kind, at, conversation_id, version, agent_id, payload)
             select $1, e.kind, $2, e.conversation_id, e.version, e.agent_id, e.payload::jsonb
             from unnest($3::text[], $4::uuid[], $5::bigint[], $6::uuid[], $7::text[])
               with ordinality as e(kind, conversation_id, version, agent_id, payload, n) order by e.n)
           select pg_current_xact_id()::text::bigint""",
        tx.workspace_id,
        tx.now,
        [event.kind for event in events],
        [event.conversation_id for event in events],
        [event.version for event in events],
        [event.agent_id for event in events],
        [_written(tx, event.payload) for event in events],
    )
    tx.xid = int(xid)
    tx.kinds.update(event.kind for event in events)


def _written(tx: Tx, payload: Mapping[str, Any]) -> str:
    carried = payload if tx.cause is None else {**payload, "cause": tx.cause}
    return msgspec.json.encode(carried).decode()


async def follow(tx: Tx, most: int) -> tuple[list[Happened], bool]:
    """The next events of this workspace behind the follower's cursor, in the order of their transactions, and whether
    these are all there are; the cursor moves with this transaction.

    Only what lies below every running transaction, so that nothing is overtaken: no events and False means that
    some hide behind one that is still running.
    """
    await tx.execute(
        "insert into event_cursor (workspace_id) values ($1) on conflict (workspace_id) do nothing", tx.workspace_id
    )
    cursor = await tx.fetchrow(
        "select xid::text::bigint as xid, id from event_cursor where workspace_id = $1 for update skip locked",
        tx.workspace_id,
    )
    if cursor is None:  # another hand follows this workspace just now
        return [], True
    rows = await tx.fetch(
        """select xid::text::bigint as xid, id, kind, at, payload, conversation_id, version, agent_id,
             xid < pg_snapshot_xmin(pg_current_snapshot()) as is_settled
           from event where workspace_id = $1 and (xid, id) > ($2::text::xid8, $3)
           order by event.xid, event.id limit $4""",
        tx.workspace_id,
        str(cursor["xid"]),
        cursor["id"],
        most,
    )
    settled = [dict(row) for row in rows if row["is_settled"]]
    if settled:
        await tx.execute(
            "update event_cursor set xid = $2::text::xid8, id = $3 where workspace_id = $1",
            tx.workspace_id,
            str(settled[-1]["xid"]),
            settled[-1]["id"],
        )
    happened = [Happened(**{name: row[name] for name in Happened.__struct_fields__}) for row in settled]
    return happened, len(settled) == len(rows) < most


async def forget_old(tx: Tx, before: datetime, most: int) -> int:
    """Delete up to `most` of this workspace's oldest events that happened before then and were followed; returns how
    many. Everything that matters of them stands in the rows that they changed."""
    return await tx.execute(
        """delete from event where workspace_id = $1 and at < $2 and (xid, id) in (
             select e.xid, e.id from event e join event_cursor c on c.workspace_id = $1
             where e.workspace_id = $1 and (e.xid, e.id) <= (c.xid, c.id) order by e.xid, e.id limit $3)""",
        tx.workspace_id,
        before,
        most,
    )


def wire_time(at: datetime) -> str:
    """A time as it stands in events and answers: ISO 8601, UTC, Z."""
    encoded: str = msgspec.to_builtins(at)
    return encoded
