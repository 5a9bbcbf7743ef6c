"""Roles: which there are, what each may, and those that a workspace makes itself."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post, put

from guanxi import access, routing, team
from guanxi.access import Right, Role, Sees
from guanxi.http.api.shapes import Nothing
from guanxi.http.auth import Desk, SignIns
from guanxi.http.errors import not_found
from guanxi.infra.sql import Tx
from guanxi.team import OwnRole


class SetRole(msgspec.Struct, kw_only=True):
    """All of a role. Nobody gives more than he has: 403 more_than_own. Who may set up more than conversations sees them
    all: 422 must_see_all."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"\S")]
    rights: Annotated[list[Right], msgspec.Meta(max_length=40)]
    sees: Sees = "all"


class BuiltIn(msgspec.Struct, kw_only=True):
    """A role that every workspace has, and nobody can change."""

    role: Role
    rights: list[Right]


class RightGroup(msgspec.Struct, kw_only=True):
    key: str
    rights: list[Right]


class Roles(msgspec.Struct, kw_only=True):
    """The built-in roles, the workspace's own, and all rights in the groups in which people think of them. A role with one of
    `sees_all` sees all conversations."""

    built_in: list[BuiltIn]
    own: list[OwnRole]
    groups: list[RightGroup]
    sees_all: list[Right]


@get("/roles", operation_id="list_roles", right="look")
async def list_roles(desk: Desk) -> Roles:
    """Who may what."""
    async with desk.reading() as tx:
        own = await team.roles(tx)
    return Roles(
        built_in=[BuiltIn(role=role, rights=access.rights_of(role)) for role in access.ROLES],
        own=own,
        groups=[RightGroup(key=key, rights=list(rights)) for key, rights in access.GROUPS.items()],
        sees_all=sorted(access.SEES_ALL),
    )


@post("/roles", operation_id="add_role", right="team")
async def add_role(desk: Desk, data: SetRole) -> OwnRole:
    """A new role that nobody has yet."""
    async with desk.transaction() as tx:
        await desk.gives(tx, data.rights)
        return await _now(
            tx, await team.add_role(tx, name=data.name, rights=data.rights, sees=data.sees, by=desk.agent_id)
        )


@put("/roles/{role_id:uuid}", operation_id="change_role", right="team")
async def change_role(desk: Desk, sign_ins: SignIns, role_id: UUID, data: SetRole) -> OwnRole:
    """Write it anew. It holds at once for all who have it; who may no longer serve gives his conversations back."""
    async with desk.transaction() as tx:
        await desk.gives(tx, [*(await _now(tx, role_id)).rights, *data.rights])
        idle = await team.change_role(tx, role_id, name=data.name, rights=data.rights, sees=data.sees, by=desk.agent_id)
        for agent_id in idle:
            await routing.give_back_all(tx, agent_id, by=desk.agent_id)
        now = await _now(tx, role_id)
    sign_ins.forget_workspace(desk.who.workspace_id)
    return now


@delete("/roles/{role_id:uuid}", operation_id="remove_role", right="team", status_code=200)
async def remove_role(desk: Desk, role_id: UUID) -> Nothing:
    """Remove it; 409 role_in_use while somebody has it."""
    async with desk.transaction() as tx:
        await desk.gives(tx, (await _now(tx, role_id)).rights)
        await team.remove_role(tx, role_id, by=desk.agent_id)
    return Nothing()


async def _now(tx: Tx, role_id: UUID) -> OwnRole:
    found = await team.roles(tx, role_id)
    if not found:
        raise not_found()
    return found[0]


routes = [list_roles, add_role, change_role, remove_role]
