"""Which pages a visitor looked at, as far as he agreed. Nothing is kept before he does, and little of anybody.

A visit is no event: nobody acts on one, there are many, and they are gone when consent is taken back.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from guanxi.infra.sql import Tx

SLOTS = 40  # pages that are kept of one visitor; the newest push out the oldest


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One page. `stayed` is how long, in seconds, the page before it was looked at."""

    url: str
    title: str = ""
    came_from: str = ""
    stayed: int = 0


async def consent(tx: Tx, inbox_id: UUID, external_id: str, words: str) -> None:
    """From now on visits are kept; `words` are what he agreed to."""
    await tx.execute(
        """insert into visitor (workspace_id, inbox_id, external_id, consented_at, consent, last_at)
           values ($1, $2, $3, $4, $5, $4) on conflict (workspace_id, inbox_id, external_id) do nothing""",
        tx.workspace_id,
        inbox_id,
        external_id,
        tx.now,
        words,
    )


async def withdraw(tx: Tx, inbox_id: UUID, external_id: str) -> None:
    """Consent is taken back: everything that was kept by it goes."""
    await tx.execute(
        "delete from visitor where workspace_id = $1 and inbox_id = $2 and external_id = $3",
        tx.workspace_id,
        inbox_id,
        external_id,
    )


async def visit(tx: Tx, inbox_id: UUID, external_id: str, seen: Visit) -> bool:
    """Keep one visit; False, and nothing is kept, without consent."""
    place = await tx.fetchval(
        """update visitor set visits = visits + 1, last_at = $4
           where workspace_id = $1 and inbox_id = $2 and external_id = $3 returning visits""",
        tx.workspace_id,
        inbox_id,
        external_id,
        tx.now,
    )
    if place is None:
        return False
    await tx.execute(
        """update visit set seconds = $5 where workspace_id = $1 and inbox_id = $2 and external_id = $3 and slot = $4""",
        tx.workspace_id,
        inbox_id,
        external_id,
        (place - 1) % SLOTS,
        seen.stayed,
    )
    await tx.execute(
        """insert into visit (workspace_id, inbox_id, external_id, slot, at, url, title, came_from)
           values ($1, $2, $3, $4, $5, $6, $7, $8)
           on conflict (workspace_id, inbox_id, external_id, slot)
           do update set at = $5, url = $6, title = $7, came_from = $8, seconds = 0""",
        tx.workspace_id,
        inbox_id,
        external_id,
        place % SLOTS,
        tx.now,
        seen.url,
        seen.title,
        seen.came_from,
    )
    return True


async def forget_visitors(tx: Tx, before: datetime) -> None:
    """Who was not seen since then is forgotten, and what is left of others from before then."""
    await tx.execute("delete from visitor where workspace_id = $1 and last_at < $2", tx.workspace_id, before)
    await tx.execute("delete from visit where workspace_id = $1 and at < $2", tx.workspace_id, before)
