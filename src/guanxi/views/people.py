"""The list of contacts, newest first: all, those with a tag, those whose words fit; and what was noted about one."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from guanxi.infra import search, search_slices
from guanxi.infra.sql import Tx
from guanxi.views.page import cursor, place
from guanxi.views.seeking import CONTACT_TEXT, LONGEST, Seeking
from guanxi.views.shapes import media_url, time
from guanxi.views.sight import Sight, sees

ROW = f"""json_build_object('id', p.id, 'name', coalesce(nullif(p.name, ''), w.name, ''), 'email', p.email,
    'phone', p.phone, 'tags', p.tags, 'vip', p.is_vip, 'blocked', p.blocked_at is not null, 'created_at', {time("p.created_at")},
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
# Tokens find candidates, the patterns check them. $2 the queries of some slices, $3 patterns, $4 and $5 the place after which to go
# on, $6 how many hits of a slice, $7 how many contacts, $8 their tag.
FOUND = f"""
with hits as materialized (
  select * from contacts_with($2::text[]::tsquery[], $4, $5, $6)
), full_slice as (
  select nth from hits group by nth having count(*) = $6 order by nth limit 1
), used as (
  select * from hits where nth <= coalesce((select nth from full_slice), nth)
), fitting as (
  select u.at, p.id from used u join contact p on p.workspace_id = $1 and p.id = u.contact_id
  where lower(normalize({CONTACT_TEXT}, NFKC)) like all($3::text[]) and ($8::text is null or $8 = any(p.tags))
  order by u.at desc, p.id desc limit $7
)
select (select nth from full_slice) as full_slice, (select count(*) from used) as many, l.at as last_at, l.contact_id as last_id,
  f.at, f.id
from (select) x left join (select * from used order by at, contact_id limit 1) l on true left join fitting f on true
order by f.at desc, f.id desc"""
BY_ID = f"""select p.created_at as at, p.id, {ROW} as row from contact p {AROUND}
  where p.workspace_id = $1 and p.id = any($2::uuid[]) order by p.created_at desc, p.id desc"""

# From one tag to the next by the index: as many steps as there are tags, however many contacts have them.
TAGS = """with recursive t as (
    (select tag from contact_tag where workspace_id = $1 order by tag limit 1)
    union all
    select (select n.tag from contact_tag n where n.workspace_id = $1 and n.tag > t.tag order by n.tag limit 1)
    from t where t.tag is not null)
  select tag from t where tag is not null limit 500"""


def _notes(only: str) -> str:
    return f"""select coalesce(json_agg(json_build_object('conversation_id', n.conversation_id, 'seq', n.seq,
    'at', {time("n.sent_at")}, 'text', n.content ->> 'text',
    'agent', case when a.id is not null then json_build_object('id', a.id, 'name', a.name) end)
    order by n.sent_at desc, n.seq desc), '[]')::text
  from (select m.* from identity d
      cross join lateral (select c.id from conversation c where c.workspace_id = $1 and c.identity_id = d.id{only}
        order by c.last_at desc, c.id desc limit 20) c
      cross join lateral (select * from message where workspace_id = $1 and conversation_id = c.id and is_note
        order by seq desc limit 20) m
      where d.workspace_id = $1 and d.contact_id = $2 order by m.sent_at desc limit 50) n
  left join agent a on a.workspace_id = $1 and a.id = n.agent_id"""


NOTES, NOTES_SEEN = _notes(""), _notes(f" and {sees(3)}")


async def people(tx: Tx, *, words: str, tag: str | None, after: str | None, limit: int) -> bytes:
    """One page as JSON: {rows, next}; found by words it may hold fewer rows and yet name a next page. Raises BadCursor."""
    if words.strip():
        ids, more = await with_words(tx, words, tag=tag, after=after, wanted=limit)
        rows = await tx.fetch(BY_ID, tx.workspace_id, [id_ for _, id_ in ids])
    else:
        at, id_ = place("newest", after)
        if tag is not None:
            found = await tx.fetch(TAGGED, tx.workspace_id, at, id_, limit + 1, tag)
        else:
            found = await tx.fetch(ALL, tx.workspace_id, at, id_, limit + 1)
        rows = found[:limit]
        more = (rows[-1]["at"], rows[-1]["id"]) if len(found) > limit else None
    following = "null" if more is None else f'"{cursor("newest", *more)}"'
    return f'{{"rows":[{",".join(row["row"] for row in rows)}],"next":{following}}}'.encode()


Spot = tuple[datetime, UUID]


async def with_words(
    tx: Tx, words: str, *, tag: str | None, after: str | None, wanted: int, longest: float = LONGEST
) -> tuple[list[Spot], Spot | None]:
    """The newest contacts with all these words, by when they came and id; and where to go on. Raises BadCursor."""
    spot: Spot = place("newest", after)
    query = search.query(words)
    if query is None:
        return [], None
    seeking = Seeking((await search_slices.slices(tx, "contact")).until(spot[0]), longest)
    rows: list[Spot] = []
    while len(rows) <= wanted and (prefixes := seeking.next()):
        found = await tx.fetch(
            FOUND,
            tx.workspace_id,
            [search.in_slice(query, prefix) for prefix in prefixes],
            search.patterns(words),
            *spot,
            seeking.most,
            wanted + 1 - len(rows),
            tag,
        )
        rows += [(row["at"], row["id"]) for row in found if row["id"] is not None]
        if found[0]["last_at"] is not None:
            spot = (found[0]["last_at"], found[0]["last_id"])
        since = seeking.looked(len(prefixes), found[0]["full_slice"], found[0]["many"], wanted + 1 - len(rows))
        if since is not None:
            spot = (since - timedelta(microseconds=1), UUID(int=(1 << 128) - 1))
    if len(rows) > wanted:
        return rows[:wanted], rows[wanted - 1]
    return rows, None if seeking.is_over else spot


async def contact_tags(tx: Tx) -> list[str]:
    """Every tag that some contact has, in order."""
    return [row["tag"] for row in await tx.fetch(TAGS, tx.workspace_id)]


async def notes_about(tx: Tx, contact_id: UUID, sight: Sight | None = None) -> bytes:
    """The newest notes of a contact's latest conversations, of those that are seen, as a JSON array."""
    text: str
    if sight is None:
        text = await tx.fetchval(NOTES, tx.workspace_id, contact_id)
    else:
        text = await tx.fetchval(NOTES_SEEN, tx.workspace_id, contact_id, *sight.arguments)
    return text.encode()
