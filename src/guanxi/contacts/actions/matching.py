"""The same person on several accounts of one owner: his identities come together under one contact, or stay apart.

A unionid means the same person only among accounts that are bound to one Open Platform account, which the inboxes say in
their setting `open_platform`. Where anything is not clear, nothing is done: a person can be brought together later, and
what was mixed up cannot be told apart again.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from guanxi import events
from guanxi.contacts.rules import to_bring_together
from guanxi.infra.jobs import Wanted
from guanxi.infra.sql import Tx

MOST = 20  # identities of one person


def want_match(identity_id: UUID) -> Wanted:
    """A job that looks whether this identity is somebody whom we know."""
    return Wanted(lane=f"match:{identity_id}", pool="match", kind="match_contact", args={"identity": str(identity_id)})


async def match(tx: Tx, identity_id: UUID) -> bool:
    """Bring this person together with himself on other accounts; whether that was done."""
    found = await _same_person(tx, identity_id)
    if len({row["contact_id"] for row in found}) < 2:
        return False
    await tx.execute(
        "select from identity where workspace_id = $1 and id = any($2::uuid[]) order by id for update",
        tx.workspace_id,
        [row["id"] for row in found],
    )
    chosen = to_bring_together([(row["contact_id"], row["contact_at"], row["others"]) for row in found])
    if chosen is None:
        return False
    kept, left = chosen
    await tx.execute(
        "update identity set contact_id = $3 where workspace_id = $1 and contact_id = $2", tx.workspace_id, left, kept
    )
    await take_over(tx, kept, left)
    payload = {"contact_id": str(kept), "joined": str(left)}
    await events.record(tx, "contact.changed", payload)
    return True


async def _same_person(tx: Tx, identity_id: UUID) -> list[Any]:
    """Every identity that is proved to be this person, with its contact, since when that is there, and how many identities
    of the contact are not proved to be his."""
    return await tx.fetch(
        """with me as (
             select i.attributes ->> 'unionid' as unionid, b.settings ->> 'open_platform' as owner
             from identity i join inbox b on b.workspace_id = $1 and b.id = i.inbox_id
             where i.workspace_id = $1 and i.id = $2 and i.kind = 'person'
           ), same as (
             select i.id, i.contact_id from me
             join identity i on i.workspace_id = $1 and i.attributes ? 'unionid' and i.attributes ->> 'unionid' = me.unionid
               and i.kind = 'person'
             join inbox b on b.workspace_id = $1 and b.id = i.inbox_id and b.settings ->> 'open_platform' = me.owner
             where me.unionid <> '' and me.owner <> '' order by i.id limit $3
           )
           select s.id, s.contact_id, c.created_at as contact_at,
             (select count(*) from identity o where o.workspace_id = $1 and o.contact_id = s.contact_id
                and o.id not in (select id from same)) as others
           from same s join contact c on c.workspace_id = $1 and c.id = s.contact_id order by s.id""",
        tx.workspace_id,
        identity_id,
        MOST,
    )


async def take_over(tx: Tx, kept: UUID, left: UUID) -> None:
    """What was written about the one goes over to the other where it has nothing; a block of either stands."""
    await tx.execute(
        """select from contact where workspace_id = $1 and id = any($2::uuid[]) order by id for update""",
        tx.workspace_id,
        [kept, left],
    )
    await tx.execute(
        """update contact c set name = coalesce(nullif(c.name, ''), o.name), email = coalesce(nullif(c.email, ''), o.email),
             phone = coalesce(nullif(c.phone, ''), o.phone), language = coalesce(nullif(c.language, ''), o.language),
             note = concat_ws(chr(10), nullif(c.note, ''), nullif(o.note, '')), attributes = o.attributes || c.attributes,
             tags = array(select distinct t from unnest(c.tags || o.tags) t order by t),
             blocked_at = least(c.blocked_at, o.blocked_at), version = c.version + 1
           from contact o where c.workspace_id = $1 and c.id = $2 and o.workspace_id = $1 and o.id = $3""",
        tx.workspace_id,
        kept,
        left,
    )
    await tx.execute(
        """insert into contact_tag (workspace_id, tag, contact_id, created_at)
           select $1, t, p.id, p.created_at from contact p, unnest(p.tags) t where p.workspace_id = $1 and p.id = $2
           on conflict do nothing""",
        tx.workspace_id,
        kept,
    )
    await tx.execute("delete from contact_tag where workspace_id = $1 and contact_id = $2", tx.workspace_id, left)
    await tx.execute("delete from search_contact where workspace_id = $1 and contact_id = $2", tx.workspace_id, left)
    await tx.execute("delete from contact where workspace_id = $1 and id = $2", tx.workspace_id, left)
