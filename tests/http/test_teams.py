"""Teams over the API: made, changed, joined, left and ended, each told to open desks and written into the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest_asyncio

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Front, open_front


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


async def test_a_team_is_made_joined_left_renamed_and_ended_and_each_is_told_and_written_down(front: Front) -> None:
    _, people = await front.opens("Kotori", "mei", "ann")
    boss, mei, ann = people["boss"], str(people["mei"].id), str(people["ann"].id)
    async with people["mei"].socket() as ears:
        made = await boss.post("/api/teams", {"name": " Night ", "agents": [mei], "heads": [mei]})
        team: dict[str, Any] = made.json()
        assert (made.status_code, team["name"], team["agents"], team["heads"]) == (201, "Night", [mei], [mei])
        await ears.hear(lambda frame: frame.get("kind") == "team.changed" and frame["team_id"] == team["id"])
    path = f"/api/teams/{team['id']}"
    assert (await boss.http.put(f"{path}/agents/{ann}", json={})).json()["agents"] == sorted([mei, ann])
    assert (await boss.http.put(f"{path}/agents/{ann}", json={"head": True})).json()["heads"] == sorted([mei, ann])
    assert (await boss.delete(f"{path}/agents/{mei}")).json()["heads"] == [ann]
    assert (await boss.delete(f"{path}/agents/{mei}")).status_code == 404
    queue = (await boss.post("/api/queues", {"name": "q", "everybody": False, "teams": [team["id"]]})).json()
    assert (queue["teams"], queue["agents"], queue["members"]) == ([team["id"]], [], [ann])
    changed = (await boss.http.put(path, json={"name": "Day", "agents": [mei]})).json()
    assert (changed["name"], changed["agents"], changed["heads"], changed["queues"]) == (
        "Day",
        [mei],
        [],
        [queue["id"]],
    )
    assert (await boss.delete(path)).json()["error"] == "last_to_serve"
    await boss.http.put(f"/api/queues/{queue['id']}", json={"name": "q"})
    assert (await boss.delete(path)).status_code == 200
    assert (await boss.get("/api/teams")).json() == []
    log = (await boss.get("/api/audit", area="team")).json()["rows"]
    said = [(one["action"], one["about"]) for one in reversed(log)]
    assert said[0] == ("team.added", "Night")
    assert said[-2:] == [("team.changed", "Day"), ("team.removed", "Day")]
    assert {"agents", "heads"} <= {key for one in log for key in one["details"].get("changes", {})}


async def test_what_cannot_be_a_team_is_refused(front: Front) -> None:
    _, people = await front.opens("Refusing", "mei")
    _, others = await front.opens("Others", "zoe")
    boss, mei = people["boss"], str(people["mei"].id)
    assert (await boss.post("/api/teams", {"name": "Night"})).status_code == 201
    assert (await boss.post("/api/teams", {"name": "night"})).json()["error"] == "team_taken"
    assert (await boss.post("/api/teams", {"name": "x", "agents": [str(others["zoe"].id)]})).status_code == 404
    assert (await boss.post("/api/teams", {"name": "x", "agents": [str(uuid4())]})).status_code == 404
    assert (await boss.post("/api/teams", {"name": "x", "agents": [], "heads": [mei]})).status_code == 422
    theirs = (await others["boss"].post("/api/teams", {"name": "Theirs"})).json()["id"]
    for teams in ([theirs], [str(uuid4())]):
        assert (await boss.post("/api/queues", {"name": "q", "teams": teams})).status_code == 404
    assert [one["name"] for one in (await boss.get("/api/teams")).json()] == ["Night"]
    assert (await people["mei"].post("/api/teams", {"name": "mine"})).json()["error"] == "not_allowed"
