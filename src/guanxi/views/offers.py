"""What an agent is offered and has not taken yet."""

from __future__ import annotations

from uuid import UUID

from guanxi.infra.sql import Tx
from guanxi.views.shapes import ROW, ROW_JOINS

OFFERS = f"""select array(select {ROW} from conversation c {ROW_JOINS}
  where c.workspace_id = $1 and c.assignee_id = $2 and c.offered_until is not null
  order by c.offered_until, c.id limit 100)"""


async def offers(tx: Tx, agent_id: UUID) -> bytes:
    """Rows of conversations, the one that runs out first at the top, as a JSON array."""
    rows: list[str] = await tx.fetchval(OFFERS, tx.workspace_id, agent_id)
    return f"[{','.join(rows)}]".encode()
