"""The pages that a contact looked at, as far as he agreed, newest first."""

from __future__ import annotations

from uuid import UUID

from guanxi.infra.sql import Tx
from guanxi.views.shapes import time

VISITS = f"""select json_build_object(
    'consented_at', (select {time("min(v.consented_at)")} from identity d
      join visitor v on v.workspace_id = $1 and v.inbox_id = d.inbox_id and v.external_id = d.external_id
      where d.workspace_id = $1 and d.contact_id = $2),
    'rows', (select coalesce(json_agg(json_build_object('at', {time("s.at")}, 'url', s.url, 'title', s.title,
        'came_from', s.came_from, 'seconds', s.seconds) order by s.at desc), '[]')
      from (select v.* from identity d
        join visit v on v.workspace_id = $1 and v.inbox_id = d.inbox_id and v.external_id = d.external_id
        where d.workspace_id = $1 and d.contact_id = $2 order by v.at desc limit 40) s))::text
  from contact where workspace_id = $1 and id = $2"""


async def visits(tx: Tx, contact_id: UUID) -> bytes | None:
    """The trajectory of one contact as JSON, or None when there is no such contact."""
    text = await tx.fetchval(VISITS, tx.workspace_id, contact_id)
    return None if text is None else text.encode()
