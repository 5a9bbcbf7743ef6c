"""Finding agents, and the workspaces that need a look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from guanxi.access import Role
from guanxi.infra.sql import Tx
from guanxi.team.model import Attribute, Subject


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


async def workspaces_to_take_over(directory: Tx) -> list[UUID]:
    """Those in which somebody has been away with conversations in hand for longer than the workspace allows."""
    rows = await directory.fetch(
        """select distinct a.workspace_id from workspace w join agent a on a.workspace_id = w.id
           where w.take_over_minutes > 0 and a.presence = 'offline' and a.load > 0
             and a.presence_at < $1::timestamptz - make_interval(mins => w.take_over_minutes)""",
        directory.now,
    )
    return [row["workspace_id"] for row in rows]


async def find_role(tx: Tx, agent_id: UUID) -> Role | None:
    """The role of an agent who serves, or None."""
    role: Role | None = await tx.fetchval(
        "select role from agent where workspace_id = $1 and id = $2 and removed_at is null", tx.workspace_id, agent_id
    )
    return role


async def serving(tx: Tx, agent_ids: Sequence[UUID]) -> list[UUID]:
    """Those among them who are of the team, in the order given, each once."""
    asked = list(dict.fromkeys(agent_ids))
    if not asked:
        return []
    rows = await tx.fetch(
        "select id from agent where workspace_id = $1 and id = any($2::uuid[]) and removed_at is null",
        tx.workspace_id,
        asked,
    )
    known = {row["id"] for row in rows}
    return [agent_id for agent_id in asked if agent_id in known]


async def attributes(tx: Tx, subject: Subject) -> list[Attribute]:
    """What the workspace wants to know of contacts, or of conversations, in its order."""
    rows = await tx.fetch(
        """select id, subject, key, name, kind, choices, position from attribute
           where workspace_id = $1 and subject = $2 order by position, created_at, id""",
        tx.workspace_id,
        subject,
    )
    return [Attribute(**dict(row)) for row in rows]
