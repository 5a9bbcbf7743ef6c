"""How many conversations each view holds. Counting stops at a hundred: "99+" says enough, and costs little."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from guanxi.infra.sql import Tx
from guanxi.views.page import START
from guanxi.views.sight import Sight, walk


def _capped(conditions: str) -> str:
    return f"""(select json_build_object('count', least(count(*), 99), 'capped', count(*) > 99) from (
      select 1 from conversation c where c.workspace_id = $1 and {conditions} limit 100) few)"""


COUNTS = f"""select json_build_object(
  'mine', {_capped("c.assignee_id = $2 and c.state = 0")},
  'queue', {_capped("c.assignee_id is null and c.state = 0")},
  'all', {_capped("c.state = 0")},
  'late', case when exists (select from policy where workspace_id = $1 and removed_at is null)
    then {_capped("c.promise_state > 0 and c.due_at is not null")} end,
  'snoozed', {_capped("c.state = 1")},
  'queues', (select coalesce(json_object_agg(q.id, {_capped("c.queue_id = q.id and c.assignee_id is null and c.state = 0")}), '{{}}')
    from queue q where q.workspace_id = $1 and q.removed_at is null),
  'channels', (select coalesce(json_object_agg(k.channel, {_capped("c.channel = k.channel and c.state = 0")}), '{{}}')
    from (select distinct channel from inbox where workspace_id = $1 and state <> 'removed') k))::text"""


# The same of what somebody sees: what decides which view and channel each belongs to.
AMONG = """select c.assignee_id, c.queue_id, c.channel, c.state, c.promise_state > 0 and c.due_at is not null as is_late
  from unnest($2::uuid[]) k(id) join conversation c on c.workspace_id = $1 and c.id = k.id"""
PLACES = """select array(select q.id from queue q where q.workspace_id = $1 and q.removed_at is null) as queues,
  array(select distinct i.channel from inbox i where i.workspace_id = $1 and i.state <> 'removed') as channels,
  exists (select from policy p where p.workspace_id = $1 and p.removed_at is null) as promises"""


async def counts(tx: Tx, me: UUID, sight: Sight | None = None) -> bytes:
    """{mine, queue, all, late, snoozed, queues: {id: …}, channels: {key: …}}, each {count, capped}; `late` is null where nothing is promised."""
    if sight is not None:
        return await _among(tx, me, sight)
    text: str = await tx.fetchval(COUNTS, tx.workspace_id, me)
    return text.encode()


async def _among(tx: Tx, me: UUID, sight: Sight) -> bytes:
    """Where more is seen than is looked at, what is counted to the end of that is said to be capped, too."""
    opened = await walk(tx, sight, "newest", 0, START["newest"])
    asleep = await walk(tx, sight, "newest", 1, START["newest"])
    is_more = opened.end is not None
    rows = await tx.fetch(AMONG, tx.workspace_id, [*opened.ids, *asleep.ids])
    here = [row for row in rows if row["state"] == 0]
    places = await tx.fetchrow(PLACES, tx.workspace_id)

    def capped(found: list[Any], is_more: bool = is_more) -> dict[str, Any]:
        return {"count": min(len(found), 99), "capped": len(found) > 99 or is_more}

    nobodys = [row for row in here if row["assignee_id"] is None]
    return msgspec.json.encode(
        {
            "mine": capped([row for row in here if row["assignee_id"] == me]),
            "queue": capped(nobodys),
            "all": capped(here),
            "late": capped([row for row in rows if row["is_late"]]) if places["promises"] else None,
            "snoozed": capped([row for row in rows if row["state"] == 1], asleep.end is not None),
            "queues": {
                str(id_): capped([row for row in nobodys if row["queue_id"] == id_]) for id_ in places["queues"]
            },
            "channels": {key: capped([row for row in here if row["channel"] == key]) for key in places["channels"]},
        }
    )
