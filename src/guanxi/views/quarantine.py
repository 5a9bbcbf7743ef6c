"""Requests that could not be read: kept, shown with the reason, and replayable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from guanxi.infra.sql import Tx

QUARANTINE = """select e.seq, e.received_at, e.attempts, e.problem, e.method, e.headers, e.body
  from inbound_event e where e.workspace_id = $1 and e.state = 2 and e.inbox_id = $2 and e.seq < $3
  order by e.seq desc limit $4"""
INBOX_EXISTS = "select exists (select from inbox where workspace_id = $1 and id = $2)"
SPEAKING = ("auth", "cookie", "token", "secret", "key", "password")


async def quarantined(tx: Tx, inbox_id: UUID, *, before: int, limit: int) -> list[Any] | None:
    """The newest quarantined requests of an inbox before seq `before`; None when there is no such inbox."""
    if not await tx.fetchval(INBOX_EXISTS, tx.workspace_id, inbox_id):
        return None
    return await tx.fetch(QUARANTINE, tx.workspace_id, inbox_id, before, limit)


def showable(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers without the values that are keys to something."""
    return {name: "…" if any(word in name for word in SPEAKING) else value for name, value in headers.items()}
