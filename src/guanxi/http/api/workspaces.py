"""The workspaces of one person: which there are, going over to another, founding a new one, leaving one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post

from guanxi import access, routing, team, views
from guanxi.conversations import Language
from guanxi.http.api.shapes_house import Entered, MyWorkspace, MyWorkspaces
from guanxi.http.api.sign_in import cookie_for
from guanxi.http.auth import Desk, SignIns
from guanxi.http.errors import Refusal, not_found
from guanxi.live import Hub

MOST = 100  # workspaces in which one person may serve and still found another


class FoundWorkspace(msgspec.Struct, kw_only=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    language: Language = "zh-CN"
    time_zone: Annotated[str, msgspec.Meta(max_length=64)] = "Asia/Shanghai"


class EnterWorkspace(msgspec.Struct):
    workspace_id: UUID


@get("/workspaces", operation_id="list_workspaces", right="own")
async def list_workspaces(desk: Desk) -> MyWorkspaces:
    """Where one serves, by name, with how many of one's conversations hold something unread (100: more than 99)."""
    async with desk.directory() as directory:
        mine = await views.workspaces_of(directory, desk.who.person_id)
    rows = []
    for one in mine:
        is_this = one.id == desk.who.workspace_id
        rows.append(
            MyWorkspace(
                id=one.id,
                name=one.name,
                role=one.role,
                is_this=is_this,
                unread=0 if is_this or one.asks_for_second_factor else await _unread(desk, one),
            )
        )
    is_open = desk.house.settings.new_workspaces == "admins"
    return MyWorkspaces(workspaces=rows, may_found=is_open and any(one.role == "admin" for one in mine))


async def _unread(desk: Desk, one: views.Membership) -> int:
    async with desk.house.db.reading(one.id) as tx:
        return await views.unread_of(tx, one.agent_id)


@post("/workspaces", operation_id="found_workspace", right="own")
async def found_workspace(desk: Desk, data: FoundWorkspace) -> MyWorkspace:
    """A new workspace, whose admin is whoever founds it: an admin of any workspace here. 403 workspaces_closed where
    the setting new_workspaces says so."""
    name = data.name.strip()
    if not name:
        raise Refusal(422, "invalid", fields={"name": "missing"})
    async with desk.directory() as directory:
        if not await access.administers(directory, desk.who.person_id):
            raise Refusal(403, "not_allowed")
        if desk.house.settings.new_workspaces != "admins":
            raise Refusal(403, "workspaces_closed")
        if await access.count_workspaces(directory, desk.who.person_id) >= MOST:
            raise Refusal(422, "too_many_workspaces")
        workspace_id, _ = await team.found_workspace(
            directory,
            name=name,
            language=data.language,
            time_zone=data.time_zone,
            person_id=desk.who.person_id,
            person_name=desk.who.name,
        )
    return MyWorkspace(id=workspace_id, name=name, role="admin", is_this=False, unread=0)


@post("/me/workspace", operation_id="enter_workspace", right="own", status_code=200)
async def enter_workspace(desk: Desk, sign_ins: SignIns, data: EnterWorkspace) -> Response[Entered]:
    """Go over to another workspace where one serves: this sign-in gets a new cookie and a new CSRF word, and the sockets
    opened with the old one close. 404 for one where one does not serve."""
    async with desk.directory() as directory:
        token = await access.enter(directory, desk.who.sign_in, data.workspace_id)
    if token is None:
        raise not_found()
    sign_ins.forget(desk.who.workspace_id, desk.agent_id)
    return Response(Entered(workspace_id=data.workspace_id), cookies=[cookie_for(desk.house, token)])


@post("/me/leave", operation_id="leave_workspace", right="own", status_code=200)
async def leave_workspace(desk: Desk, sign_ins: SignIns, hub: Hub) -> Response[Entered]:
    """Serve in this workspace no more: one's conversations go back to the queue, one's access tokens and sign-ins end.
    This sign-in goes over to the workspace that was used last; where there is none, it ends. 409 last_admin."""
    left = desk.who.workspace_id
    async with desk.transaction() as tx:
        person_id = await team.remove(tx, desk.agent_id, by=desk.agent_id)
        await routing.give_back_all(tx, desk.agent_id, by=desk.agent_id)
    async with desk.directory() as directory:
        lands_in = (await access.get_person(directory, person_id)).workspace_id
        token = await access.enter(directory, desk.who.sign_in, lands_in) if lands_in else None
        await access.sign_out_everywhere(directory, person_id, workspace_id=left)
    hub.sign_out(left, desk.agent_id)
    sign_ins.forget(left, desk.agent_id)
    return Response(Entered(workspace_id=lands_in), cookies=[cookie_for(desk.house, token or "")])


routes = [list_workspaces, found_workspace, enter_workspace, leave_workspace]
