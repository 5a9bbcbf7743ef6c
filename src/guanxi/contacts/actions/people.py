"""What is done to contacts: recognise, learn, change, block; and what search knows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from guanxi import audit, events, team
from guanxi.contacts.model import Identity, NotFound, Refused, Seen
from guanxi.contacts.queries import find_identity, read_identity
from guanxi.contacts.rules import news
from guanxi.infra import search, search_slices
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx


async def recognise(tx: Tx, seen: Sequence[Seen]) -> dict[tuple[UUID, str], Identity]:
    """The identities of everybody seen, by (inbox, external id): found, or made together with a new contact.

    Their rows are locked in the order of their ids until the transaction ends.
    """
    people = {(one.inbox_id, one.external_id): one for one in seen}
    known = await _lock_known(tx, list(people))
    strangers = [one for key, one in people.items() if key not in known]
    if strangers:
        made = await _add(tx, strangers)
        for key, identity in (await _lock_known(tx, [(s.inbox_id, s.external_id) for s in strangers])).items():
            identity.is_new = identity.id in made
            known[key] = identity
    return known


async def _lock_known(tx: Tx, keys: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], Identity]:
    rows = await tx.fetch(
        """select i.id, i.inbox_id, i.contact_id, i.external_id, i.kind, i.name, i.windows, i.profile_at, i.followed,
             c.name as contact_name, c.blocked_at is not null as is_blocked
           from unnest($2::uuid[], $3::text[]) as s(inbox_id, external_id)
           join identity i on i.workspace_id = $1 and i.inbox_id = s.inbox_id and i.external_id = s.external_id
           join contact c on c.workspace_id = $1 and c.id = i.contact_id
           order by i.id for update of i""",
        tx.workspace_id,
        [inbox_id for inbox_id, _ in keys],
        [external_id for _, external_id in keys],
    )
    return {(row["inbox_id"], row["external_id"]): read_identity(row) for row in rows}


async def _add(tx: Tx, strangers: Sequence[Seen]) -> set[UUID]:
    """Add identities, and contacts only for those that nobody else added meanwhile."""
    rows = await tx.fetch(
        """insert into identity (workspace_id, id, inbox_id, contact_id, external_id, kind, name, language, attributes, created_at)
           select $1, s.id, s.inbox_id, s.contact_id, s.external_id, s.kind, s.name, s.language, s.attributes::jsonb, $2
           from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
             as s(id, inbox_id, contact_id, external_id, kind, name, language, attributes)
           on conflict (workspace_id, inbox_id, external_id) do nothing returning id, contact_id""",
        tx.workspace_id,
        tx.now,
        [new_id() for _ in strangers],
        [one.inbox_id for one in strangers],
        [new_id() for _ in strangers],
        [one.external_id for one in strangers],
        [one.kind for one in strangers],
        [one.name for one in strangers],
        [one.language for one in strangers],
        [msgspec.json.encode(one.said()).decode() for one in strangers],
    )
    await tx.execute(
        """insert into contact (workspace_id, id, name, language, email, phone, attributes, created_at)
           select $1, i.contact_id, s.name, s.language, s.email, s.phone, s.attributes::jsonb, $2
           from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
             as s(inbox_id, external_id, name, language, email, phone, attributes)
           join identity i on i.workspace_id = $1 and i.inbox_id = s.inbox_id and i.external_id = s.external_id
           where i.id = any($10::uuid[])""",
        tx.workspace_id,
        tx.now,
        [one.inbox_id for one in strangers],
        [one.external_id for one in strangers],
        [one.name for one in strangers],
        [one.language for one in strangers],
        [one.email for one in strangers],
        [one.phone for one in strangers],
        [msgspec.json.encode(one.attributes).decode() for one in strangers],
        [row["id"] for row in rows],
    )
    named = [row["contact_id"] for row in rows]
    await events.record_all(
        tx, [events.Event(kind="contact.changed", payload={"contact_id": str(contact_id)}) for contact_id in named]
    )
    return {row["id"] for row in rows}


async def learn(tx: Tx, told: Sequence[tuple[Identity, Seen]]) -> None:
    """Bring contacts up to date with what is told about them now, of identities that this transaction has locked."""
    newest = {identity.id: seen for identity, seen in told}
    rows = await tx.fetch(
        """select i.id, i.name as told_name, i.attributes as told, c.id as contact_id, c.name, c.email, c.phone, c.attributes
           from identity i join contact c on c.workspace_id = $1 and c.id = i.contact_id
           where i.workspace_id = $1 and i.id = any($2::uuid[]) order by c.id for update of c""",
        tx.workspace_id,
        list(newest),
    )
    for row in rows:
        seen = newest[row["id"]]
        lines = news(
            {"name": seen.name, "email": seen.email, "phone": seen.phone},
            {**row["told"], "name": row["told_name"]},
            {name: row[name] for name in ("name", "email", "phone")},
        )
        attributes = news(seen.attributes, row["told"], row["attributes"])
        if not news(seen.said(), {}, {}).items() <= row["told"].items() or seen.name != row["told_name"]:
            await tx.execute(
                """update identity set name = coalesce(nullif($3, ''), name), attributes = attributes || $4::jsonb
                   where workspace_id = $1 and id = $2""",
                tx.workspace_id,
                row["id"],
                seen.name,
                seen.said(),
            )
        if lines or attributes:
            await tx.execute(
                """update contact set name = coalesce($3, name), email = coalesce($4, email),
                     phone = coalesce($5, phone), attributes = attributes || $6::jsonb, version = version + 1
                   where workspace_id = $1 and id = $2""",
                tx.workspace_id,
                row["contact_id"],
                lines.get("name"),
                lines.get("email"),
                lines.get("phone"),
                attributes,
            )
            await events.record(tx, "contact.changed", {"contact_id": str(row["contact_id"])})


async def save_profile(
    tx: Tx, identity_id: UUID, *, name: str, avatar: str, language: str, attributes: Mapping[str, str]
) -> None:
    """What the platform told about a person. A contact takes his name over where it has none, or still has what was
    told before; a name that an agent wrote stays."""
    identity = await find_identity(tx, identity_id, lock=True)
    if identity is None:
        return
    await tx.execute(
        """update contact c set name = case when $3 <> '' and c.name in ('', i.name) then $3 else c.name end,
             language = case when c.language = '' then $4 else c.language end, version = c.version + 1
           from identity i where i.workspace_id = $1 and i.id = $5 and c.workspace_id = $1 and c.id = $2""",
        tx.workspace_id,
        identity.contact_id,
        name,
        language,
        identity_id,
    )
    await tx.execute(
        """update identity set name = coalesce(nullif($3, ''), name), avatar = coalesce(nullif($4, ''), avatar),
             language = coalesce(nullif($5, ''), language), attributes = attributes || $6::jsonb, profile_at = $7
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        identity_id,
        name,
        avatar,
        language,
        dict(attributes),
        tx.now,
    )
    await events.record(tx, "contact.changed", {"contact_id": str(identity.contact_id)})


