"""A rule is tried on what has happened, and each conversation can tell why a rule did nothing there: nothing is changed by either."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from guanxi import conversations, routing
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.http.test_rules import LINE, goes_on, noting
from tests.world import Shop


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


class Past:
    """A shop with a past: Aoi asked for her money, was tagged and settled; Ben only said thanks, a week before."""

    shop: Shop
    boss: Agent
    mei: Agent
    inbox: UUID
    aoi: UUID
    ben: UUID


@pytest_asyncio.fixture(scope="module")
async def past(front: Front) -> Past:
    past, world = Past(), front.world
    past.shop, agents = await front.opens("Kotori", "mei")
    past.boss, past.mei = agents["boss"], agents["mei"]
    past.inbox = (await past.shop.connects("line", secrets=LINE)).inbox_id
    past.ben = await arrives(past.shop, past.inbox, "Ben", "thank you, it is lovely")
    await goes_on(past.shop)
    world.clock.forward(days=8)
    past.aoi = await arrives(past.shop, past.inbox, "Aoi", "I want a refund immediately, or I call my lawyer")
    await goes_on(past.shop)
    world.clock.forward(minutes=40)
    async with world.house.db.transaction(past.shop.id) as tx:
        await conversations.tag(tx, past.aoi, ["money"], agent_id=past.boss.id)
        await routing.assign(tx, past.aoi, past.mei.id, by=past.boss.id)
    await arrives(past.shop, past.inbox, "Aoi", "are you there?")
    async with world.house.db.transaction(past.shop.id) as tx:
        await conversations.resolve(tx, past.aoi, agent_id=past.boss.id)
    await goes_on(past.shop)
    return past


async def tried(past: Past, *conditions: Any, kind: str = "message.received", **more: Any) -> list[dict[str, Any]]:
    ids = [str(past.aoi), str(past.ben)]
    asked = {"kind": kind, "conditions": list(conditions), "actions": [{"do": "tag", "add": ["money"]}]}
    answer = await past.boss.post("/api/rules/try", asked | {"conversation_ids": ids} | more)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["rows"]
    assert [row["conversation_id"] for row in rows] == ids
    return rows


async def test_a_dry_run_looks_at_each_event_as_things_stood_then(past: Past) -> None:
    aoi, ben = await tried(past, {"on": "text", "any_of": ["refund"]}, {"on": "state", "any_of": ["open"]}, {"on": "tag", "any_of": ["money"], "holds": False}, {"on": "assignee", "nobody": True}, {"on": "urgency", "any_of": ["urgent"]})  # fmt: skip
    assert (aoi["times"], aoi["heard"], aoi["would"][0]["does"]) == (1, 2, [{"do": "tag", "changes": True}])
    assert "refund" in aoi["would"][0]["text"]
    assert (ben["times"], ben["failed"]) == (0, {"condition": 0, "on": "text", "met": "thank you, it is lovely"})
    later, _ = await tried(past, {"on": "text", "any_of": ["there"]}, {"on": "tag", "any_of": ["money"]})
    assert later["would"][0]["does"] == [{"do": "tag", "changes": False}]  # it stands there already


async def test_a_dry_run_shows_what_would_be_said_and_what_nothing_is_known_of(past: Past) -> None:
    says = [{"do": "reply", "text": "Hello {{contact.name}}, {{contact.email}}"}]
    aoi, ben = await tried(past, {"on": "text", "any_of": ["lovely"]}, actions=says)
    assert aoi["times"] == 0
    assert ben["would"][0]["does"] == [
        {"do": "reply", "changes": True, "text": "Hello Ben, {{contact.email}}", "missing": ["contact.email"]}
    ]
    wrong = await past.boss.post("/api/rules", {"name": "x", "kind": "message.received", "actions": says, "conditions": [
        {"on": "attribute", "name": "points", "how": "above"}]})  # fmt: skip
    assert wrong.status_code == 422
    assert "nothing_to_compare" in wrong.text


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ({"on": "channel", "any_of": ["wechat"]}, "line"),
        ({"on": "content", "any_of": ["image"]}, "text"),
        ({"on": "language", "any_of": ["ja"]}, "en"),
        ({"on": "urgency", "any_of": ["high"]}, "low"),
        ({"on": "mood", "any_of": ["angry"]}, "glad"),
        ({"on": "state", "any_of": ["resolved"]}, "open"),
        ({"on": "vip"}, False),
        ({"on": "known"}, False),
        ({"on": "public"}, False),
        ({"on": "contact_tag", "any_of": ["x"]}, []),
        ({"on": "tag", "any_of": ["x"]}, []),
        ({"on": "attribute", "name": "level"}, None),
        ({"on": "assignee", "any_of": [str(UUID(int=7))]}, None),
        ({"on": "hours", "holds": False}, True),
        ({"on": "waited", "minutes": 5}, 0),
    ],
)
async def test_what_said_no_is_named_with_the_value_that_it_met(past: Past, condition: Any, met: Any) -> None:
    _, ben = await tried(past, {"on": "text", "any_of": ["lovely"]}, condition)
    assert ben["failed"] == {"condition": 1, "on": condition["on"], "met": met}


async def test_a_rule_about_waiting_is_tried_on_waits_that_nobody_was_told_of(past: Past) -> None:
    aoi, ben = await tried(past, {"on": "waited", "minutes": 25}, kind="conversation.waited")
    assert (aoi["times"], ben["times"]) == (1, 1)
    short, _ = await tried(past, {"on": "waited", "minutes": 60}, kind="conversation.waited")
    assert (short["heard"], short["times"], short["failed"]) == (0, 0, None)


async def test_which_conversations_are_tried_is_chosen_by_days_inbox_words_or_name(past: Past) -> None:
    async def chosen(**among: Any) -> Any:
        return (await past.boss.post("/api/rules/among", among)).json()

    assert (await chosen(days=3))["conversation_ids"] == [str(past.aoi)]
    assert (await chosen(days=30, inbox_id=str(past.inbox)))["conversation_ids"] == [str(past.aoi), str(past.ben)]
    assert (await chosen(days=30, inbox_id=str(uuid4())))["conversation_ids"] == []
    found = await chosen(days=30, words="lovely")
    assert (found["conversation_ids"], found["more"]) == ([str(past.ben)], False)
    named = await chosen(conversation_ids=[str(past.ben), str(uuid4())])
    assert (named["conversation_ids"], named["unknown"], named["since"]) == ([str(past.ben)], 1, None)
    for wrong in ({"days": 0}, {"days": 91}, {"words": "x" * 201}, {"conversation_ids": [str(uuid4())] * 201}):
        assert (await past.boss.post("/api/rules/among", wrong)).status_code == 422
    too_many = {"kind": "message.received", "conditions": [], "actions": [], "conversation_ids": [str(uuid4())] * 26}
    assert (await past.boss.post("/api/rules/try", too_many)).status_code == 422


async def test_a_conversation_tells_of_each_rule_what_it_did_or_what_said_no(front: Front, past: Past) -> None:
    shop, boss = past.shop, past.boss
    angry = await noting(boss, "angry", {"on": "text", "any_of": ["angry"]}, stops=True)
    quiet = await noting(boss, "quiet", {"on": "channel", "any_of": ["wechat"]})
    after = await noting(boss, "after")
    off = await noting(boss, "off", is_on=False)
    front.world.clock.forward(minutes=1)
    talk = await arrives(shop, past.inbox, "Cho", "hello", "I am angry")
    await goes_on(shop)
    front.world.clock.forward(minutes=1)
    late = await noting(boss, "late")
    first, second = (await boss.get(f"/api/conversations/{talk}/rules")).json()
    assert [one["text"] for one in (first, second)] == ["I am angry", "hello"]
    said = {one["rule_id"]: (one["outcome"], one["problem"], one["failed"]) for one in first["looks"]}
    assert [one["rule_id"] for one in first["looks"]] == [angry, quiet, after, off, late]
    assert said[angry] == ("done", "", None)
    assert said[quiet] == ("no", "", {"condition": 0, "on": "channel", "met": "line"})
    assert said[after] == ("stopped", "angry", None)
    assert (said[off][0], said[late][0]) == ("off", "stopped")
    said = {one["rule_id"]: (one["outcome"], one["failed"]) for one in second["looks"]}
    assert said[angry] == ("no", {"condition": 0, "on": "text", "met": "hello"})
    assert (said[after][0], said[late][0]) == ("done", "not_then")
    for id_ in (angry, quiet, after, off, late):
        await boss.delete(f"/api/rules/{id_}")


async def test_neither_changes_a_row_of_any_table_and_neither_sees_another_workspace(
    server: Server, front: Front, past: Past
) -> None:
    await noting(past.boss, "one", stops=True)
    _, others = await front.opens("Others")
    before = await everything(server)
    await tried(past, {"on": "text", "any_of": ["refund"]})
    await past.boss.post("/api/rules/among", {"days": 30, "words": "refund"})
    assert (await past.boss.get(f"/api/conversations/{past.aoi}/rules")).status_code == 200
    assert await everything(server) == before
    boss = others["boss"]
    assert (await boss.get(f"/api/conversations/{past.aoi}/rules")).status_code == 404
    asked = {"kind": "message.received", "conditions": [], "actions": [], "conversation_ids": [str(past.aoi)]}
    assert (await boss.post("/api/rules/try", asked)).json() == {"rows": []}
    named = (await boss.post("/api/rules/among", {"conversation_ids": [str(past.aoi)]})).json()
    assert (named["conversation_ids"], named["unknown"]) == ([], 1)
    assert (await past.mei.post("/api/rules/try", asked)).status_code == 403


async def everything(server: Server) -> dict[str, Any]:
    """Of each table how many rows it has; of those that a rule could change, what stands in them, too."""
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        tables = await connection.fetch("select tablename as name from pg_tables where schemaname = 'public'")
        found: dict[str, Any] = {
            table["name"]: await connection.fetchval(f"select count(*) from {table['name']}") for table in tables
        }
        for name in ("conversation", "message", "contact", "rule", "rule_run", "event", "lane", "job"):
            found[f"{name} rows"] = await connection.fetchval(
                f"select md5(string_agg(t::text, '' order by t::text)) from {name} t"
            )
        return found
    finally:
        await connection.close()
