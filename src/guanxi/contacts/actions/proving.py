"""Somebody comes on another account with a code that only one contact was given: he is that contact, until it is found to
be somebody else."""

from __future__ import annotations

from uuid import UUID

from guanxi import audit, events
from guanxi.contacts.actions.matching import take_over
from guanxi.contacts.model import Identity
from guanxi.contacts.queries import get_identity
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx


async def prove(tx: Tx, identity: Identity, contact_id: UUID) -> bool | None:
    """Whether this identity, which has said nothing before and whose row is locked, is that contact's from now on: True when its own contact,
    of which nothing else is known, became one with it; False when it was so already. None where that cannot be: its contact
    has further identities, or the other is blocked or gone."""
    stands = await tx.fetchval(
        "select blocked_at is null from contact where workspace_id = $1 and id = $2 for update",
        tx.workspace_id,
        contact_id,
    )
    if not stands:
        return None
    if identity.contact_id == contact_id:
        return False
    others = await tx.fetchval(
        "select exists (select from identity where workspace_id = $1 and contact_id = $2 and id <> $3)",
        tx.workspace_id,
        identity.contact_id,
        identity.id,
    )
    if others or identity.kind != "person" or identity.is_blocked:
        return None
    left, identity.contact_id = identity.contact_id, contact_id
    await tx.execute(
        "update identity set contact_id = $3 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        identity.id,
        contact_id,
    )
    await take_over(tx, contact_id, left)
    await events.record(tx, "contact.changed", {"contact_id": str(contact_id), "joined": str(left)})
    return True


async def part_from(tx: Tx, identity_id: UUID, *, by: UUID) -> UUID:
    """The identity is somebody else than its contact: it gets one of its own, by the name that its platform told. Raises
    NotFound."""
    identity = await get_identity(tx, identity_id, lock=True)
    fresh = new_id()
    await tx.execute(
        """insert into contact (workspace_id, id, name, language, email, phone, attributes, created_at)
           select $1, $3, i.name, i.language, '', '', '{}', $4 from identity i where i.workspace_id = $1 and i.id = $2""",
        tx.workspace_id,
        identity_id,
        fresh,
        tx.now,
    )
    await tx.execute(
        "update identity set contact_id = $3 where workspace_id = $1 and id = $2", tx.workspace_id, identity_id, fresh
    )
    for contact_id in (identity.contact_id, fresh):
        await events.record(tx, "contact.changed", {"contact_id": str(contact_id)}, agent=by)
    await audit.record(tx, "contact.parted", by=by, kind="contact", about_id=identity.contact_id)
    return fresh