async def note_asked(tx: Tx, identity_ids: Sequence[UUID]) -> None:
    """The platform is being asked anew who these are, which is enough for a while."""
    await tx.execute(
        "update identity set profile_at = $3 where workspace_id = $1 and id = any($2::uuid[])",
        tx.workspace_id,
        list(identity_ids),
        tx.now,
    )


async def change(
    tx: Tx,
    contact_id: UUID,
    *,
    by: UUID,
    version: int | None = None,
    name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    note: str | None = None,
    tags: Sequence[str] | None = None,
    attributes: Mapping[str, str] | None = None,
    is_vip: bool | None = None,
) -> int:
    """Change what is given; returns the new version. Raises NotFound, or Refused('stale') over a newer version."""
    row = await tx.fetchrow(
        "select version, attributes from contact where workspace_id = $1 and id = $2 for update",
        tx.workspace_id,
        contact_id,
    )
    if row is None:
        raise NotFound(contact_id)
    if version is not None and version != row["version"]:
        raise Refused("stale")
    if attributes is not None:  # what is not named goes
        kept = {key: value for key, value in row["attributes"].items() if key in attributes}
        attributes = await team.settled(tx, "contact", kept, attributes)
    new: int = await tx.fetchval(
        """update contact set name = coalesce($3, name), email = coalesce($4, email), phone = coalesce($5, phone),
             note = coalesce($6, note), tags = coalesce($7, tags), attributes = coalesce($8::jsonb, attributes),
             is_vip = coalesce($9, is_vip), version = version + 1
           where workspace_id = $1 and id = $2 returning version""",
        tx.workspace_id,
        contact_id,
        name,
        email,
        phone,
        note,
        list(tags) if tags is not None else None,
        dict(attributes) if attributes is not None else None,
        is_vip,
    )
    if tags is not None:
        await _list_by_tag(tx, contact_id, tags)
    await events.record(tx, "contact.changed", {"contact_id": str(contact_id)}, agent=by)
    return new


