"""Events as open desks hear them: those of a few commits, or all since a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guanxi.infra.sql import Tx
from guanxi.views.shapes import time

COLUMNS = f"xid::text::bigint as xid, id, kind, {time('at')} as at, conversation_id, version, agent_id, payload"
# Ordered by the table's own columns: by the number that is shown, no index would serve.
OF_COMMITS = f"""select {COLUMNS} from event
  where workspace_id = $1 and xid = any($2::text[]::xid8[]) order by event.xid, event.id"""
SINCE = f"""select {COLUMNS} from event
  where workspace_id = $1 and (xid, id) > ($2::text::xid8, $3::bigint) order by event.xid, event.id limit $4"""


async def events_of(tx: Tx, xids: Sequence[int]) -> list[Any]:
    """The events of these transactions, as far as they have committed."""
    return await tx.fetch(OF_COMMITS, tx.workspace_id, [str(xid) for xid in xids])


async def events_since(tx: Tx, xid: int, id_: int, most: int) -> list[Any]:
    """The events behind (xid, id) that can be seen now. Others may still appear among them."""
    return await tx.fetch(SINCE, tx.workspace_id, str(xid), id_, most)


async def over_below(tx: Tx) -> int:
    """All transactions below this one are over: nothing can appear there any more."""
    below: int = await tx.fetchval("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    return below


async def begun_below(tx: Tx) -> int:
    """No transaction from this one on has begun yet."""
    below: int = await tx.fetchval("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    return below
