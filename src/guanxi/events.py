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


def wire_time(at: datetime) -> str:
    """A time as it stands in events and answers: ISO 8601, UTC, Z."""
    encoded: str = msgspec.to_builtins(at)
    return encoded
