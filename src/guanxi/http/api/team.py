"""The team: colleagues, invitations, the workspace itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, patch, post

from guanxi import access, routing, team, views
from guanxi.access import Role
from guanxi.channel_kit import Medium
from guanxi.conversations import Language
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes_house import Agent, Invitation, Workspace
from guanxi.http.auth import Desk, SignIns
from guanxi.http.errors import Refusal, not_found
from guanxi.infra.sql import Tx
from guanxi.live import Hub

INVITATION_LIVES = timedelta(days=7)
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
LongText = Annotated[str, msgspec.Meta(max_length=2000)]


class ChangeAgent(msgspec.Struct, kw_only=True):
    """`role` is a built-in one, `role_id` one of the workspace's own; not both."""

    role: Role | None = None
    role_id: UUID | None = None
    capacity: Annotated[int, msgspec.Meta(ge=0, le=500)] | None = None
    skills: routing.Skills | None = None
    removed: bool | None = None


class Invite(msgspec.Struct):
    """`role_id`: one of the workspace's own roles instead."""

    role: Role
    email: Annotated[str, msgspec.Meta(max_length=254)] = ""
    role_id: UUID | None = None


class ChangeWorkspace(msgspec.Struct, kw_only=True):
    name: Name | None = None
    greeting: LongText | None = None
    away_text: LongText | None = None
    take_over_minutes: Annotated[int, msgspec.Meta(ge=0, le=10_080)] | None = None
    priority_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] | None = None
    weights: dict[Medium, Annotated[int, msgspec.Meta(ge=0, le=100)]] | None = None
    language: Language | None = None
    silent_listening: bool | None = None
    slow_reply_seconds: Annotated[int, msgspec.Meta(ge=0, le=3600)] | None = None
    time_zone: Annotated[str, msgspec.Meta(max_length=64)] | None = None


@get("/agents", operation_id="list_agents", right="look")
async def list_agents(desk: Desk) -> list[Agent]:
    """All colleagues, those who left too."""
    return await _agents(desk, None)


async def _agents(desk: Desk, agent_id: UUID | None) -> list[Agent]:
    async with desk.directory() as directory:
        emails = await views.agent_emails(directory, desk.who.workspace_id)
    async with desk.reading() as tx:
        rows = msgspec.json.decode(await views.agents(tx, agent_id))
    return [msgspec.convert({**row, "email": emails[UUID(row["id"])]}, Agent) for row in rows]


@patch("/agents/{agent_id:uuid}", operation_id="change_agent", right="look")
async def change_agent(desk: Desk, sign_ins: SignIns, hub: Hub, agent_id: UUID, data: ChangeAgent) -> Agent:
    """Change capacity and skills (right supervise) or role (right team); remove (his conversations go back to the queue, his sign-ins end) or
    bring back. Whoever only looks from now on gives his conversations back, too."""
    gives_role = data.role is not None or data.role_id is not None
    if data.capacity is not None or data.skills is not None or "team" not in desk.who.rights:
        desk = desk.asking("supervise")
    if gives_role or data.removed is not None:
        desk = desk.asking("team")
    person_id, role = None, data.role
    async with desk.transaction() as tx:
        if gives_role or data.removed is not None:
            await desk.masters(tx, agent_id)
        if gives_role:
            role = await _given(desk, tx, data.role, data.role_id)
        if data.removed is False:
            await team.bring_back(tx, agent_id, by=desk.agent_id)
        if role is not None or data.capacity is not None:
            await team.change(tx, agent_id, by=desk.agent_id, role=role, role_id=data.role_id, capacity=data.capacity)
        if data.skills is not None:
            await routing.set_skills(tx, agent_id, data.skills, by=desk.agent_id)
        if role is not None and not access.may(role, "serve"):
            await routing.give_back_all(tx, agent_id, by=desk.agent_id)
        if data.removed:
            person_id = await team.remove(tx, agent_id, by=desk.agent_id)
            await routing.give_back_all(tx, agent_id, by=desk.agent_id)
    if person_id is not None:
        async with desk.directory() as directory:
            await access.sign_out_everywhere(directory, person_id, workspace_id=desk.who.workspace_id)
        hub.sign_out(desk.who.workspace_id, agent_id)
    sign_ins.forget(desk.who.workspace_id, agent_id)
    found = await _agents(desk, agent_id)
    if not found:
        raise not_found()
    return found[0]


@post("/invitations", operation_id="invite", right="team")
async def invite(desk: Desk, data: Invite) -> Invitation:
    """A link by which one person joins the team. It is shown this once."""
    email = access.plain_email(data.email) if data.email else ""
    if email is None:
        raise Refusal(422, "invalid", fields={"email": "malformed"})
    async with desk.transaction() as tx:
        role = await _given(desk, tx, data.role, data.role_id)
    async with desk.directory() as directory:
        token = await access.make_link(
            directory,
            "invitation",
            workspace_id=desk.who.workspace_id,
            email=email,
            role=role,
            role_id=data.role_id,
            lives=INVITATION_LIVES,
        )
        expires_at = directory.now + INVITATION_LIVES
    return Invitation(url=access.link_url(desk.house.settings.public_url, token), expires_at=expires_at)


async def _given(desk: Desk, tx: Tx, role: Role | None, role_id: UUID | None) -> Role:
    """The built-in role that somebody gets, alone or beside one of the workspace's own; never with more than one has."""
    if role_id is None:
        given = role or "agent"
        await desk.gives(tx, access.rights_of(given))
        return given
    own = await team.roles(tx, role_id)
    if not own:
        raise Refusal(422, "invalid", fields={"role_id": "unknown"})
    await desk.gives(tx, own[0].rights)
    return access.standing_of(own[0].rights)


@patch("/workspace", operation_id="change_workspace", right="workspace")
async def change_workspace(desk: Desk, data: ChangeWorkspace) -> Workspace:
    async with desk.transaction() as tx:
        await team.change_workspace(
            tx,
            by=desk.agent_id,
            name=data.name,
            greeting=data.greeting,
            away_text=data.away_text,
            take_over_minutes=data.take_over_minutes,
            language=data.language,
            time_zone=data.time_zone,
            priority_minutes=data.priority_minutes,
            weights=data.weights,
            silent_listening=data.silent_listening,
            slow_reply_seconds=data.slow_reply_seconds,
        )
        return as_it_is((await views.workspace(tx)).encode(), Workspace)


routes = [
    list_agents, change_agent, invite, change_workspace,
]  # fmt: skip
