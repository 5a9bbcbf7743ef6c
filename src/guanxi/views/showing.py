"""The menu and the codes of one inbox, as its settings show them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from guanxi.infra.sql import Tx


async def menu(tx: Tx, inbox_id: UUID) -> Any:
    """The row of the inbox's menu: buttons, published, published_at, version; None when none was ever written."""
    return await tx.fetchrow(
        """select buttons, published, published_at, version from inbox_menu
           where workspace_id = $1 and inbox_id = $2""",
        tx.workspace_id,
        inbox_id,
    )


async def codes(tx: Tx, inbox_id: UUID) -> list[Any]:
    """The newest codes of the inbox first, at most 500."""
    return list(
        await tx.fetch(
            """select id, name, scene, address, media_key, expires_at, created_at from code
               where workspace_id = $1 and inbox_id = $2 order by created_at desc, id desc limit 500""",
            tx.workspace_id,
            inbox_id,
        )
    )
