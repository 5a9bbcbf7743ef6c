"""Teams over the API: made, changed, joined, left and ended, each told to open desks and written into the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest_asyncio

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.http.test_workspaces import commands

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


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


async def test_the_command_line_makes_a_team_and_changes_who_is_of_it(front: Front, server: Server) -> None:
    shop, people = await front.opens("Commanding", "mei", "ann")
    _, others = await front.opens("Beside it", "zoe")
    mei, ann = people["mei"], people["ann"]
    where = ("--workspace", str(shop.id))
    made = await commands(
        front, server, "teams", "add", "Night", "--join", mei.email, "--head", ann.email.upper(), *where
    )
    assert made[0] == 0, made[1]
    assert [line.split() for line in made[1].splitlines()[-3:]] == [
        ["Night:"], ["ann", ann.email, "(heads", "it)"], ["mei", mei.email],
    ]  # fmt: skip
    changed = await commands(
        front, server, "teams", "members", "night", "--head", mei.email, "--leave", ann.email, *where
    )
    assert [line.split() for line in changed[1].splitlines()[-2:]] == [["Night:"], ["mei", mei.email, "(heads", "it)"]]
    listed, without, stranger = await asyncio.gather(
        commands(front, server, "teams", "list", *where),
        commands(front, server, "teams", "list"),
        commands(front, server, "teams", "members", "Night", "--join", others["zoe"].email, *where),
    )
    assert listed[1].splitlines()[-1] == "Night  (1 of it)  serves no queue"
    assert (without[0], "--workspace" in without[1]) == (1, True), "which one is never guessed"
    assert (stranger[0], others["zoe"].email in stranger[1]) == (1, True)
    (team,) = (await people["boss"].get("/api/teams")).json()
    assert (team["agents"], team["heads"]) == ([str(mei.id)], [str(mei.id)])
    log = (await people["boss"].get("/api/audit", area="team")).json()["rows"]
    assert [(one["action"], one["means"]) for one in log][-1] == ("team.added", "command")


async def test_a_conversation_is_handed_to_a_team_and_waits_in_its_queue_with_its_place(front: Front) -> None:
    shop, people = await front.opens("Handing", "mei", "ann")
    boss, mei, ann = people["boss"], people["mei"], people["ann"]
    door = await shop.connects("line", secrets=LINE)
    talk = await arrives(shop, door.inbox_id, "Haruka", "hello")
    path = f"/api/conversations/{talk}"
    await boss.post(f"{path}/assign", {"agent_id": str(mei.id)})
    before = (await boss.get(path)).json()
    night = (await boss.post("/api/teams", {"name": "Night", "agents": [str(ann.id)]})).json()["id"]

    async def hands(**to: Any) -> Any:
        return (
            await mei.post(f"{path}/transfer", {"agent_id": None, "team_id": night, "note": "Japanese", **to})
        ).json()

    assert (await hands())["error"] == "team_serves_none"
    first, second = [
        (await boss.post("/api/queues", {"name": name, "everybody": False, "teams": [night]})).json()["id"]
        for name in ("q1", "q2")
    ]
    other = (await boss.post("/api/queues", {"name": "q3"})).json()["id"]
    assert (await hands())["error"] == "team_serves_several"
    assert (await hands(queue_id=other))["error"] == "not_found"
    assert (await hands(agent_id=str(ann.id)))["fields"] == {"team_id": "one_of_both"}
    now = await hands(queue_id=second)
    assert (now["queue_id"], now["assignee"], now["transfers"]) == (second, None, before["transfers"] + 1)
    assert now["waiting_since"] == before["waiting_since"], "it keeps its place in time"
    said = (await ann.get(f"{path}/messages")).json()["rows"][-1]["content"]
    assert (said["what"], said["team"], said["queue"], said["note"]) == ("queued", "Night", "q2", "Japanese")
    await boss.delete(f"/api/queues/{first}")
    assert (await hands())["queue_id"] == second, "one queue needs not be named"


async def test_a_teams_conversations_are_a_filter_and_a_view(front: Front) -> None:
    shop, people = await front.opens("Viewing", "mei", "ann", "zoe")
    boss, mei = people["boss"], people["mei"]
    door = await shop.connects("line", secrets=LINE)
    talks = {
        name: await arrives(shop, door.inbox_id, name, "hello") for name in ("hers", "queued", "others", "nobodys")
    }
    team = (await boss.post("/api/teams", {"name": "T", "agents": [str(mei.id), str(people["ann"].id)]})).json()["id"]
    queue = (await boss.post("/api/queues", {"name": "q", "everybody": False, "teams": [team]})).json()["id"]
    for name, agent in (("hers", "ann"), ("others", "zoe")):
        await boss.post(f"/api/conversations/{talks[name]}/assign", {"agent_id": str(people[agent].id)})
    await boss.post(f"/api/conversations/{talks['queued']}/transfer", {"agent_id": None, "queue_id": queue})

    async def listed(agent: Agent, **query: Any) -> list[str]:
        answer = await agent.get("/api/conversations", **query)
        assert answer.status_code == 200, answer.text
        return [row["contact"]["name"] for row in answer.json()["rows"]]

    assert await listed(mei, view="all", team="mine") == await listed(boss, view="all", team=team) == ["queued", "hers"]
    assert await listed(people["zoe"], view="all", team="mine") == []
    assert await listed(boss, view="queue", team=team) == ["queued"]
    assert await listed(boss, view="all", team=team, assignee=str(people["ann"].id)) == ["hers"]
    assert (await boss.get("/api/conversations", view="all", team=team, q="hello")).status_code == 422
    view = (await mei.post("/api/saved-views", {"name": "ours", "conditions": {"team": "mine"}})).json()["id"]
    assert await listed(mei, saved=view) == ["queued", "hers"]
    assert (await mei.get("/api/saved-views/counts")).json()["counts"][view] == {"count": 2, "capped": False}
    # who sees her own alone sees of a team's what she sees
    role = (await boss.post("/api/roles", {"name": "own", "rights": ["serve"], "sees": "own"})).json()["id"]
    assert (await boss.patch(f"/api/agents/{mei.id}", {"role_id": role})).status_code == 200
    assert await listed(mei, view="all", team="mine") == ["queued"]
    assert await listed(mei, saved=view) == ["queued"]
    table = (await boss.get("/api/reports/table", by="agent", team_id=team)).text
    assert "zoe" not in table
