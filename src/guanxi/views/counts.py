"""How many conversations each view holds. Counting stops at a hundred: "99+" says enough, and costs little."""

from __future__ import annotations

from uuid import UUID

from guanxi.infra.sql import Tx


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


async def counts(tx: Tx, me: UUID) -> bytes:
    """{mine, queue, all, late, snoozed, queues: {id: …}, channels: {key: …}}, each {count, capped}; `late` is null where nothing is promised."""
    text: str = await tx.fetchval(COUNTS, tx.workspace_id, me)
    return text.encode()
