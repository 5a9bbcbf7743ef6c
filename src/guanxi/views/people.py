"""The list of contacts, newest first: all, those with a tag, those whose words fit; and what was noted about one."""

from __future__ import annotations

from uuid import UUID

from guanxi.infra import search
from guanxi.infra.sql import Tx
from guanxi.views.index import CONTACT_TEXT, NUMBER
from guanxi.views.page import cursor, place
from guanxi.views.shapes import media_url, time

MOST_FOUND = 200

ROW = f"""json_build_object('id', p.id, 'name', coalesce(nullif(p.name, ''), w.name, ''), 'email', p.email,
    'phone', p.phone, 'tags', p.tags, 'blocked', p.blocked_at is not null, 'created_at', {time("p.created_at")},
    'avatar_url', case when w.avatar <> '' then {media_url("w.avatar")} end,
    'channels', coalesce(w.channels, '[]'), 'last_at', {time("l.last_at")})::text"""
# What hangs on it: its identities, and its latest conversation.
AROUND = """
  left join lateral (select max(d.name) as name, max(d.avatar) as avatar, json_agg(distinct i.channel) as channels
    from identity d join inbox i on i.workspace_id = $1 and i.id = d.inbox_id
    where d.workspace_id = $1 and d.contact_id = p.id) w on true
  left join lateral (select max(c.last_at) as last_at from identity d cross join lateral (
      select last_at from conversation where workspace_id = $1 and identity_id = d.id
      order by last_at desc, id desc limit 1) c
    where d.workspace_id = $1 and d.contact_id = p.id) l on true"""

ALL = f"""select p.created_at as at, p.id, {ROW} as row from (select * from contact
    where workspace_id = $1 and (created_at, id) < ($2, $3) order by created_at desc, id desc limit $4) p {AROUND}
  order by p.created_at desc, p.id desc"""
TAGGED = f"""select p.created_at as at, p.id, {ROW} as row from (select contact_id, created_at from contact_tag
    where workspace_id = $1 and tag = $5 and (created_at, contact_id) < ($2, $3)
    order by created_at desc, contact_id desc limit $4) t
  join contact p on p.workspace_id = $1 and p.id = t.contact_id {AROUND}
  order by p.created_at desc, p.id desc"""
FOUND = f"""select p.created_at as at, p.id, {ROW} as row
  from (select p.* from search_contacts($5::tsquery, {MOST_FOUND}) s
    join contact p on p.workspace_id = $1 and p.id = s.contact_id
    where lower(normalize({CONTACT_TEXT}, NFKC)) like all($6::text[]) and (p.created_at, p.id) < ($2, $3)
      and ($7::text is null or $7 = any(p.tags))
    order by p.created_at desc, p.id desc limit $4) p {AROUND}
  order by p.created_at desc, p.id desc"""

# From one tag to the next by the index: as many steps as there are tags, however many contacts have them.
TAGS = """with recursive t as (
    (select tag from contact_tag where workspace_id = $1 order by tag limit 1)
    union all
    select (select n.tag from contact_tag n where n.workspace_id = $1 and n.tag > t.tag order by n.tag limit 1)
    from t where t.tag is not null)
  select tag from t where tag is not null limit 500"""

NOTES = f"""select coalesce(json_agg(json_build_object('conversation_id', n.conversation_id, 'seq', n.seq,
    'at', {time("n.sent_at")}, 'text', n.content ->> 'text',
    'agent', case when a.id is not null then json_build_object('id', a.id, 'name', a.name) end)
    order by n.sent_at desc, n.seq desc), '[]')::text
  from (select m.* from identity d
      cross join lateral (select id from conversation where workspace_id = $1 and identity_id = d.id
        order by last_at desc, id desc limit 20) c
      cross join lateral (select * from message where workspace_id = $1 and conversation_id = c.id and is_note
        order by seq desc limit 20) m
      where d.workspace_id = $1 and d.contact_id = $2 order by m.sent_at desc limit 50) n
  left join agent a on a.workspace_id = $1 and a.id = n.agent_id"""


async def people(tx: Tx, *, words: str, tag: str | None, after: str | None, limit: int) -> bytes:
    """One page as JSON: {rows, next}. Raises BadCursor."""
    at, id_ = place("newest", after)
    if words.strip():
        query = search.query(await tx.fetchval(NUMBER, tx.workspace_id), words)
        found = (
            await tx.fetch(FOUND, tx.workspace_id, at, id_, limit + 1, query, search.patterns(words), tag)
            if query
            else []
        )
    elif tag is not None:
        found = await tx.fetch(TAGGED, tx.workspace_id, at, id_, limit + 1, tag)
    else:
        found = await tx.fetch(ALL, tx.workspace_id, at, id_, limit + 1)
    more = f'"{cursor("newest", found[limit - 1]["at"], found[limit - 1]["id"])}"' if len(found) > limit else "null"
    return f'{{"rows":[{",".join(row["row"] for row in found[:limit])}],"next":{more}}}'.encode()


async def contact_tags(tx: Tx) -> list[str]:
    """Every tag that some contact has, in order."""
    return [row["tag"] for row in await tx.fetch(TAGS, tx.workspace_id)]


async def notes_about(tx: Tx, contact_id: UUID) -> bytes:
    """The newest notes of a contact's latest conversations, as a JSON array."""
    text: str = await tx.fetchval(NOTES, tx.workspace_id, contact_id)
    return text.encode()
