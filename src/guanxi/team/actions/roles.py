"""Roles that a workspace makes itself: a name and a set of rights."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from guanxi import audit, events
from guanxi.access import SEES_ALL, Right, Sees, plain_rights, standing_of
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.team.model import NotFound, Refused

MOST_ROLES = 30


async def add_role(tx: Tx, *, name: str, rights: Sequence[Right], by: UUID, sees: Sees = "all") -> UUID:
    """A new role that nobody has yet. Raises Refused: role_taken, too_many_roles, must_see_all."""
    _refuse_blind(rights, sees)
    if await tx.fetchval("select count(*) from role where workspace_id = $1", tx.workspace_id) >= MOST_ROLES:
        raise Refused("too_many_roles")
    id_ = new_id()
    try:
        await tx.execute(
            "insert into role (workspace_id, id, name, rights, sees, created_at) values ($1, $2, $3, $4, $5, $6)",
            tx.workspace_id,
            id_,
            name.strip(),
            plain_rights(rights),
            sees,
            tx.now,
        )
    except asyncpg.UniqueViolationError as error:
        raise Refused("role_taken") from error
    await _say(tx, id_, by)
    await audit.add(tx, "role", id_, by=by)
    return id_


async def change_role(
    tx: Tx, role_id: UUID, *, name: str, rights: Sequence[Right], by: UUID, sees: Sees = "all"
) -> list[UUID]:
    """Write it anew; it holds at once for all who have it. Returns those who may no longer serve: give their conversations
    back. Raises NotFound, Refused: role_taken, must_see_all."""
    _refuse_blind(rights, sees)
    was = await audit.standing(tx, "role", role_id)
    try:
        touched = await tx.execute(
            "update role set name = $3, rights = $4, sees = $5 where workspace_id = $1 and id = $2",
            tx.workspace_id,
            role_id,
            name.strip(),
            plain_rights(rights),
            sees,
        )
    except asyncpg.UniqueViolationError as error:
        raise Refused("role_taken") from error
    if not touched:
        raise NotFound(role_id)
    base = standing_of(rights)
    people = await tx.fetch(
        """update agent set role = $3, presence = case when $3 = 'viewer' then 'offline' else presence end
           where workspace_id = $1 and role_id = $2 returning id, removed_at is null as serves""",
        tx.workspace_id,
        role_id,
        base,
    )
    for row in people:
        await events.record(tx, "agent.changed", {"agent_id": str(row["id"])}, agent=by)
    await _say(tx, role_id, by)
    await audit.changed(tx, "role", role_id, was, by=by)
    return sorted(row["id"] for row in people if row["serves"] and base == "viewer")


async def remove_role(tx: Tx, role_id: UUID, *, by: UUID) -> None:
    """It goes. Raises NotFound, Refused('role_in_use') while somebody of the team has it."""
    was = await audit.standing(tx, "role", role_id)
    if await tx.fetchval(
        "select exists (select from agent where workspace_id = $1 and role_id = $2 and removed_at is null)",
        tx.workspace_id,
        role_id,
    ):
        raise Refused("role_in_use")
    await tx.execute(
        "update agent set role_id = null where workspace_id = $1 and role_id = $2", tx.workspace_id, role_id
    )
    if not await tx.execute("delete from role where workspace_id = $1 and id = $2", tx.workspace_id, role_id):
        raise NotFound(role_id)
    await _say(tx, role_id, by)
    await audit.changed(tx, "role", role_id, was, by=by)


def _refuse_blind(rights: Sequence[Right], sees: Sees) -> None:
    if sees != "all" and SEES_ALL & set(rights):
        raise Refused("must_see_all")


async def _say(tx: Tx, role_id: UUID, by: UUID) -> None:
    await events.record(tx, "role.changed", {"role_id": str(role_id)}, agent=by)
