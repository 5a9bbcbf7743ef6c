"""What calls one agent, newest first: each notice with its conversation and the words that it is about."""

from __future__ import annotations

from uuid import UUID

from guanxi.infra.sql import Tx
from guanxi.views.page import cursor, place
from guanxi.views.shapes import CONTACT_NAME, IS_PUBLIC, time
from guanxi.views.sight import Sight, sees


def _notices(among: str) -> str:
    return f"""select n.at, n.id, json_build_object('id', n.id, 'kind', n.kind, 'at', {time("n.at")},
    'read', n.read_at is not null, 'conversation_id', n.conversation_id, 'seq', n.seq, 'channel', c.channel, 'is_public', {IS_PUBLIC},
    'contact', json_build_object('id', p.id, 'name', {CONTACT_NAME}),
    'by', case when b.id is not null then json_build_object('id', b.id, 'name', b.name) end,
    'text', left(coalesce(m.content ->> 'text', m.content ->> 'note', ''), 300))::text as row
  from (select n.* from notice n{among} where n.workspace_id = $1 and n.agent_id = $2 and (n.at, n.id) < ($3, $4)
        order by n.at desc, n.id desc limit $5) n
  join conversation c on c.workspace_id = $1 and c.id = n.conversation_id
  join identity d on d.workspace_id = $1 and d.id = c.identity_id
  join contact p on p.workspace_id = $1 and p.id = d.contact_id
  left join agent b on b.workspace_id = $1 and b.id = n.by_id
  left join message m on m.workspace_id = $1 and m.conversation_id = n.conversation_id and m.seq = n.seq
  order by n.at desc, n.id desc"""


UNREAD = """select count(*) from (select 1 from notice where workspace_id = $1 and agent_id = $2 and read_at is null
    limit 100) few"""

NOTICES = _notices("")
# What calls him to a conversation that he sees no longer is not shown.
NOTICES_SEEN = _notices(f" join conversation c on c.workspace_id = $1 and c.id = n.conversation_id and {sees(6)}")
UNREAD_SEEN = f"""select count(*) from (select 1 from notice n
    join conversation c on c.workspace_id = $1 and c.id = n.conversation_id and {sees(3)}
  where n.workspace_id = $1 and n.agent_id = $2 and n.read_at is null limit 100) few"""


async def notices(tx: Tx, me: UUID, after: str | None, limit: int, sight: Sight | None = None) -> bytes:
    """One page as JSON: {rows, next, unread}; `unread` counts to a hundred. Raises BadCursor."""
    at, id_ = place("newest", after)
    if sight is None:
        found = await tx.fetch(NOTICES, tx.workspace_id, me, at, id_, limit + 1)
        unread = await tx.fetchval(UNREAD, tx.workspace_id, me)
    else:
        found = await tx.fetch(NOTICES_SEEN, tx.workspace_id, me, at, id_, limit + 1, *sight.arguments)
        unread = await tx.fetchval(UNREAD_SEEN, tx.workspace_id, me, *sight.arguments)
    more = f'"{cursor("newest", found[limit - 1]["at"], found[limit - 1]["id"])}"' if len(found) > limit else "null"
    rows = ",".join(row["row"] for row in found[:limit])
    return f'{{"rows":[{rows}],"next":{more},"unread":{unread}}}'.encode()
