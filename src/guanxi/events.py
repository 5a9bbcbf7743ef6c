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
        "agent.changed",
        "contact.changed",
        "conversation.assigned",
        "conversation.opened",
        "conversation.read",
        "conversation.reopened",
        "conversation.resolved",
        "conversation.snoozed",
        "conversation.tagged",
        "conversation.woken",
        "inbox.changed",
        "message.changed",
        "message.received",
        "message.sent",
        "note.written",
        "quick_phrase.changed",
        "workspace.changed",
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
        [msgspec.json.encode(event.payload).decode() for event in events],
    )
    tx.xid = int(xid)
    tx.kinds.update(event.kind for event in events)


async def follow(tx: Tx, most: int) -> list[Happened]:
    """The next events of this workspace behind the follower's cursor, in the order of their transactions; the cursor
    moves with this transaction. Only what lies below every running transaction, so that nothing is overtaken."""
    await tx.execute(
        "insert into event_cursor (workspace_id) values ($1) on conflict (workspace_id) do nothing", tx.workspace_id
    )
    cursor = await tx.fetchrow(
        "select xid::text::bigint as xid, id from event_cursor where workspace_id = $1 for update skip locked",
        tx.workspace_id,
    )
    if cursor is None:  # another hand follows this workspace just now
        return []
    rows = await tx.fetch(
        """select xid::text::bigint as xid, id, kind, at, payload, conversation_id, version, agent_id from event
           where workspace_id = $1 and (xid, id) > ($2::text::xid8, $3) and xid < pg_snapshot_xmin(pg_current_snapshot())
           order by event.xid, event.id limit $4""",
        tx.workspace_id,
        str(cursor["xid"]),
        cursor["id"],
        most,
    )
    if rows:
        await tx.execute(
            "update event_cursor set xid = $2::text::xid8, id = $3 where workspace_id = $1",
            tx.workspace_id,
            str(rows[-1]["xid"]),
            rows[-1]["id"],
        )
    return [Happened(**row) for row in rows]


def wire_time(at: datetime) -> str:
    """A time as it stands in events and answers: ISO 8601, UTC, Z."""
    encoded: str = msgspec.to_builtins(at)
    return encoded
