"""Many conversations at once: each has its own outcome, an undo leads back, and what others changed stays theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from guanxi import conversations
from guanxi.content import Text
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.world import Shop

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}
LATER = "2099-01-01T09:00:00.000Z"


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


@pytest_asyncio.fixture
async def opened(front: Front) -> tuple[Shop, dict[str, Agent], UUID]:
    shop, agents = await front.opens(f"Kotori {uuid4().hex[:6]}", "mei")
    return shop, agents, (await shop.connects("line", secrets=LINE)).inbox_id


async def row(agent: Agent, id_: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await agent.get(f"/api/conversations/{id_}")).json()
    return found


async def many(agent: Agent, items: list[tuple[Any, int, dict[str, Any]]]) -> list[dict[str, Any]]:
    body = {"items": [{"id": str(id_), "version": version, "act": act} for id_, version, act in items]}
    answer = await agent.post("/api/conversations/bulk", body)
    assert answer.status_code == 200, answer.text
    outcomes: list[dict[str, Any]] = answer.json()["outcomes"]
    return outcomes


async def loads(shop: Shop) -> dict[str, tuple[int, int]]:
    """What each agent is said to have in hand, and what he has."""
    async with shop.world.house.db.reading(shop.id) as tx:
        found = await tx.fetch(
            """select name, load, (select count(*) from conversation c where c.workspace_id = $1 and c.assignee_id = a.id
                 and c.state = 0) as true_load from agent a where workspace_id = $1""",
            shop.id,
        )
    return {one["name"]: (one["load"], one["true_load"]) for one in found}


FACTS = ("state", "assignee", "tags", "waiting_since", "snoozed_until", "unread")


async def test_each_act_is_done_to_all_and_its_undo_leads_back_to_how_it_was(
    opened: tuple[Shop, dict[str, Agent], UUID],
) -> None:
    shop, agents, inbox_id = opened
    mei = agents["mei"]
    ids = [await arrives(shop, inbox_id, f"guest {number}", "hello?") for number in range(3)]
    await mei.post(f"/api/conversations/{ids[0]}/assign", {"agent_id": str(mei.id)})
    await mei.post(f"/api/conversations/{ids[1]}/tags", {"tags": ["late", "vip"]})
    boss = {"do": "assign", "agent_id": str(agents["boss"].id)}
    for act, backs in (
        ({"do": "resolve"}, [{"do": "reopen", "undo": True}] * 3),
        ({"do": "snooze", "until": LATER}, [{"do": "reopen", "undo": True}] * 3),
        (boss, [{"do": "assign", "agent_id": str(mei.id)}, *[{"do": "assign", "agent_id": None}] * 2]),
        (
            {"do": "tag", "add": ["late"]},
            [{"do": "tag", "remove": ["late"]}, {"do": "tag"}, {"do": "tag", "remove": ["late"]}],
        ),
    ):
        before = [await row(mei, id_) for id_ in ids]
        outcomes = await many(mei, [(one["id"], one["version"], act) for one in before])
        assert {one["outcome"] for one in outcomes} <= {"done", "unchanged"}, outcomes
        assert [one["id"] for one in outcomes] == [str(id_) for id_ in ids]
        again = [(one["id"], one["row"]["version"], back) for one, back in zip(outcomes, backs, strict=True)]
        await many(mei, again)
        after = [await row(mei, id_) for id_ in ids]
        assert [{fact: one[fact] for fact in FACTS} for one in after] == [
            {fact: one[fact] for fact in FACTS} for one in before
        ], act
        assert all(said == true for said, true in (await loads(shop)).values()), act


async def test_what_was_snoozed_before_it_was_resolved_by_a_slip_sleeps_on(
    opened: tuple[Shop, dict[str, Agent], UUID],
) -> None:
    shop, agents, inbox_id = opened
    mei = agents["mei"]
    id_ = await arrives(shop, inbox_id, "guest", "hello?")
    await mei.post(f"/api/conversations/{id_}/snooze", {"until": LATER})
    before = await row(mei, id_)
    done = await many(mei, [(id_, before["version"], {"do": "resolve"})])
    await many(mei, [(id_, done[0]["row"]["version"], {"do": "snooze", "until": LATER, "undo": True})])
    after = await row(mei, id_)
    assert (after["state"], after["snoozed_until"]) == ("snoozed", before["snoozed_until"])


async def test_what_somebody_changed_meanwhile_is_left_alone_and_named(
    opened: tuple[Shop, dict[str, Agent], UUID],
) -> None:
    shop, agents, inbox_id = opened
    mei = agents["mei"]
    wrote, answered, read, gone = [await arrives(shop, inbox_id, f"guest {number}", "hello?") for number in range(4)]
    seen = {id_: (await row(mei, id_))["version"] for id_ in (wrote, answered, read, gone)}
    await arrives(shop, inbox_id, "guest 0", "are you there?")
    said = {"id": str(uuid4()), "content": {"kind": "text", "text": "yes"}, "force": True}
    await agents["boss"].post(f"/api/conversations/{answered}/replies", said)
    await agents["boss"].post(f"/api/conversations/{read}/read", {"seq": 1})
    await agents["boss"].post(f"/api/conversations/{gone}/resolve")
    async with shop.world.house.db.transaction(shop.id) as tx:  # a bot has said something, which calls nobody
        await conversations.reply(tx, read, id=uuid4(), content=Text("soon"), agent_id=None, author="bot")
    stranger = uuid4()
    outcomes = await many(
        mei, [(id_, seen.get(id_, 1), {"do": "resolve"}) for id_ in (wrote, answered, read, gone, stranger)]
    )
    assert [one["outcome"] for one in outcomes] == ["changed", "changed", "done", "changed", "missing"]
    assert (await row(mei, wrote))["state"] == "open"
    undone = await many(mei, [(read, outcomes[2]["row"]["version"], {"do": "reopen", "undo": True})])
    assert undone[0]["outcome"] == "done"
    refused = await many(mei, [(gone, (await row(mei, gone))["version"], {"do": "assign", "agent_id": None})])
    assert (refused[0]["outcome"], refused[0]["reason"]) == ("refused", "resolved")


async def test_more_than_can_be_done_at_once_is_refused_and_another_workspace_does_not_exist(
    front: Front, opened: tuple[Shop, dict[str, Agent], UUID]
) -> None:
    shop, agents, inbox_id = opened
    _, strangers = await front.opens("Theirs")
    id_ = await arrives(shop, inbox_id, "guest", "hello?")
    outcomes = await many(strangers["boss"], [(id_, 1, {"do": "resolve"})])
    assert (outcomes[0]["outcome"], outcomes[0]["row"]) == ("missing", None)
    colleague = {"do": "assign", "agent_id": str(strangers["boss"].id)}
    outcomes = await many(agents["mei"], [(id_, (await row(agents["mei"], id_))["version"], colleague)])
    assert (outcomes[0]["outcome"], outcomes[0]["reason"]) == ("refused", "agent_gone")
    body = {"items": [{"id": str(uuid4()), "version": 1, "act": {"do": "read"}}] * 201}
    assert (await agents["mei"].post("/api/conversations/bulk", body)).status_code == 422
    assert (await row(agents["mei"], id_))["state"] == "open"
