"""Which workspaces need a look? Asked across all of them, by the directory's role."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from guanxi.infra.sql import Tx


async def all_workspaces(directory: Tx) -> list[UUID]:
    """Every workspace of this installation."""
    return [row["id"] for row in await directory.fetch("select id from workspace")]


async def workspaces_with_room(directory: Tx) -> list[UUID]:
    """Those in which somebody is free to take one more conversation."""
    rows = await directory.fetch(
        """select distinct workspace_id from agent
           where presence = 'online' and removed_at is null and load < capacity"""
    )
    return [row["workspace_id"] for row in rows]


async def workspaces_with_absent(directory: Tx, before: datetime) -> list[UUID]:
    """Those in which somebody counts as present who has given no sign of life since then."""
    rows = await directory.fetch(
        """select distinct workspace_id from agent where presence <> 'offline' and coalesce(seen_at, presence_at) < $1""",
        before,
    )
    return [row["workspace_id"] for row in rows]
