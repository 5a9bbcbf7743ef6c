"""Quick phrases: short words that stand for long ones; the company's, or one agent's own."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from guanxi import content as contents
from guanxi import events
from guanxi.content import Content
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.team.actions.phrase_groups import group_of, lock_order
from guanxi.team.model import NotFound, Refused
from guanxi.team.pinyin import spelt


async def add_phrase(
    tx: Tx,
    *,
    shortcut: str,
    text: str,
    by: UUID,
    personal: bool = False,
    group_id: UUID | None = None,
    content: Content | None = None,
) -> UUID:
    """A new phrase at the end of its group, of the company or (`personal`) only of who writes it; `content` goes besides its
    words. Raises Refused('shortcut_taken'), and NotFound for a group that is not of the same owner."""
    id_, owner = new_id(), by if personal else None
    await group_of(tx, group_id, owner)
    await lock_order(tx)
    try:
        await tx.execute(
            """insert into quick_phrase (workspace_id, id, shortcut, text, agent_id, created_at, group_id, content, pinyin, position)
               values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, (select coalesce(max(position), 0) + 1 from quick_phrase
                 where workspace_id = $1 and agent_id is not distinct from $5 and group_id is not distinct from $7))""",
            tx.workspace_id,
            id_,
            shortcut,
            text,
            owner,
            tx.now,
            group_id,
            _written(content),
            spelt(shortcut, text),
        )
    except asyncpg.UniqueViolationError as error:
        raise Refused("shortcut_taken") from error
    await _hold(tx, id_, content)
    await events.record(tx, "quick_phrase.changed", {"quick_phrase_id": str(id_)}, agent=by)
    return id_


async def change_phrase(
    tx: Tx,
    phrase_id: UUID,
    *,
    shortcut: str | None,
    text: str | None,
    by: UUID,
    content: Content | None = None,
    bare: bool = False,
) -> list[str]:
    """Change what is given; `bare`: nothing goes besides its words any more. Returns the keys of files that nobody holds
    from now on. Raises NotFound (a colleague's own is not there), or Refused('shortcut_taken', 'no_words')."""
    row = await tx.fetchrow(
        """select shortcut, text, content from quick_phrase
           where workspace_id = $1 and id = $2 and (agent_id is null or agent_id = $3) for update""",
        tx.workspace_id,
        phrase_id,
        by,
    )
    if row is None:
        raise NotFound(phrase_id)
    shortcut, text = shortcut or row["shortcut"], row["text"] if text is None else text
    if not text and (bare or (content is None and row["content"] is None)):
        raise Refused("no_words")
    try:
        await tx.execute(
            """update quick_phrase set shortcut = $3, text = $4, pinyin = $5,
                 content = case when $7 then null else coalesce($6::jsonb, content) end
               where workspace_id = $1 and id = $2""",
            tx.workspace_id,
            phrase_id,
            shortcut,
            text,
            spelt(shortcut, text),
            _written(content),
            bare,
        )
    except asyncpg.UniqueViolationError as error:
        raise Refused("shortcut_taken") from error
    freed = []
    if bare or content is not None:
        media = contents.media_of(content) if content else None
        freed = await _free(tx, phrase_id, but=media.key if media else "")
        await _hold(tx, phrase_id, content)
    await events.record(tx, "quick_phrase.changed", {"quick_phrase_id": str(phrase_id)}, agent=by)
    return freed


async def remove_phrase(tx: Tx, phrase_id: UUID, *, by: UUID) -> list[str]:
    """Returns the keys of files that nobody holds from now on. Raises NotFound; a colleague's own is not there."""
    gone = await tx.execute(
        "delete from quick_phrase where workspace_id = $1 and id = $2 and (agent_id is null or agent_id = $3)",
        tx.workspace_id,
        phrase_id,
        by,
    )
    if not gone:
        raise NotFound(phrase_id)
    freed = await _free(tx, phrase_id)
    await events.record(tx, "quick_phrase.changed", {"quick_phrase_id": str(phrase_id), "what": "removed"}, agent=by)
    return freed


async def place_phrase(tx: Tx, phrase_id: UUID, *, group_id: UUID | None, before: UUID | None, by: UUID) -> None:
    """Into this group (None: into none), before that phrase there (None: behind all). One row changes. Raises NotFound, for a
    group of another owner too, and Refused('stale') when `before` does not stand there any more."""
    await lock_order(tx)
    row = await tx.fetchrow(
        """select agent_id from quick_phrase where workspace_id = $1 and id = $2
           and (agent_id is null or agent_id = $3)""",
        tx.workspace_id,
        phrase_id,
        by,
    )
    if row is None:
        raise NotFound(phrase_id)
    await group_of(tx, group_id, row["agent_id"])
    position = await tx.fetchval(
        """with beside as (select id, position from quick_phrase where workspace_id = $1 and id <> $2
             and agent_id is not distinct from $3 and group_id is not distinct from $4)
           select case when $5::uuid is null then (select coalesce(max(position), 0) + 1 from beside)
             else (select (s.position + coalesce((select max(o.position) from beside o where o.position < s.position),
               s.position - 2)) * 0.5 from beside s where s.id = $5) end""",
        tx.workspace_id,
        phrase_id,
        row["agent_id"],
        group_id,
        before,
    )
    if position is None:
        raise Refused("stale")
    await tx.execute(
        "update quick_phrase set group_id = $3, position = $4 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        phrase_id,
        group_id,
        position,
    )
    await events.record(tx, "quick_phrase.changed", {"quick_phrase_id": str(phrase_id), "what": "placed"}, agent=by)


async def let_go(tx: Tx, key: str) -> None:
    """A file that a phrase held alone has been said: from now on it stays, whatever becomes of the phrase."""
    await tx.execute(
        "update media set phrase_id = null where workspace_id = $1 and key = $2 and phrase_id is not null",
        tx.workspace_id,
        key,
    )


def _written(content: Content | None) -> str | None:
    return None if content is None else contents.encode(content).decode()


async def _hold(tx: Tx, phrase_id: UUID, content: Content | None) -> None:
    """Its file is a copy that nobody else has named yet (see the door)."""
    media = contents.media_of(content) if content else None
    if media is not None:
        await tx.execute(
            "update media set phrase_id = $3 where workspace_id = $1 and key = $2",
            tx.workspace_id,
            media.key,
            phrase_id,
        )


async def _free(tx: Tx, phrase_id: UUID, *, but: str = "") -> list[str]:
    rows = await tx.fetch(
        "delete from media where workspace_id = $1 and phrase_id = $2 and key <> $3 returning key",
        tx.workspace_id,
        phrase_id,
        but,
    )
    return [row["key"] for row in rows]
