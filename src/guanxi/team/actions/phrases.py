"""Quick phrases: short words that stand for long ones; the company's, or one agent's own."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from guanxi import events
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.team.model import NotFound, Refused


async def add_phrase(tx: Tx, *, shortcut: str, text: str, by: UUID, personal: bool = False) -> UUID:
    """A new phrase, of the company or (`personal`) only of who writes it. Raises Refused('shortcut_taken')."""
    id_ = new_id()
    try:
        await tx.execute(
            """insert into quick_phrase (workspace_id, id, shortcut, text, agent_id, created_at)
               values ($1, $2, $3, $4, $5, $6)""",
            tx.workspace_id,
            id_,
            shortcut,
            text,
            by if personal else None,
            tx.now,
        )
    except asyncpg.UniqueViolationError as error:
        raise Refused("shortcut_taken") from error
    await events.record(tx, "quick_phrase.changed", {"quick_phrase_id": str(id_)}, agent=by)
    return id_


async def change_phrase(tx: Tx, phrase_id: UUID, *, shortcut: str | None, text: str | None, by: UUID) -> None:
    """Change what is given. Raises NotFound (a colleague's own is not there), or Refused('shortcut_taken')."""
    try:
        touched = await tx.execute(
            """update quick_phrase set shortcut = coalesce($3, shortcut), text = coalesce($4, text)
               where workspace_id = $1 and id = $2 and (agent_id is null or agent_id = $5)""",
            tx.workspace_id,
            phrase_id,
            shortcut,
            text,
            by,
        )
    except asyncpg.UniqueViolationError as error:
        raise Refused("shortcut_taken") from error
    if not touched:
        raise NotFound(phrase_id)
    await events.record(tx, "quick_phrase.changed", {"quick_phrase_id": str(phrase_id)}, agent=by)


async def remove_phrase(tx: Tx, phrase_id: UUID, *, by: UUID) -> None:
    """Raises NotFound; a colleague's own is not there."""
    gone = await tx.execute(
        "delete from quick_phrase where workspace_id = $1 and id = $2 and (agent_id is null or agent_id = $3)",
        tx.workspace_id,
        phrase_id,
        by,
    )
    if not gone:
        raise NotFound(phrase_id)
    await events.record(tx, "quick_phrase.changed", {"quick_phrase_id": str(phrase_id), "what": "removed"}, agent=by)
