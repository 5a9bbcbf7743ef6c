"""What an account shows: its menu is written and published, its codes are kept and forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from guanxi import audit, events
from guanxi.channel_kit import MenuButton
from guanxi.inboxes.model import NotFound, Refused
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx


async def write_menu(tx: Tx, inbox_id: UUID, buttons: Sequence[MenuButton], *, version: int, by: UUID | None) -> None:
    """Keep the menu as it is being written. Raises Refused('stale') when somebody else has changed `version`."""
    now = await tx.fetchval(
        """insert into inbox_menu as m (workspace_id, inbox_id, buttons) values ($1, $2, $3::jsonb)
           on conflict (workspace_id, inbox_id) do update set buttons = excluded.buttons, version = m.version + 1
             where m.version = $4
           returning version""",
        tx.workspace_id,
        inbox_id,
        msgspec.to_builtins(buttons),
        version,
    )
    if now is None:
        raise Refused("stale")
    await _say(tx, inbox_id, "menu_written", by)


async def menu_published(tx: Tx, inbox_id: UUID, buttons: Sequence[MenuButton], *, by: UUID | None) -> None:
    """The platform shows these buttons from now on; none: it shows no menu."""
    await tx.execute(
        """update inbox_menu set published = $3::jsonb, published_at = $4 where workspace_id = $1 and inbox_id = $2""",
        tx.workspace_id,
        inbox_id,
        msgspec.to_builtins(buttons) if buttons else None,
        tx.now,
    )
    await _say(tx, inbox_id, "menu_published", by)


async def keep_code(
    tx: Tx,
    inbox_id: UUID,
    *,
    name: str,
    scene: str,
    address: str,
    media_key: str,
    expires_at: datetime | None,
    by: UUID | None,
) -> UUID:
    """Keep a code that the platform made; a scene that was used before has its newest code."""
    id_ = await tx.fetchval(
        """insert into code (workspace_id, id, inbox_id, name, scene, address, media_key, expires_at, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           on conflict (workspace_id, inbox_id, scene) do update set name = excluded.name, address = excluded.address,
             media_key = excluded.media_key, expires_at = excluded.expires_at, created_at = excluded.created_at
           returning id""",
        tx.workspace_id,
        new_id(),
        inbox_id,
        name,
        scene,
        address,
        media_key,
        expires_at,
        tx.now,
    )
    await _say(tx, inbox_id, "code_made", by)
    return UUID(str(id_))


async def forget_code(tx: Tx, inbox_id: UUID, code_id: UUID, *, by: UUID | None) -> None:
    """Take it out of the list; on paper it goes on to work. Raises NotFound."""
    gone = await tx.execute(
        "delete from code where workspace_id = $1 and inbox_id = $2 and id = $3", tx.workspace_id, inbox_id, code_id
    )
    if not gone:
        raise NotFound(code_id)
    await _say(tx, inbox_id, "code_forgotten", by)


async def code_names(tx: Tx, inbox_id: UUID, scenes: Sequence[str]) -> dict[str, str]:
    """What the shop calls these scenes."""
    rows: Any = await tx.fetch(
        "select scene, name from code where workspace_id = $1 and inbox_id = $2 and scene = any($3::text[])",
        tx.workspace_id,
        inbox_id,
        list(scenes),
    )
    return {row["scene"]: row["name"] for row in rows}


async def menu_labels(tx: Tx, inbox_id: UUID) -> dict[str, str]:
    """The labels of the published menu's buttons, by the key that comes back when they are tapped."""
    published = await tx.fetchval(
        "select published from inbox_menu where workspace_id = $1 and inbox_id = $2", tx.workspace_id, inbox_id
    )
    buttons = msgspec.convert(published or [], tuple[MenuButton, ...])
    flat = [below for one in buttons for below in (one, *one.children)]
    return {one.value or one.label: one.label for one in flat if one.does == "reply" and not one.children}


async def _say(tx: Tx, inbox_id: UUID, what: str, by: UUID | None) -> None:
    await events.record(tx, "inbox.changed", {"inbox_id": str(inbox_id)}, agent=by)
    await audit.record(tx, f"inbox.{what}", by=by, kind="inbox", about_id=inbox_id)
