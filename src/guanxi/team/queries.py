"""Finding agents, and the workspaces that need a look."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from guanxi.access import Role
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


async def find_role(tx: Tx, agent_id: UUID) -> Role | None:
    """The role of an agent who serves, or None."""
    role: Role | None = await tx.fetchval(
        "select role from agent where workspace_id = $1 and id = $2 and removed_at is null", tx.workspace_id, agent_id
    )
    return role
