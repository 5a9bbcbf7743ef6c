"""What counts as unread: what nobody has seen, and what somebody wants looked at again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest_asyncio

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.world import Shop

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


@pytest_asyncio.fixture
async def opened(front: Front) -> tuple[Shop, dict[str, Agent], UUID]:
    shop, agents = await front.opens(f"Kotori {uuid4().hex[:6]}", "mei")
    return shop, agents, (await shop.connects("line", secrets=LINE)).inbox_id


async def unread(agent: Agent, id_: UUID) -> int:
    return int((await agent.get(f"/api/conversations/{id_}")).json()["unread"])


async def replies(agent: Agent, id_: UUID, **more: object) -> None:
    said = {"id": str(uuid4()), "content": {"kind": "text", "text": "Hi"}, "force": True, **more}
    assert (await agent.post(f"/api/conversations/{id_}/replies", said)).status_code == 201


async def test_marked_unread_stays_so_until_it_is_read_or_answered_and_everybody_hears_who_did_it(
    opened: tuple[Shop, dict[str, Agent], UUID],
) -> None:
    shop, agents, inbox_id = opened
    mei, at = agents["mei"], "/api/conversations/{}"
    id_ = await arrives(shop, inbox_id, "Haruka", "one", "two")
    path = at.format(id_)
    async with agents["boss"].socket() as ears:
        before = (await mei.post(f"{path}/unread")).json()
        assert before["unread"] == 2, "what nobody has seen is unread as it is"
        await mei.post(f"{path}/read", {"seq": 2})
        marked = (await mei.post(f"{path}/unread")).json()
        again = (await mei.post(f"{path}/unread")).json()
        assert (marked["unread"], again["version"]) == (1, marked["version"]), "marking it twice is one change"
        heard = await ears.hear(lambda frame: frame.get("kind") == "conversation.marked_unread")
        assert (heard["agent_id"], heard["row"]["unread"]) == (str(mei.id), 1)
        await mei.post(f"{path}/read", {"seq": 2})
        heard = await ears.hear(lambda frame: frame.get("kind") == "conversation.read" and frame["version"] > 5)
        assert (heard["agent_id"], heard["row"]["unread"]) == (str(mei.id), 0)
    await mei.post(f"{path}/unread")
    await replies(mei, id_)
    assert await unread(mei, id_) == 0


async def test_who_answers_has_read_what_he_could_see_and_a_bot_has_read_nothing(
    opened: tuple[Shop, dict[str, Agent], UUID],
) -> None:
    shop, agents, inbox_id = opened
    id_ = await arrives(shop, inbox_id, "Haruka", "one")
    await arrives(shop, inbox_id, "Haruka", "written while mei was writing")
    await replies(agents["mei"], id_, seen_seq=1)
    assert await unread(agents["mei"], id_) == 1
    await replies(agents["mei"], id_)
    assert await unread(agents["mei"], id_) == 0


async def test_people_are_found_by_name_and_conversations_by_what_was_said_with_one_question(
    opened: tuple[Shop, dict[str, Agent], UUID],
) -> None:
    shop, agents, inbox_id = opened
    first = await arrives(shop, inbox_id, "陈雨", "我的青瓷茶杯什么时候发货？")
    await arrives(shop, inbox_id, "Haruka", "サイズ交換できますか")
    await shop.world.follow_everything(shop.id)
    found = (await agents["mei"].get("/api/find", q="陈")).json()
    assert [one["name"] for one in found["contacts"]] == ["陈雨"]
    assert [row["id"] for row in found["conversations"]] == [str(first)]
    found = (await agents["mei"].get("/api/find", q="茶杯")).json()
    assert (found["contacts"], found["conversations"][0]["found"]["seq"]) == ([], 1)
    assert (await agents["mei"].get("/api/find", q="  ")).json() == {"contacts": [], "conversations": [], "tags": []}
