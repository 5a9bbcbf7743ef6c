"""Finding identities."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from guanxi.contacts.model import Identity, NotFound, Window
from guanxi.infra.sql import Tx


def read_identity(row: Any) -> Identity:
    return Identity(
        id=row["id"],
        inbox_id=row["inbox_id"],
        contact_id=row["contact_id"],
        external_id=row["external_id"],
        kind=row["kind"],
        name=row["contact_name"] or row["name"],
        is_blocked=row["is_blocked"],
        followed=row["followed"],
        profile_at=row["profile_at"],
        windows=msgspec.convert(row["windows"], list[Window]),
    )


async def find_identity(tx: Tx, identity_id: UUID, *, lock: bool = False) -> Identity | None:
    """The identity, its row locked if wanted, or None."""
    if lock:
        await tx.execute(
            "select from identity where workspace_id = $1 and id = $2 for update", tx.workspace_id, identity_id
        )
    row = await tx.fetchrow(
        """select i.id, i.inbox_id, i.contact_id, i.external_id, i.kind, i.name, i.windows, i.profile_at, i.followed,
             c.name as contact_name, c.blocked_at is not null as is_blocked
           from identity i join contact c on c.workspace_id = i.workspace_id and c.id = i.contact_id
           where i.workspace_id = $1 and i.id = $2""",
        tx.workspace_id,
        identity_id,
    )
    return read_identity(row) if row else None


async def find_introduced(tx: Tx, inbox_id: UUID, external_id: str) -> tuple[UUID, bool] | None:
    """The identity of that id of the platform's, and whether its name and picture are known; or None."""
    row = await tx.fetchrow(
        """select id, name <> '' and avatar <> '' as is_known from identity
           where workspace_id = $1 and inbox_id = $2 and external_id = $3""",
        tx.workspace_id,
        inbox_id,
        external_id,
    )
    return (row["id"], row["is_known"]) if row else None


async def get_identity(tx: Tx, identity_id: UUID, *, lock: bool = False) -> Identity:
    """The identity. Raises NotFound."""
    found = await find_identity(tx, identity_id, lock=lock)
    if found is None:
        raise NotFound(identity_id)
    return found