async def remember_spoken(tx: Tx, identity_id: UUID, language: str) -> None:
    """Conversations with this contact begin in this language from now on; '' : in the one that is heard."""
    await tx.execute(
        """update contact set spoken = $3 where workspace_id = $1
             and id = (select contact_id from identity where workspace_id = $1 and id = $2)""",
        tx.workspace_id,
        identity_id,
        language,
    )


async def _list_by_tag(tx: Tx, contact_id: UUID, tags: Sequence[str]) -> None:
    """Each tag has a row with the contact: lists by tag are read from there."""
    await tx.execute(
        "delete from contact_tag where workspace_id = $1 and contact_id = $2 and tag <> all($3::text[])",
        tx.workspace_id,
        contact_id,
        list(tags),
    )
    await tx.execute(
        """insert into contact_tag (workspace_id, tag, contact_id, created_at)
           select $1, t, p.id, p.created_at from contact p, unnest($3::text[]) t
           where p.workspace_id = $1 and p.id = $2 on conflict do nothing""",
        tx.workspace_id,
        contact_id,
        list(tags),
    )


async def block(tx: Tx, contact_id: UUID, *, by: UUID, blocked: bool = True) -> None:
    """From now on what this contact writes is kept but calls nobody. `blocked=False` takes it back."""
    touched = await tx.execute(
        """update contact set blocked_at = case when $3 then coalesce(blocked_at, $4) end, version = version + 1
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        contact_id,
        blocked,
        tx.now,
    )
    if not touched:
        raise NotFound(contact_id)
    await events.record(tx, "contact.changed", {"contact_id": str(contact_id), "blocked": blocked}, agent=by)
    what = "contact.blocked" if blocked else "contact.unblocked"
    await audit.record(tx, what, by=by, kind="contact", about_id=contact_id)


async def words_of(tx: Tx, contact_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What contacts are found by: name, e-mail, telephone, tags, and the names of their identities."""
    rows = await tx.fetch(WORDS, tx.workspace_id, list(contact_ids))
    return {row["id"]: row["words"] for row in rows}


WORDS = """select c.id, c.created_at, concat_ws(' ', c.name, c.email, c.phone, array_to_string(c.tags, ' '),
    (select string_agg(i.name, ' ') from identity i where i.workspace_id = $1 and i.contact_id = c.id)) as words
  from contact c where c.workspace_id = $1 and c.id = any($2::uuid[])"""


async def index(tx: Tx, contact_ids: Sequence[UUID]) -> None:
    """Make contacts findable by their words."""
    if not contact_ids:
        return
    slices = await search_slices.slices(tx, "contact")
    rows = await tx.fetch(WORDS, tx.workspace_id, list(contact_ids))
    new = await tx.fetchval(
        """with written as (
             insert into search_contact (workspace_id, contact_id, at, tokens)
             select $1, s.id, s.at, array_to_tsvector(string_to_array(s.tokens, chr(10)))
             from unnest($2::uuid[], $3::timestamptz[], $4::text[]) as s(id, at, tokens)
             on conflict (workspace_id, contact_id) do update set tokens = excluded.tokens
               where search_contact.tokens is distinct from excluded.tokens
             returning xmax = 0 as is_new)
           select count(*) from written where is_new""",
        tx.workspace_id,
        [row["id"] for row in rows],
        [row["created_at"] for row in rows],
        ["\n".join(search.numbered(slices.prefix_at(row["created_at"]), row["words"])) for row in rows],
    )
    await search_slices.count(tx, "contact", new)
