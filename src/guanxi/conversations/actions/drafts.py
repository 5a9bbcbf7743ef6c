"""What an agent has begun to write is kept for her other devices; the last writer wins only over what he has seen."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from guanxi.conversations.model import NotFound
from guanxi.infra.sql import Tx

MOST_SHOWN = 300
Mode = Literal["reply", "note", "whisper"]


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is '' when it was sent or thrown away."""

    conversation_id: UUID
    mode: Mode
    text: str
    version: int


class Overwritten(Exception):
    """Another device has written meanwhile; `draft` is what stands there."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft.version)
        self.draft = draft


async def keep_draft(tx: Tx, conversation_id: UUID, *, agent_id: UUID, mode: Mode, text: str, version: int) -> Draft:
    """Keep it in place of the one of this version (0: there was none). Raises NotFound, Overwritten."""
    if not await tx.fetchval(
        "select true from conversation where workspace_id = $1 and id = $2", tx.workspace_id, conversation_id
    ):
        raise NotFound(conversation_id)
    kept = await tx.fetchval(
        """insert into draft as d (workspace_id, agent_id, conversation_id, mode, text, version, changed_at)
           values ($1, $2, $3, $4, $5, $6 + 1, $7)
           on conflict (workspace_id, agent_id, conversation_id, mode) do update
             set text = excluded.text, version = d.version + 1, changed_at = excluded.changed_at
             where d.version = $6
           returning version""",
        tx.workspace_id,
        agent_id,
        conversation_id,
        mode,
        text,
        version,
        tx.now,
    )
    if kept is None:
        row = await tx.fetchrow(
            """select conversation_id, mode, text, version from draft
               where workspace_id = $1 and agent_id = $2 and conversation_id = $3 and mode = $4""",
            tx.workspace_id,
            agent_id,
            conversation_id,
            mode,
        )
        raise Overwritten(Draft(**dict(row)))
    return Draft(conversation_id=conversation_id, mode=mode, text=text, version=kept)


async def drafts_of(tx: Tx, agent_id: UUID) -> list[Draft]:
    """Her own that say something, the newest first."""
    rows = await tx.fetch(
        """select conversation_id, mode, text, version from draft
           where workspace_id = $1 and agent_id = $2 and text <> '' order by changed_at desc limit $3""",
        tx.workspace_id,
        agent_id,
        MOST_SHOWN,
    )
    return [Draft(**dict(row)) for row in rows]


async def forget_old_drafts(tx: Tx, before: datetime) -> int:
    """Delete what was sent or thrown away before then; returns how many."""
    return await tx.execute(
        "delete from draft where workspace_id = $1 and text = '' and changed_at < $2", tx.workspace_id, before
    )
