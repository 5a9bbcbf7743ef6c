"""The audit log, newest first: who did what to what. Each choice of filters walks an index in the order of the page."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from guanxi.infra.sql import Tx
from guanxi.views.page import START, cursor, place
from guanxi.views.shapes import time

ROW = f"""json_build_object('id', e.id, 'at', {time("e.at")}, 'action', e.action, 'agent_id', e.agent_id,
    'name', coalesce(a.name, e.name), 'means', e.means, 'address', e.address, 'kind', e.kind, 'about_id', e.about_id,
    'about', case when e.kind = 'agent' and e.about = '' then coalesce(b.name, '') else e.about end,
    'details', e.details)::text as row, e.id, e.at"""
# offset 0: the entries are chosen before anything is joined to them
CHOSEN = """from audit_entry where workspace_id = $1 and at >= $2 and at < $3 and (at, id) < ($4, $5)"""
NAMED = """left join agent a on a.workspace_id = e.workspace_id and a.id = e.agent_id
  left join agent b on b.workspace_id = e.workspace_id and e.kind = 'agent' and b.id::text = e.about_id
  order by e.at desc, e.id desc"""
ORDER = "order by at desc, id desc limit $6"
BY_FILTER = {
    (
        False,
        False,
    ): f"select {ROW} from (select * {CHOSEN} and $7::uuid is null and $8::text is null {ORDER}) e {NAMED}",
    (True, False): f"select {ROW} from (select * {CHOSEN} and agent_id = $7 and $8::text is null {ORDER}) e {NAMED}",
    (False, True): f"select {ROW} from (select * {CHOSEN} and $7::uuid is null and area = $8 {ORDER}) e {NAMED}",
    (True, True): f"select {ROW} from (select * {CHOSEN} and agent_id = $7 and area = $8 {ORDER}) e {NAMED}",
}
FIRST, LAST = datetime.fromisoformat("0001-01-02T00:00:00Z"), START["newest"][0]


async def audit_log(
    tx: Tx,
    *,
    agent_id: UUID | None,
    area: str | None,
    since: datetime | None,
    until: datetime | None,
    after: str | None,
    limit: int,
) -> tuple[list[str], str | None]:
    """One page of entries as JSON texts, and the cursor of the next; by one person, of one area, of a time. Raises
    BadCursor."""
    at, id_ = place("newest", after)
    rows = await tx.fetch(
        BY_FILTER[agent_id is not None, area is not None],
        tx.workspace_id,
        since or FIRST,
        until or LAST,
        at,
        id_,
        limit + 1,
        agent_id,
        area,
    )
    shown = rows[:limit]
    following = cursor("newest", shown[-1]["at"], shown[-1]["id"]) if len(rows) > limit else None
    return [row["row"] for row in shown], following
