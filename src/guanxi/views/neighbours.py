"""The other conversations of the same contact, and which of them can become one with this one."""

from __future__ import annotations

from uuid import UUID

from guanxi.conversations import why_apart
from guanxi.infra.sql import Tx
from guanxi.views.shapes import ROW, ROW_JOINS
from guanxi.views.sight import Sight, seen

NEIGHBOURS = f"""with here as (select c.id, c.identity_id, d.contact_id from conversation c
      join identity d on d.workspace_id = $1 and d.id = c.identity_id where c.workspace_id = $1 and c.id = $2)
  select c.id, c.identity_id, c.thread, c.medium, {ROW} as row from (
    select n.* from here h join identity i on i.workspace_id = $1 and i.contact_id = h.contact_id
      cross join lateral (select * from conversation where workspace_id = $1 and identity_id = i.id and state < 3
        order by last_at desc, id desc limit 51) n
    order by n.id = h.id desc, n.last_at desc, n.id desc limit 51) c {ROW_JOINS}
  order by c.id = $2 desc, c.last_at desc, c.id desc"""


async def neighbours(tx: Tx, conversation_id: UUID, sight: Sight | None = None) -> list[tuple[str, str]] | None:
    """(row as JSON, why both stay apart or '') of up to fifty, newest first; None: no such conversation, or it has been
    merged."""
    rows = await tx.fetch(NEIGHBOURS, tx.workspace_id, conversation_id)
    if not rows or rows[0]["id"] != conversation_id:
        return None
    here, others = rows[0], rows[1:]
    shown = await seen(tx, sight, [row["id"] for row in others])
    return [(row["row"], why_apart(here, row)) for row in others if row["id"] in shown]
