"""Macros: looked at before they run, run whole or not at all, in an agent's name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.world import Shop

pytestmark = pytest.mark.asyncio
LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}
THANKS = "{{contact.name}}，感谢！{{agent.name}} {{contact.attributes.size|均码}}"


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


async def opened(front: Front, name: str) -> tuple[Shop, dict[str, Agent], str]:
    shop, people = await front.opens(name, "mei", "lin")
    door = await shop.connects("line", secrets=LINE)
    return shop, people, str(await arrives(shop, door.inbox_id, "陈雨", "物流一直不动"))


async def keeps(agent: Agent, *actions: Any, **more: Any) -> str:
    made = await agent.post("/api/macros", {"name": "收尾", "actions": list(actions), **more})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def said(agent: Agent, talk: str) -> list[tuple[str, str]]:
    rows = (await agent.get(f"/api/conversations/{talk}/messages")).json()["rows"]
    return [(row["author"], row["content"].get("text", row["content"].get("what"))) for row in rows]


async def test_a_rehearsal_tells_all_and_changes_nothing_and_a_run_does_it_in_order_once(front: Front) -> None:
    _, people, talk = await opened(front, "Macros")
    mei = people["mei"]
    macro = await keeps(
        mei,
        {"do": "reply", "text": THANKS},
        {"do": "note", "text": "等仓库：{{conversation.channel}}"},
        {"do": "tag", "add": ["物流"]},
        {"do": "prioritise", "priority": 1},
        {"do": "snooze", "minutes": None},
    )
    before = (await mei.get(f"/api/conversations/{talk}")).json()
    steps = (await mei.post(f"/api/conversations/{talk}/macros/{macro}/rehearse")).json()["steps"]
    assert [step["problem"] for step in steps] == [""] * 5
    assert [step["action"].get("text") for step in steps[:2]] == ["陈雨，感谢！mei 均码", "等仓库：LINE"]
    after = (await mei.get(f"/api/conversations/{talk}")).json()
    assert after == before
    assert await said(mei, talk) == [("contact", "物流一直不动")]

    run = {"id": str(uuid4())}
    done = (await mei.post(f"/api/conversations/{talk}/macros/{macro}/run", run)).json()
    assert (done["state"], done["tags"], done["priority"], done["snoozed_until"]) == ("snoozed", ["物流"], 1, None)
    lines = await said(mei, talk)
    assert [line for line in lines if line[0] == "agent"] == [
        ("agent", "陈雨，感谢！mei 均码"),
        ("agent", "等仓库：LINE"),
    ]
    assert lines[-1] == ("system", "snoozed_until_reply")
    assert (await mei.post(f"/api/conversations/{talk}/macros/{macro}/run", run)).status_code == 200
    assert len([line for line in await said(mei, talk) if line[0] == "agent"]) == 2  # asked twice, said once


async def test_what_cannot_be_done_is_told_step_by_step_and_holds_all_of_it_back(front: Front) -> None:
    _, people, talk = await opened(front, "Cannot")
    mei, lin = people["mei"], people["lin"]
    macro = await keeps(
        mei,
        {"do": "note", "text": "先记一笔"},
        {"do": "reply", "text": "您的订单 {{contact.attributes.order}}"},
        {"do": "reply", "text": "公开说", "public": True},
        {"do": "ask_rating"},
        {"do": "resolve"},
        {"do": "assign", "agent_id": str(lin.id)},
    )
    path = f"/api/conversations/{talk}/macros/{macro}"
    steps = (await mei.post(f"{path}/rehearse")).json()["steps"]
    told = [(step["problem"], step["missing"]) for step in steps]
    assert told[1:3] == [("unfilled", ["contact.attributes.order"]), ("is_private", [])]
    assert (told[0], told[4], told[5]) == (("", []), ("", []), ("resolved", []))
    refused = await mei.post(f"{path}/run", {"id": str(uuid4())})
    assert refused.status_code == 409
    assert (refused.json()["error"], refused.json()["step"], refused.json()["reason"]) == (
        "step_refused",
        1,
        "unfilled",
    )
    assert await said(mei, talk) == [("contact", "物流一直不动")]
    bad = [number for number, step in enumerate(steps) if step["problem"]]
    done = (await mei.post(f"{path}/run", {"id": str(uuid4()), "without": bad})).json()
    assert done["state"] == "resolved"
    assert ("agent", "先记一笔") in await said(mei, talk)

    for actions, code in (
        ([], "no_actions"),
        ([{"do": "assign", "agent_id": str(uuid4())}], "unknown_agent"),
        ([{"do": "enqueue", "queue_id": str(uuid4())}], "unknown_queue"),
        ([{"do": "webhook", "webhook_id": str(uuid4())}], "cannot_be_done_here"),
    ):
        made = await mei.post("/api/macros", {"name": "x", "actions": actions})
        assert (made.status_code, made.json()["error"]) == (422, code)


async def test_ones_own_is_nobody_elses_and_a_key_is_given_once(front: Front) -> None:
    _, people, talk = await opened(front, "Own")
    mei, lin = people["mei"], people["lin"]
    own = await keeps(mei, {"do": "resolve"}, personal=True, key="1")
    team = await keeps(lin, {"do": "resolve"}, key="1")
    for call in (
        lin.patch(f"/api/macros/{own}", {"name": "mine"}),
        lin.delete(f"/api/macros/{own}"),
        lin.post(f"/api/conversations/{talk}/macros/{own}/rehearse"),
        lin.post(f"/api/conversations/{talk}/macros/{own}/run", {"id": str(uuid4())}),
    ):
        assert (await call).status_code == 404
    again = await lin.post("/api/macros", {"name": "y", "actions": [{"do": "resolve"}], "key": "1"})
    assert (again.status_code, again.json()["error"]) == (409, "key_taken")
    assert [one["id"] for one in (await mei.get("/api/macros")).json()] == [own, team]
    assert [one["id"] for one in (await lin.get("/api/macros")).json()] == [team]
    _, others, elsewhere = await opened(front, "Elsewhere")
    assert (await others["mei"].post(f"/api/conversations/{elsewhere}/macros/{team}/rehearse")).status_code == 404
    assert (await mei.post(f"/api/conversations/{elsewhere}/macros/{team}/rehearse")).status_code == 404
