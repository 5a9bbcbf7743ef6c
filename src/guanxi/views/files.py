"""What is known of a kept file besides its bytes."""

from __future__ import annotations

from uuid import UUID

from guanxi.content import Media
from guanxi.infra.sql import Tx


async def file_named(tx: Tx, key: str) -> tuple[str, str] | None:
    """(type, name) of a file, or None when nobody wrote it down."""
    row = await tx.fetchrow("select type, name from media where workspace_id = $1 and key = $2", tx.workspace_id, key)
    return None if row is None else (row["type"], row["name"])


async def kept_file(tx: Tx, key: str) -> Media | None:
    """A file of this workspace as content describes it, or None."""
    row = await tx.fetchrow(
        "select key, type, name, size, width, height, duration from media where workspace_id = $1 and key = $2",
        tx.workspace_id,
        key,
    )
    return None if row is None else Media(**dict(row))


async def held_by(tx: Tx, key: str) -> UUID | None:
    """The quick phrase that alone holds a file."""
    phrase_id: UUID | None = await tx.fetchval(
        "select phrase_id from media where workspace_id = $1 and key = $2", tx.workspace_id, key
    )
    return phrase_id
