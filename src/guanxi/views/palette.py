"""What the command palette offers for some letters: a few people by name, tags, and a few conversations by what was said."""

from __future__ import annotations

from guanxi.infra import search
from guanxi.infra.sql import Tx
from guanxi.views.people import with_words
from guanxi.views.shapes import CONTACT_NAME, media_url

# A contact without a name of its own is called by the name of its first identity, as everywhere.
PEOPLE = f"""select json_build_object('id', p.id, 'name', coalesce({CONTACT_NAME}, ''), 'channel', d.channel,
    'avatar_url', case when d.avatar <> '' then {media_url("d.avatar")} end)::text as row
  from unnest($2::uuid[]) k(id) join contact p on p.workspace_id = $1 and p.id = k.id
  left join lateral (select d.name, d.avatar, i.channel from identity d
    join inbox i on i.workspace_id = d.workspace_id and i.id = d.inbox_id
    where d.workspace_id = $1 and d.contact_id = p.id order by d.created_at, d.id limit 1) d on true
  order by lower({CONTACT_NAME}), p.id"""


async def people_named(tx: Tx, words: str, most: int) -> list[str]:
    """A few contacts, the newest, with all these words in their name, address, number or tags, as JSON texts."""
    found, _ = await with_words(tx, words, tag=None, after=None, wanted=most)
    rows = await tx.fetch(PEOPLE, tx.workspace_id, [id_ for _, id_ in found])
    return [row["row"] for row in rows]


# From one tag to the next by the index: as many steps as there are tags, however many conversations have them.
TAGS = """with recursive t as (
    (select tag from conversation_tag where workspace_id = $1 order by tag limit 1)
    union all
    select (select n.tag from conversation_tag n where n.workspace_id = $1 and n.tag > t.tag order by n.tag limit 1)
    from t where t.tag is not null),
  first as (select tag from t where tag is not null limit 500)
  select tag from first where lower(normalize(tag, NFKC)) like all($2::text[]) order by length(tag), tag limit $3"""


async def tags_named(tx: Tx, words: str, most: int) -> list[str]:
    """A few tags of conversations with all these words in them, the shortest first."""
    return [row["tag"] for row in await tx.fetch(TAGS, tx.workspace_id, search.patterns(words), most)]
