"""Quick phrases as the API keeps them: in groups and in an order, with what goes besides their words, spelt in pinyin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from guanxi.infra.postgres import Server
from guanxi.team.pinyin import spelt
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.http.visitors import png
from tests.world import Shop

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


@pytest_asyncio.fixture
async def desk(front: Front) -> tuple[Shop, Agent, Agent]:
    shop, agents = await front.opens(f"Phrases {uuid4()}", "mei", "jun")
    return shop, agents["mei"], agents["jun"]


async def a_phrase(agent: Agent, shortcut: str, **more: Any) -> str:
    made = await agent.post("/api/quick-phrases", {"shortcut": shortcut, "text": f"about {shortcut}", **more})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def a_group(agent: Agent, name: str, **more: Any) -> str:
    made = await agent.post("/api/quick-phrases/groups", {"name": name, **more})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def place(agent: Agent, path: str, **where: str | None) -> int:
    answer = await agent.http.put(f"/api/quick-phrases/{path}/place", json=where)
    return answer.status_code


async def order(agent: Agent) -> list[tuple[str | None, str]]:
    groups = {one["id"]: one["name"] for one in (await agent.get("/api/quick-phrases/groups")).json()}
    rows = (await agent.get("/api/quick-phrases")).json()
    return [(groups.get(row["group_id"]), row["shortcut"]) for row in rows]


async def test_phrases_lie_in_groups_in_the_order_that_they_are_given(desk: tuple[Shop, Agent, Agent]) -> None:
    shop, mei, jun = desk
    hi, bye = await a_phrase(mei, "hi"), await a_phrase(mei, "bye")
    sending, paying = await a_group(mei, "Sending"), await a_group(jun, "Paying")
    fast, slow = await a_phrase(mei, "fast", group_id=sending), await a_phrase(mei, "slow", group_id=sending)
    assert await order(jun) == [(None, "hi"), (None, "bye"), ("Sending", "fast"), ("Sending", "slow")]
    async with shop.world.house.db.reading(shop.id) as tx:
        before = {row["id"]: row["position"] for row in await tx.fetch("select id, position from quick_phrase")}
    assert await place(jun, slow, group_id=sending, before=fast) == 200
    assert await place(jun, hi, group_id=paying, before=None) == 200
    assert await place(jun, f"groups/{paying}", before=sending) == 200
    assert await order(mei) == [(None, "bye"), ("Paying", "hi"), ("Sending", "slow"), ("Sending", "fast")]
    async with shop.world.house.db.reading(shop.id) as tx:
        after = {row["id"]: row["position"] for row in await tx.fetch("select id, position from quick_phrase")}
    assert {str(id_) for id_ in before if before[id_] != after[id_]} <= {slow, hi}, "nobody else is written anew"
    # what stands elsewhere meanwhile is said, and nothing is moved
    assert await place(mei, bye, group_id=sending, before=hi) == 409
    # a group goes, its phrases stay in their order
    assert (await mei.delete(f"/api/quick-phrases/groups/{sending}")).status_code == 200
    assert await order(jun) == [(None, "bye"), (None, "slow"), (None, "fast"), ("Paying", "hi")]
    # often between the same two: there is always a place
    for moved in [fast, slow] * 60:
        assert await place(mei, moved, group_id=None, before=fast if moved == slow else slow) == 200
    assert [word for _, word in await order(mei)][:3] == ["bye", "slow", "fast"]


async def test_two_who_put_into_order_at_once_end_in_one_order(desk: tuple[Shop, Agent, Agent]) -> None:
    _, mei, jun = desk
    ids = [await a_phrase(mei, f"p{n}") for n in range(6)]
    moves = [
        place(who, moved, group_id=None, before=ids[0])
        for moved, who in zip(ids[1:], [mei, jun] * 3, strict=False)
    ]  # fmt: skip
    assert await asyncio.gather(*moves) == [200] * 5
    assert (await order(mei))[-1] == (None, "p0"), "each stands before it, whoever came last"
    assert await order(mei) == await order(jun)
    rows = (await mei.get("/api/quick-phrases")).json()
    # any two of them have room between them still
    for left, right in pairwise(rows[1:]):
        assert await place(jun, rows[0]["id"], group_id=None, before=right["id"]) == 200
        words = [word for _, word in await order(mei)]
        assert words.index(rows[0]["shortcut"]) == words.index(left["shortcut"]) + 1


async def test_a_group_of_ones_own_is_nobody_elses_and_holds_only_ones_own(desk: tuple[Shop, Agent, Agent]) -> None:
    _, mei, jun = desk
    own, shared = await a_group(mei, "Mine", personal=True), await a_group(mei, "Ours")
    assert [one["name"] for one in (await jun.get("/api/quick-phrases/groups")).json()] == ["Ours"]
    for answer in (
        await jun.patch(f"/api/quick-phrases/groups/{own}", {"name": "stolen"}),
        await jun.delete(f"/api/quick-phrases/groups/{own}"),
        await jun.post("/api/quick-phrases", {"shortcut": "x", "text": "x", "group_id": own}),
        await mei.post("/api/quick-phrases", {"shortcut": "x", "text": "x", "group_id": own}),
        await mei.post("/api/quick-phrases", {"shortcut": "x", "text": "x", "group_id": shared, "personal": True}),
    ):
        assert answer.status_code == 404, answer.text
    mine = await a_phrase(mei, "mine", personal=True, group_id=own)
    everybodys = await a_phrase(jun, "ours", group_id=shared)
    assert await place(jun, f"groups/{own}", before=None) == 404
    assert await place(jun, mine, group_id=None, before=None) == 404
    assert await place(mei, mine, group_id=shared, before=None) == 404
    assert await place(mei, everybodys, group_id=own, before=None) == 404
    assert await order(mei) == [("Mine", "mine"), ("Ours", "ours")]


async def keep(agent: Agent, name: str = "cup.png") -> dict[str, Any]:
    kept: dict[str, Any] = (await agent.http.post("/api/files", files={"file": (name, png())})).json()
    return kept


async def test_a_picture_lies_with_its_phrase_and_goes_with_it_unless_somebody_has_said_it(
    front: Front, desk: tuple[Shop, Agent, Agent]
) -> None:
    shop, mei, jun = desk
    file = await keep(mei)

    async def with_picture(shortcut: str) -> tuple[str, dict[str, Any]]:
        content = {"kind": "image", "media": {"key": file["key"]}}
        made = await mei.post("/api/quick-phrases", {"shortcut": shortcut, "content": content})
        assert made.status_code == 201, made.text
        return made.json()["id"], made.json()["content"]["media"]

    async def is_there(key: str) -> bool:
        async with shop.world.house.db.reading(shop.id) as tx:
            known = await tx.fetchval("select count(*) from media where workspace_id = $1 and key = $2", shop.id, key)
        try:
            await front.world.house.media.size(shop.id, key)
        except FileNotFoundError:
            assert not known
            return False
        assert known
        return True

    unsaid, shown = await with_picture("cup")
    said, also = await with_picture("pot")
    assert len({file["key"], shown["key"], also["key"]}) == 3, "each phrase has a copy of its own"
    assert (shown["name"], shown["width"]) == ("cup.png", 40)
    assert (await jun.http.get(shown["url"])).status_code == 200
    # a change of its words leaves its picture; another picture takes its place, and the first one goes
    changed = (await jun.patch(f"/api/quick-phrases/{unsaid}", {"text": "our cup"})).json()
    assert changed["content"]["media"]["key"] == shown["key"]
    same = {"kind": "image", "media": {"key": shown["key"]}}
    kept = (await jun.patch(f"/api/quick-phrases/{unsaid}", {"content": same})).json()
    assert kept["content"]["media"]["key"] == shown["key"]
    other = {"kind": "image", "media": {"key": (await keep(jun, "other.png"))["key"]}}
    anew = (await jun.patch(f"/api/quick-phrases/{unsaid}", {"content": other})).json()["content"]["media"]
    assert not await is_there(shown["key"])

    door = await shop.connects("line", secrets=LINE)
    talk = await arrives(shop, door.inbox_id, "Hana", "show me")
    reply = {"id": str(uuid4()), "content": {"kind": "image", "media": {"key": also["key"]}}}
    answer = await jun.post(f"/api/conversations/{talk}/replies", reply)
    assert answer.status_code == 201, answer.text
    for id_ in (unsaid, said):
        assert (await mei.delete(f"/api/quick-phrases/{id_}")).status_code == 200
    assert not await is_there(anew["key"])
    assert await is_there(also["key"]), "the customer has it"
    assert await is_there(file["key"])


async def test_what_goes_with_a_phrase_is_checked(front: Front, desk: tuple[Shop, Agent, Agent]) -> None:
    _, mei, _ = desk
    _, others = await front.opens(f"Others {uuid4()}", "eve")
    theirs = {"kind": "image", "media": {"key": (await keep(others["eve"]))["key"]}}
    refused = await mei.post("/api/quick-phrases", {"shortcut": "a", "content": theirs})
    assert (refused.status_code, refused.json()["fields"]) == (422, {"content.media.key": "unknown"})
    id_ = await a_phrase(mei, "a")
    assert (await mei.patch(f"/api/quick-phrases/{id_}", {"content": theirs})).status_code == 422
    assert (await mei.post("/api/quick-phrases", {"shortcut": "b"})).json()["fields"] == {"text": "missing"}
    assert (await mei.patch(f"/api/quick-phrases/{id_}", {"text": ""})).json()["error"] == "no_words"
    card = {"kind": "card", "title": "The cup", "url": "https://shop.example/cup"}
    held = await mei.patch(f"/api/quick-phrases/{id_}", {"text": "", "content": card})
    assert held.json()["content"] == card
    assert (await mei.patch(f"/api/quick-phrases/{id_}", {"content": None})).json()["error"] == "no_words"
    bare = await mei.patch(f"/api/quick-phrases/{id_}", {"content": None, "text": "words"})
    assert (bare.json()["content"], bare.json()["text"]) == (None, "words")


async def test_a_phrase_is_spelt_in_pinyin_when_it_is_saved_and_one_of_old_when_it_is_read(
    desk: tuple[Shop, Agent, Agent],
) -> None:
    shop, mei, _ = desk
    id_ = await a_phrase(mei, "马上发货")
    assert (await mei.get("/api/quick-phrases")).json()[0]["pinyin"] == "ma shang fa huo"
    renamed = await mei.patch(f"/api/quick-phrases/{id_}", {"shortcut": "重新", "text": "银行卡"})
    assert renamed.json()["pinyin"].split(",")[0] == "zhong/chong/tong xin"
    async with shop.world.house.db.transaction(shop.id) as tx:
        await tx.execute(
            "update quick_phrase set pinyin = null where workspace_id = $1 and id = $2", shop.id, UUID(id_)
        )
    assert (await mei.get("/api/quick-phrases")).json()[0]["pinyin"] == renamed.json()["pinyin"]
    assert spelt("ship", "In English, かな") == ""
