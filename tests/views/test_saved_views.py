"""Saved views: they hold what their conditions say, by the same rule as the desk's, and belong to whom they belong."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.world import Shop

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}
CASES = json.loads(Path(__file__).with_name("saved_view_cases.json").read_text(encoding="utf-8"))
STATES = {"open": 0, "snoozed": 1, "resolved": 2}


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


async def furnish(shop: Shop, agents: dict[str, Agent]) -> tuple[dict[str, str], dict[str, UUID]]:
    """The rows of the cases as conversations: names by id, and inboxes by their letter."""
    inboxes = {
        "A": (await shop.connects("line", secrets=LINE)).inbox_id,
        "B": (await shop.connects("line", secrets=LINE | {"channel_access_token": "other"})).inbox_id,
        "C": (await shop.connects("webchat", {"title": "Shop"}, {"visitor_key": "k" * 32})).inbox_id,
    }
    names: dict[str, str] = {}
    for row in CASES["rows"]:
        shop.world.clock.forward(seconds=1)
        id_ = await arrives(shop, inboxes[row["inbox"]], row["key"], "hello", channel=row["channel"])
        names[str(id_)] = row["key"]
        assignee = {"me": agents["boss"].id, "mei": agents["mei"].id, None: None}[row["assignee"]]
        async with shop.world.house.db.transaction(shop.id) as tx:
            waiting_since = None if row["waited"] is None else tx.now - timedelta(minutes=row["waited"])
            await tx.execute(
                """update conversation set state = $3, assignee_id = $4, tags = $5, unread = $6, marked_unread = $7,
                     waiting_since = $8, medium = $9 where workspace_id = $1 and id = $2""",
                shop.id,
                id_,
                STATES[row["state"]],
                assignee,
                row["tags"],
                row["unread"],
                row["marked"],
                waiting_since,
                row.get("medium", "chat"),
            )
    return names, inboxes


async def made(agent: Agent, conditions: dict[str, Any], *, shared: bool = False) -> str:
    answer = await agent.post("/api/saved-views", {"name": "view", "conditions": conditions, "shared": shared})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def pages(agent: Agent, view: str, limit: int) -> list[dict[str, Any]]:
    """All rows of a view, so many at a time."""
    rows: list[dict[str, Any]] = []
    after = None
    while True:
        query = {"saved": view, "limit": limit} | ({"after": after} if after else {})
        page = (await agent.get("/api/conversations", **query)).json()
        rows += page["rows"]
        after = page["next"]
        if after is None:
            return rows


async def test_each_combination_holds_what_it_says_page_by_page_and_counts_it(front: Front) -> None:
    shop, agents = await front.opens(f"Kotori {uuid4().hex[:6]}", "mei")
    boss = agents["boss"]
    names, inboxes = await furnish(shop, agents)
    people = {"mei": str(agents["mei"].id)}
    for case in CASES["views"]:
        asked = dict(case["conditions"])
        if "inbox_id" in asked:
            asked["inbox_id"] = str(inboxes[asked["inbox_id"]])
        asked["assignee"] = people.get(asked.get("assignee", ""), asked.get("assignee"))
        view = await made(boss, asked)
        rows = await pages(boss, view, 2)
        assert {names[row["id"]] for row in rows} == set(case["holds"]), case
        assert len(rows) == len(case["holds"]), case
        counts = (await boss.get("/api/saved-views/counts")).json()["counts"]
        assert counts[view] == {"count": len(rows), "capped": False}, case
        assert (await boss.delete(f"/api/saved-views/{view}")).status_code == 200


async def test_ones_own_view_is_nobody_elses_and_the_teams_is_changed_by_admins_only(front: Front) -> None:
    _, agents = await front.opens(f"Kotori {uuid4().hex[:6]}", "mei")
    _, others = await front.opens(f"Theirs {uuid4().hex[:6]}")
    boss, mei, stranger = agents["boss"], agents["mei"], others["boss"]
    own, team = await made(mei, {"unread": True}), await made(boss, {}, shared=True)
    assert {one["id"] for one in (await mei.get("/api/saved-views")).json()} == {own, team}
    assert {one["id"] for one in (await boss.get("/api/saved-views")).json()} == {team}
    assert (await stranger.get("/api/saved-views")).json() == []
    for agent, view in ((boss, own), (stranger, own), (stranger, team)):
        assert (await agent.get("/api/conversations", saved=view)).status_code == 404
        assert (await agent.patch(f"/api/saved-views/{view}", {"name": "x"})).status_code == 404
        assert (await agent.delete(f"/api/saved-views/{view}")).status_code == 404
    assert (await mei.patch(f"/api/saved-views/{team}", {"name": "x"})).status_code == 403
    assert (await mei.delete(f"/api/saved-views/{team}")).status_code == 403
    refused = await mei.post("/api/saved-views", {"name": "x", "conditions": {}, "shared": True})
    assert refused.status_code == 403
    async with mei.socket() as ears:
        changed = await boss.patch(f"/api/saved-views/{team}", {"name": "late", "conditions": {"waiting_minutes": 10}})
        assert (changed.json()["name"], changed.json()["version"]) == ("late", 2)
        await ears.hear(lambda frame: frame.get("saved_view_id") == team)
    senseless = ({"state": "resolved", "unread": True}, {"state": "snoozed", "sort": "waiting"}, {"assignee": "x"})
    for conditions in senseless:
        refused = await mei.post("/api/saved-views", {"name": "x", "conditions": conditions})
        assert refused.status_code == 422, conditions


async def test_the_list_of_a_tag_follows_every_change_of_the_conversation(front: Front) -> None:
    shop, agents = await front.opens(f"Kotori {uuid4().hex[:6]}", "mei")
    mei = agents["mei"]
    inbox_id = (await shop.connects("line", secrets=LINE)).inbox_id
    first = await arrives(shop, inbox_id, "first", "hello")
    shop.world.clock.forward(seconds=5)
    second = await arrives(shop, inbox_id, "second", "hello")
    for id_ in (first, second):
        await mei.post(f"/api/conversations/{id_}/tags", {"tags": ["vip", "late"]})
    view = await made(mei, {"tag": "vip"})
    assert [row["id"] for row in await pages(mei, view, 1)] == [str(second), str(first)]
    shop.world.clock.forward(seconds=5)
    await arrives(shop, inbox_id, "first", "and another thing")
    assert [row["id"] for row in await pages(mei, view, 1)] == [str(first), str(second)]
    await mei.post(f"/api/conversations/{first}/tags", {"tags": ["late"]})
    await mei.post(f"/api/conversations/{second}/resolve")
    assert await pages(mei, view, 1) == []
    done = await made(mei, {"tag": "vip", "state": "resolved"})
    assert [row["id"] for row in await pages(mei, done, 1)] == [str(second)]
    async with shop.world.house.db.reading(shop.id) as tx:
        kept = await tx.fetch(
            "select conversation_id, tag, state from conversation_tag where workspace_id = $1", shop.id
        )
    said = {(row["conversation_id"], row["tag"], row["state"]) for row in kept}
    assert said == {(first, "late", 0), (second, "late", 2), (second, "vip", 2)}
