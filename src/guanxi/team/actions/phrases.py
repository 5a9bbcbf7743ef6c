"""Quick phrases: short words that stand for long ones."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from guanxi import events
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.team.model import NotFound, Refused


async def add_phrase(tx: Tx, *, shortcut: str, text: str, by: UUID) -> UUID:
    """A new phrase. Raises Refused('shortcut_taken')."""
    id_ = new_id()
    try:
        await tx.execute(
            "insert into quick_phrase (workspace_id, id, shortcut, text, created_at) values ($1, $2, $3, $4, $5)",
            tx.workspace_id,
            id_,
            shortcut,
            text,
            tx.now,
        )
    except asyncpg.UniqueViolationError as error:
        raise Refused("shortcut_taken") from error
    await events.record(tx, "quick_phrase.changed", {"quick_phrase_id": str(id_)}, agent=by)
    return id_


async def change_phrase(tx: Tx, phrase_id: UUID, *, shortcut: str | None, text: str | None, by: UUID) -> None:
    """Change what is given. Raises NotFound, or Refused('shortcut_taken')."""
    try:
        touched = await tx.execute(
            """update quick_phrase set shortcut = coalesce($3, shortcut), text = coalesce($4, text)
               where workspace_id = $1 and id = $2""",
            tx.workspace_id,
            phrase_id,
            shortcut,
            text,
        )
    except asyncpg.UniqueViolationError as error:
        raise Refused("shortcut_taken") from error
    if not touched:
        raise NotFound(phrase_id)
    await events.record(tx, "quick_phrase.changed", {"quick_phrase_id": str(phrase_id)}, agent=by)


async def remove_phrase(tx: Tx, phrase_id: UUID, *, by: UUID) -> None:
    """Raises NotFound."""
    if not await tx.execute("delete from quick_phrase where workspace_id = $1 and id = $2", tx.workspace_id, phrase_id):
        raise NotFound(phrase_id)
    await events.record(tx, "quick_phrase.changed", {"quick_phrase_id": str(phrase_id), "what": "removed"}, agent=by)
