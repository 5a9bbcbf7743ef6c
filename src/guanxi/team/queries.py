"""Finding agents, and the workspaces that need a look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from guanxi.access import Right, rights_held
from guanxi.infra.sql import Tx
from guanxi.team.model import Attribute, OwnRole, Subject


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


async def supervisors(tx: Tx) -> list[UUID]:
    """Who looks after others' work; where nobody does, the admins."""
    rows = await tx.fetch(
        """select id, role from agent where workspace_id = $1 and removed_at is null and role in ('supervisor', 'admin')
           order by id""",
        tx.workspace_id,
    )
    chosen = "supervisor" if any(row["role"] == "supervisor" for row in rows) else "admin"
    return [row["id"] for row in rows if row["role"] == chosen]


async def workspaces_to_take_over(directory: Tx) -> list[UUID]:
    """Those in which somebody has been away with conversations in hand for longer than the workspace allows."""
    rows = await directory.fetch(
        """select distinct a.workspace_id from workspace w join agent a on a.workspace_id = w.id
           where w.take_over_minutes > 0 and a.presence = 'offline' and a.load > 0
             and a.presence_at < $1::timestamptz - make_interval(mins => w.take_over_minutes)""",
        directory.now,
    )
    return [row["workspace_id"] for row in rows]


async def find_rights(tx: Tx, agent_id: UUID, *, left_too: bool = False) -> frozenset[Right] | None:
    """What an agent of the team may; None when there is none such. `left_too`: also of somebody who has left it."""
    row = await tx.fetchrow(
        """select a.role, r.rights from agent a left join role r on r.workspace_id = a.workspace_id and r.id = a.role_id
           where a.workspace_id = $1 and a.id = $2 and (a.removed_at is null or $3)""",
        tx.workspace_id,
        agent_id,
        left_too,
    )
    return None if row is None else rights_held(row["role"], row["rights"])


async def roles(tx: Tx, role_id: UUID | None = None) -> list[OwnRole]:
    """The roles that this workspace has made (or one), by name."""
    rows = await tx.fetch(
        """select r.id, r.name, r.rights, r.sees, (select count(*) from agent a
             where a.workspace_id = r.workspace_id and a.role_id = r.id and a.removed_at is null) as people
           from role r where r.workspace_id = $1 and ($2::uuid is null or r.id = $2) order by lower(r.name), r.id""",
        tx.workspace_id,
        role_id,
    )
    return [msgspec.convert(dict(row), OwnRole) for row in rows]


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


async def listens_unseen(tx: Tx, agent_id: UUID) -> bool:
    """Does she want to look on without being seen, where the workspace allows it?"""
    return bool(
        await tx.fetchval(
            """select w.silent_listening and a.settings ->> 'listen_unseen' = 'true'
               from workspace w join agent a on a.workspace_id = $1 and a.id = $2 where w.id = $1""",
            tx.workspace_id,
            agent_id,
        )
    )
