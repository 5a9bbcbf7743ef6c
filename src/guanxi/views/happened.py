"""Events as open desks hear them: those of a few commits, or all since a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guanxi.infra.sql import Tx
from guanxi.views.shapes import DETAIL, MESSAGE, MESSAGE_JOINS, ROW_JOINS, time


def _heard(which: str) -> str:
    """SQL for events with all that they change on a screen: a desk waits for this, so it is one statement.

    Rows and messages are as they are now, which may be newer than the event.
    """
    # Ordered by the table's own columns: by the number that is shown, no index would serve.
    return f"""with e as materialized (select * from event where workspace_id = $1 and {which}),
    r as materialized (select {DETAIL}
      from (select distinct conversation_id as id from e) k join conversation c on c.workspace_id = $1 and c.id = k.id
      {ROW_JOINS})
  select e.xid::text::bigint as xid, e.id, e.kind, {time("e.at")} as at, e.conversation_id, e.version, e.agent_id,
    e.payload, r.row, r.identity_id, r.state, r.assignee_id, r.queue_id, r.mentioned, r.channel, r.contact_read_seq, r.attributes, r.inbox_state, r.inbox_settings, r.windows,
    r.followed, r.identity_kind, r.medium, r.linked, r.rating_asked, r.wrap_up, r.planned, r.translation,
    r.was_merged,
    array(select {MESSAGE} from message m {MESSAGE_JOINS}
      where m.workspace_id = $1 and m.conversation_id = e.conversation_id and m.seq = any(case
        when e.payload ? 'seqs' then array(select s::bigint from jsonb_array_elements_text(e.payload -> 'seqs') s)
        else array[(e.payload ->> 'seq')::bigint] end)
      order by m.seq) as messages
  from e left join r on r.id = e.conversation_id order by e.xid, e.id"""


OF_COMMITS = _heard("xid = any($2::text[]::xid8[])")
SINCE = _heard("(xid, id) > ($2::text::xid8, $3::bigint) order by xid, id limit $4")


async def events_of(tx: Tx, xids: Sequence[int]) -> list[Any]:
    """The events of these transactions, as far as they have committed, each with its conversation's row and the
    messages that it names."""
    return await tx.fetch(OF_COMMITS, tx.workspace_id, [str(xid) for xid in xids])


async def events_since(tx: Tx, xid: int, id_: int, most: int) -> list[Any]:
    """The same for the events behind (xid, id) that can be seen now. Others may still appear among them."""
    return await tx.fetch(SINCE, tx.workspace_id, str(xid), id_, most)


async def over_below(tx: Tx) -> int:
    """All transactions below this one are over: nothing can appear there any more."""
    below: int = await tx.fetchval("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    return below


async def begun_below(tx: Tx) -> int:
    """No transaction from this one on has begun yet."""
    below: int = await tx.fetchval("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    return below
