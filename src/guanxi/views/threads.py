"""The messages of one conversation, a page at a time, and the raw bytes behind one of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from guanxi.infra.sql import Tx
from guanxi.views.shapes import MESSAGE, MESSAGE_JOINS

LARGEST_SEQ = (1 << 63) - 1

# Version and messages come from one statement, so that they are of one moment.
BEFORE = f"""select c.version, array(select {MESSAGE} from (select * from message
      where workspace_id = $1 and conversation_id = $2 and seq < $3 order by seq desc limit $4) m {MESSAGE_JOINS}
    order by m.seq) as messages
  from conversation c where c.workspace_id = $1 and c.id = $2"""
AFTER = f"""select c.version, array(select {MESSAGE} from (select * from message
      where workspace_id = $1 and conversation_id = $2 and seq > $3 order by seq limit $4) m {MESSAGE_JOINS}
    order by m.seq) as messages
  from conversation c where c.workspace_id = $1 and c.id = $2"""
ONE_BY_ID = f"""select m.conversation_id, {MESSAGE} as message from message m {MESSAGE_JOINS}
  where m.workspace_id = $1 and m.id = $2"""
RAW = """select e.received_at, e.headers, e.body from message m
  join inbound_event e on e.workspace_id = m.workspace_id and e.inbox_id = m.inbox_id and e.seq = m.inbound_seq
  where m.workspace_id = $1 and m.conversation_id = $2 and m.seq = $3"""


async def messages(tx: Tx, conversation_id: UUID, *, before: int | None, after: int | None, limit: int) -> bytes | None:
    """A page in order of arrival: the newest, those before `before`, or those after `after`; None: no such
    conversation. The answer is {"rows": [...], "version": n, "has_more": true|false}."""
    if after is not None:
        row = await tx.fetchrow(AFTER, tx.workspace_id, conversation_id, after, limit + 1)
    else:
        place = LARGEST_SEQ if before is None else before
        row = await tx.fetchrow(BEFORE, tx.workspace_id, conversation_id, place, limit + 1)
    if row is None:
        return None
    rows: list[str] = row["messages"]
    more = len(rows) > limit
    if more:
        rows = rows[:limit] if after is not None else rows[-limit:]
    return f'{{"rows":[{",".join(rows)}],"version":{row["version"]},"has_more":{"true" if more else "false"}}}'.encode()


async def message(tx: Tx, message_id: UUID) -> bytes | None:
    """One message by its own id."""
    row = await tx.fetchrow(ONE_BY_ID, tx.workspace_id, message_id)
    return None if row is None else row["message"].encode()


async def raw(tx: Tx, conversation_id: UUID, seq: int) -> Any | None:
    """The stored request that a message was read from: received_at, headers, body; None when there is none (any
    more)."""
    return await tx.fetchrow(RAW, tx.workspace_id, conversation_id, seq)
