"""The workspaces of one person, and how many conversations wait for him in each; all of the installation's, by name."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from guanxi.access import Role
from guanxi.infra.sql import Tx

MINE = """select w.id, w.name, a.id as agent_id, a.role,
    w.needs_second_factor and p.totp_since is null as asks_for_second_factor
  from agent a join workspace w on w.id = a.workspace_id join person p on p.id = a.person_id
  where a.person_id = $1 and a.removed_at is null order by lower(w.name), w.number limit 200"""
UNREAD = """select count(*) from (select 1 from conversation
    where workspace_id = $1 and assignee_id = $2 and state = 0 and (unread > 0 or marked_unread) limit 100) few"""
ALL = """select w.number, w.id, w.name, w.created_at, count(a.id) as agents from workspace w
  left join agent a on a.workspace_id = w.id and a.removed_at is null
  group by w.number, w.id, w.name, w.created_at order by w.number"""


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """One workspace where a person serves, and as whom. `asks_for_second_factor`: more than he has."""

    id: UUID
    name: str
    agent_id: UUID
    role: Role
    asks_for_second_factor: bool


class Founded(msgspec.Struct, frozen=True, kw_only=True):
    """One workspace of the installation, for whoever runs it."""

    number: int
    id: UUID
    name: str
    agents: int


async def workspaces_of(directory: Tx, person_id: UUID) -> Sequence[Membership]:
    """Where a person serves, by name. By the directory's role."""
    return [Membership(**dict(row)) for row in await directory.fetch(MINE, person_id)]


async def unread_of(tx: Tx, agent_id: UUID) -> int:
    """How many of an agent's own conversations hold something unread; 100 says: more than 99."""
    count: int = await tx.fetchval(UNREAD, tx.workspace_id, agent_id)
    return count


async def founded_workspaces(directory: Tx) -> Sequence[Founded]:
    """All of them, the oldest first. By the directory's role."""
    rows = await directory.fetch(ALL)
    return [Founded(number=row["number"], id=row["id"], name=row["name"], agents=row["agents"]) for row in rows]
