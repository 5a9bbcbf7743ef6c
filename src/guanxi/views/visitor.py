"""What a web-chat visitor sees: his own messages and ours to him. Notes, lines and addresses of agents never leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from guanxi.infra.sql import Tx
from guanxi.views.shapes import CONTENT

TIME = """to_char(m.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

# A reply shows once it is sent, and stays when it is taken back. Of the contact's own messages all but the last
# `unread` have been read. The order is that of (created_at, seq), over all conversations of these identities.
MESSAGES = f"""
select m.at, m.seq, json_build_object('id', m.said_id, 'seq', m.seq, 'thread', c.id, 'author', m.author,
    'name', coalesce(g.name, ''), 'content', m.content, 'quotes', m.quotes, 'at', m.at,
    'state', case when m.author <> 'contact' then m.state when m.place > c.unread then 'read' else 'received' end)::text
  as message
from identity d
join conversation c on c.workspace_id = $1 and c.identity_id = d.id and ($4::timestamptz is null or c.last_at > $4)
cross join lateral (
  select m.seq, m.author, m.agent_id, m.state, {TIME} as at, m.created_at,
    case when m.author = 'contact' then split_part(m.external_id, ':', 2) else m.id::text end as said_id,
    case when m.state = 'unsent' then json_build_object('kind', 'text') else ({CONTENT})::json end as content,
    (select left(coalesce(nullif(q.content ->> 'text', ''), q.content -> 'media' ->> 'name', q.kind), 120) from message q
     where q.workspace_id = $1 and q.conversation_id = c.id and q.seq = m.quoted_seq and not q.is_note and q.state <> 'unsent'
       and m.state <> 'unsent') as quotes,
    case when $5::timestamptz is null then row_number() over (partition by m.author = 'contact' order by m.seq desc)
      else {1 << 31} end as place
  from message m where m.workspace_id = $1 and m.conversation_id = c.id and not m.is_note
    and (m.author = 'contact' or (m.author in ('agent', 'bot') and m.state in ('sent', 'delivered', 'read', 'unsent')))
    and ($4::timestamptz is null or m.created_at > $4)
    and ($5::timestamptz is null or (m.created_at, m.seq) < ($5, $6::bigint))
  order by m.seq desc limit $7) m
left join agent g on g.workspace_id = $1 and g.id = m.agent_id
where d.workspace_id = $1 and d.inbox_id = $2 and d.external_id = any($3::text[])
order by m.created_at desc, m.seq desc limit $7"""


async def visitor_messages(
    tx: Tx,
    inbox_id: UUID,
    external_ids: Sequence[str],
    *,
    after: datetime | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int = 40,
) -> tuple[list[str], str | None]:
    """The newest messages of these identities as JSON texts, oldest first, and the place to go on before, or None.

    Addresses of files still lack their signatures: `signed` completes them.
    """
    place, seq = before or (None, None)
    rows = await tx.fetch(MESSAGES, tx.workspace_id, inbox_id, list(external_ids), after, place, seq, limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    return [row["message"] for row in reversed(rows)], f"{rows[-1]['at']}~{rows[-1]['seq']}" if more else None


async def shop_front(tx: Tx) -> Any:
    """What a visitor meets before anybody has spoken: name, greeting, away_text, online (somebody is there now)."""
    return await tx.fetchrow(
        """select w.name, w.greeting, w.away_text, exists (select from agent a where a.workspace_id = $1
             and a.presence in ('online', 'wrap_up') and a.removed_at is null) as online
           from workspace w where w.id = $1""",
        tx.workspace_id,
    )


async def whose_conversations(tx: Tx, conversation_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, str]]:
    """Of each of these its (inbox, external id)."""
    rows = await tx.fetch(
        """select c.id, d.inbox_id, d.external_id from conversation c
           join identity d on d.workspace_id = $1 and d.id = c.identity_id
           where c.workspace_id = $1 and c.id = any($2::uuid[])""",
        tx.workspace_id,
        list(conversation_ids),
    )
    return {row["id"]: (row["inbox_id"], row["external_id"]) for row in rows}


async def current_conversation(tx: Tx, inbox_id: UUID, external_id: str) -> UUID | None:
    """The conversation of this identity that is not resolved; of several the one that gets what he says next."""
    found: UUID | None = await tx.fetchval(
        """select c.id from identity d join conversation c on c.workspace_id = $1 and c.identity_id = d.id and c.state < 2
           where d.workspace_id = $1 and d.inbox_id = $2 and d.external_id = $3
           order by starts_with(c.thread, 'part:'), c.last_at desc limit 1""",
        tx.workspace_id,
        inbox_id,
        external_id,
    )
    return found


async def has_email(tx: Tx, inbox_id: UUID, external_id: str) -> bool:
    """Does the contact behind this identity have an e-mail address?"""
    found: bool = await tx.fetchval(
        """select exists (select from identity d join contact p on p.workspace_id = $1 and p.id = d.contact_id
           where d.workspace_id = $1 and d.inbox_id = $2 and d.external_id = $3 and p.email <> '')""",
        tx.workspace_id,
        inbox_id,
        external_id,
    )
    return found


async def asked_rating(tx: Tx, inbox_id: UUID, external_ids: Sequence[str]) -> str | None:
    """What these identities were asked within a week and have not answered: the rating's id, or None."""
    found: UUID | None = await tx.fetchval(
        """select r.id from identity d
           join conversation c on c.workspace_id = $1 and c.identity_id = d.id
           join rating r on r.workspace_id = $1 and r.conversation_id = c.id and r.rated_at is null
             and r.asked_at > $4 and (c.state = 2 or r.asked_by is not null)
           where d.workspace_id = $1 and d.inbox_id = $2 and d.external_id = any($3::text[])
           order by r.asked_at desc limit 1""",
        tx.workspace_id,
        inbox_id,
        list(external_ids),
        tx.now - timedelta(days=7),
    )
    return str(found) if found else None
