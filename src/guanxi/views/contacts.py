"""One contact with its identities and its latest conversations."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from guanxi.infra.sql import Tx
from guanxi.views.shapes import IS_PUBLIC, media_url, time
from guanxi.views.sight import Sight, sees


def _contact(only: str) -> str:
    return f"""select json_build_object(
  'id', p.id, 'name', p.name, 'language', p.language, 'email', p.email, 'phone', p.phone, 'tags', p.tags,
  'attributes', p.attributes, 'note', p.note, 'vip', p.is_vip, 'blocked', p.blocked_at is not null, 'version', p.version,
  'created_at', {time("p.created_at")},
  'identities', (select coalesce(json_agg(json_build_object('id', d.id, 'channel', i.channel, 'inbox_id', i.id,
      'inbox_name', i.name, 'name', d.name, 'external_id', d.external_id, 'kind', d.kind, 'followed', d.followed,
      'avatar_url', case when d.avatar <> '' then {media_url("d.avatar")} end, 'attributes', d.attributes)
      order by d.created_at, d.id), '[]')
    from identity d join inbox i on i.workspace_id = d.workspace_id and i.id = d.inbox_id
    where d.workspace_id = $1 and d.contact_id = p.id),
  'conversations', (select coalesce(json_agg(json_build_object('id', c.id, 'channel', c.channel, 'is_public', {IS_PUBLIC},
      'state', case c.state when 0 then 'open' when 1 then 'snoozed' else 'resolved' end,
      'opened_at', {time("c.opened_at")}, 'resolved_at', {time("c.resolved_at")},
      'last_text', c.last_text, 'last_at', {time("c.last_at")}) order by c.last_at desc, c.id desc), '[]')
    from (select c.* from identity d cross join lateral (select * from conversation c
            where c.workspace_id = $1 and c.identity_id = d.id and c.state < 3{only} order by c.last_at desc, c.id desc limit 50) c
          where d.workspace_id = $1 and d.contact_id = p.id order by c.last_at desc, c.id desc limit 50) c))::text
  from contact p where p.workspace_id = $1 and p.id = $2"""


CONTACT, CONTACT_SEEN = _contact(""), _contact(f" and {sees(3)}")


async def contact(tx: Tx, contact_id: UUID, sight: Sight | None = None) -> bytes | None:
    """The card is everybody's; of the conversations only those that he sees."""
    if sight is None:
        text = await tx.fetchval(CONTACT, tx.workspace_id, contact_id)
    else:
        text = await tx.fetchval(CONTACT_SEEN, tx.workspace_id, contact_id, *sight.arguments)
    return None if text is None else text.encode()


# A few inboxes, and in each of them one look into an index.
WHOSE = """select d.contact_id from inbox i
  join identity d on d.workspace_id = $1 and d.inbox_id = i.id and d.external_id = $2
  left join lateral (select c.last_at from conversation c where c.workspace_id = $1 and c.identity_id = d.id
    order by c.last_at desc limit 1) l on true
  where i.workspace_id = $1 order by l.last_at desc nulls last, d.id desc limit 1"""


async def contact_of(tx: Tx, external_id: str) -> UUID | None:
    """Whose id at a platform this is; of several inboxes that know it, the one where something was said last."""
    found: UUID | None = await tx.fetchval(WHOSE, tx.workspace_id, external_id)
    return found


THEIRS = """select d.contact_id, c.id from unnest($2::uuid[]) k(contact_id)
  join identity d on d.workspace_id = $1 and d.contact_id = k.contact_id
  cross join lateral (select id from conversation where workspace_id = $1 and identity_id = d.id and state < 3
    order by last_at desc, id desc limit 20) c"""


async def conversations_of(tx: Tx, contact_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The latest conversations of these contacts (twenty per identity), by contact."""
    found: dict[UUID, list[UUID]] = {}
    if not contact_ids:
        return found
    for row in await tx.fetch(THEIRS, tx.workspace_id, list(contact_ids)):
        found.setdefault(row["contact_id"], []).append(row["id"])
    return found
