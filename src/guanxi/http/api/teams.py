"""Teams: agents who work together, under a name."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post, put

from guanxi import routing
from guanxi.http.api.shapes import Nothing
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found
from guanxi.infra.sql import Tx
from guanxi.routing import Team

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"\S")]
Members = Annotated[list[UUID], msgspec.Meta(max_length=2000)]


class SetTeam(msgspec.Struct, kw_only=True):
    """All of a team: who is of it, and who of them head it."""

    name: Name
    agents: Members = []
    heads: Members = []


class Membership(msgspec.Struct, kw_only=True):
    head: bool = False


@get("/teams", operation_id="list_teams", right="look")
async def list_teams(desk: Desk) -> list[Team]:
    """All teams by name."""
    async with desk.reading() as tx:
        return await routing.teams(tx)


@post("/teams", operation_id="add_team", right="team")
async def add_team(desk: Desk, data: SetTeam) -> Team:
    """A new team. Which queues it serves is said of each queue."""
    async with desk.transaction() as tx:
        return await _now(tx, await routing.add_team(tx, data.name, _members(data), by=desk.agent_id))


@put("/teams/{team_id:uuid}", operation_id="change_team", right="team")
async def change_team(desk: Desk, team_id: UUID, data: SetTeam) -> Team:
    """Write it anew. Who comes serves in the team's queues at once; who goes does not, and keeps what she has in hand."""
    async with desk.transaction() as tx:
        await routing.change_team(tx, team_id, data.name, _members(data), by=desk.agent_id)
        return await _now(tx, team_id)


@put("/teams/{team_id:uuid}/agents/{agent_id:uuid}", operation_id="join_team", right="team")
async def join_team(desk: Desk, team_id: UUID, agent_id: UUID, data: Membership) -> Team:
    """One agent joins, or heads it from now on, or no longer does."""
    async with desk.transaction() as tx:
        await routing.join_team(tx, team_id, agent_id, is_head=data.head, by=desk.agent_id)
        return await _now(tx, team_id)


@delete("/teams/{team_id:uuid}/agents/{agent_id:uuid}", operation_id="leave_team", right="team", status_code=200)
async def leave_team(desk: Desk, team_id: UUID, agent_id: UUID) -> Team:
    """One agent leaves."""
    async with desk.transaction() as tx:
        await routing.leave_team(tx, team_id, agent_id, by=desk.agent_id)
        return await _now(tx, team_id)


@delete("/teams/{team_id:uuid}", operation_id="end_team", right="team", status_code=200)
async def end_team(desk: Desk, team_id: UUID) -> Nothing:
    """There is no such team any more; 409 last_to_serve where nobody else serves in one of its queues."""
    async with desk.transaction() as tx:
        await routing.end_team(tx, team_id, by=desk.agent_id)
    return Nothing()


def _members(data: SetTeam) -> dict[UUID, bool]:
    if not set(data.heads) <= set(data.agents):
        raise Refusal(422, "invalid", fields={"heads": "not_of_the_team"})
    return {agent_id: agent_id in data.heads for agent_id in data.agents}


async def _now(tx: Tx, team_id: UUID) -> Team:
    found = await routing.teams(tx, team_id)
    if not found:
        raise not_found()
    return found[0]


routes = [list_teams, add_team, change_team, join_team, leave_team, end_team]
