"""A customer goes on with a conversation on another channel, by a code that is his alone; and nobody else can."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from guanxi import conversations, reports
from guanxi.channel_kit import Request
from guanxi.infra.postgres import Server
from tests.http.desk import Agent, Front, arrives, open_front
from tests.stories.test_line_message import SECRETS, line_request
from tests.world import Shop

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def front(server: Server, tmp_path: Path) -> AsyncIterator[Front]:
    async with open_front(server, tmp_path) as front:
        yield front


class House:
    """A shop with a web chat and LINE, somebody who waits in the web chat, and Mei who has him."""

    def __init__(self, front: Front, shop: Shop, people: dict[str, Agent], line: Any, chat: UUID, other: UUID) -> None:
        self.front, self.shop, self.people, self.line, self.chat, self.other = front, shop, people, line, chat, other
        self.said = 0

    @property
    def boss(self) -> Agent:
        return self.people["boss"]

    async def code(self, conversation: UUID) -> str:
        given = await self.boss.post(f"/api/conversations/{conversation}/crossings", {"inbox_id": str(self.other)})
        assert given.status_code == 201, given.text
        told = given.json()
        assert told["code"] in told["text"]
        assert told["address"].endswith(f"?go={told['code']}")
        assert told["picture"]
        return str(told["code"])

    async def says(self, person: str, text: str) -> None:
        """On LINE."""
        self.said += 1
        request: Request = line_request(text, f"{self.said}", person)
        await self.shop.hears(self.line, request)
        await self.front.world.read_everything()
        await self.front.world.follow_everything(self.shop.id)

    async def rows(self, sql: str, *more: Any) -> list[Any]:
        async with self.front.world.house.db.reading(self.shop.id) as tx:
            return await tx.fetch(sql, self.shop.id, *more)

    async def of(self, person: str) -> Any:
        """The newest conversation of somebody on LINE, with his contact."""
        rows = await self.rows(
            """select c.*, d.contact_id from identity d join conversation c on c.workspace_id = $1 and c.identity_id = d.id
               where d.workspace_id = $1 and d.external_id = $2 order by c.last_at desc, c.id desc limit 1""",
            person,
        )
        return rows[0]


@pytest_asyncio.fixture
async def house(front: Front) -> House:
    shop, people = await front.opens("Kiln", "mei")
    line = await shop.connects("line", secrets=SECRETS)
    chat = (await shop.connects("webchat", secrets={"visitor_key": "k" * 40})).inbox_id
    other = (await shop.connects("webchat", secrets={"visitor_key": "o" * 40})).inbox_id
    return House(front, shop, people, line, chat, other)


async def a_talk(house: House, who: str = "visitor-1") -> UUID:
    """He has waited for ten minutes, with Mei, under a tag."""
    talk = await arrives(house.shop, house.chat, who, "where is my vase?", channel="webchat")
    await house.boss.post(f"/api/conversations/{talk}/assign", {"agent_id": str(house.people["mei"].id)})
    await house.boss.post(f"/api/conversations/{talk}/tags", {"tags": ["vase"]})
    house.front.world.clock.forward(minutes=10)
    return talk


async def row(house: House, talk: UUID) -> Any:
    rows = await house.rows(
        """select c.*, d.contact_id from conversation c join identity d on d.workspace_id = $1 and d.id = c.identity_id
           where c.workspace_id = $1 and c.id = $2""",
        talk,
    )
    return rows[0]


async def test_who_goes_on_elsewhere_keeps_his_place_his_agent_and_his_story(house: House) -> None:
    talk = await a_talk(house)
    before = await row(house, talk)
    code = await house.code(talk)
    places = (await house.boss.get(f"/api/conversations/{talk}/crossings")).json()
    assert sorted((one["channel"], one["way"]) for one in places) == [("line", "link"), ("webchat", "page")]
    await house.says("U-ken", code.lower())  # as he types it
    new, old = await house.of("U-ken"), await row(house, talk)
    assert new["contact_id"] == before["contact_id"]
    assert new["came_from"] == talk
    for kept in ("assignee_id", "queue_id", "waiting_since", "opened_at", "tags", "priority", "weight", "turn_at"):
        assert new[kept] == before[kept], kept
    assert (old["state"], old["waiting_since"], new["state"], new["transfers"]) == (2, None, 0, 1)
    loads = await house.rows("select load from agent where workspace_id = $1 and id = $2", house.people["mei"].id)
    assert loads[0]["load"] == 1
    detail = (await house.boss.get(f"/api/conversations/{new['id']}")).json()
    assert [(one["id"], one["how"], one["channel"]) for one in detail["linked"]] == [
        (str(talk), "came_from", "webchat")
    ]
    said = (await house.boss.get(f"/api/conversations/{new['id']}/messages")).json()["rows"]
    assert [one["content"].get("what") or one["author"] for one in said] == ["contact", "bot", "came_over"]
    asked = await house.rows("select id from rating where workspace_id = $1 union select id from message where false")
    assert asked == []  # nothing was settled, so nobody is asked what it was like
    async with house.front.world.house.db.reading(house.shop.id) as tx:
        _, today = await reports.today(tx)
        found = await reports.equal_channels(tx, today - timedelta(days=1), today)
    assert [(one.channel, one.opened, one.moved, one.transferred, one.passed_on) for one in found.channels] == [
        ("line", 0, 1, 1, 1),
        ("webchat", 1, 0, 0, 0),
    ]


async def test_a_code_is_for_one_person_once_and_not_for_long(house: House) -> None:
    talk = await a_talk(house)
    whose = (await row(house, talk))["contact_id"]
    code, second, late = [await house.code(talk) for _ in range(3)]
    await house.says("U-regular", "hello")  # whom we know already is himself, whatever he sends
    await house.says("U-regular", code)
    assert (await house.of("U-regular"))["contact_id"] != whose
    await house.says("U-talker", f"my code is {code}")  # it stands alone, or it is none
    assert (await house.of("U-talker"))["contact_id"] != whose
    await house.says("U-ken", code)
    assert (await house.of("U-ken"))["contact_id"] == whose
    for stranger, tried in (("U-forwarded", code), ("U-quick", second), ("U-guess", "GX-0000-0000-0000")):
        await house.says(stranger, tried)
        his = await house.of(stranger)
        assert (his["contact_id"] != whose, his["came_from"]) == (True, None), stranger
    another = await a_talk(house, "visitor-2")
    late = await house.code(another)
    house.front.world.clock.forward(minutes=31)
    await house.says("U-late", late)
    assert (await house.of("U-late"))["came_from"] is None


async def test_a_code_opens_nothing_in_another_workspace_and_guessing_ends(house: House) -> None:
    talk = await a_talk(house)
    code = await house.code(talk)
    shop, people = await house.front.opens("Rival", "jo")
    line = await shop.connects("line", secrets=SECRETS)
    chat = (await shop.connects("webchat", secrets={"visitor_key": "r" * 40})).inbox_id
    rival = House(house.front, shop, people, line, chat, chat)
    await rival.says("U-spy", code)
    assert (await rival.of("U-spy"))["came_from"] is None
    for who in (people["boss"], people["jo"]):
        for path in (f"/api/conversations/{talk}/crossings",):
            assert (await who.get(path)).status_code == 404
            assert (await who.post(path, {"inbox_id": str(chat)})).status_code == 404
    mine = await arrives(shop, chat, "v", "hi", channel="webchat")
    foreign = await people["boss"].post(f"/api/conversations/{mine}/crossings", {"inbox_id": str(house.other)})
    assert foreign.status_code == 404
    for n in range(conversations.MOST_MISSES):
        await house.says(f"U-guesser-{n}", f"GX-0000-0000-{n:04d}")
    await house.says("U-ken", code)
    assert (await house.of("U-ken"))["came_from"] is None  # nobody is looked up here for an hour
    house.front.world.clock.forward(minutes=61)
    await house.says("U-kenji", await house.code(talk))
    assert (await house.of("U-kenji"))["came_from"] == talk


async def test_when_somebody_else_came_each_is_himself_again(house: House) -> None:
    talk = await a_talk(house)
    before = await row(house, talk)
    await house.says("U-thief", await house.code(talk))
    new = await house.of("U-thief")
    shown = await house.rows(
        "select content ->> 'text' as text from message where workspace_id = $1 and conversation_id = $2 and author = 'bot'",
        talk,
    )
    assert "go" in shown[0]["text"]
    assert "LINE" in shown[0]["text"]
    sent = await house.rows(
        "select content ->> 'text' as text from message where workspace_id = $1 and conversation_id = $2 and author = 'bot'",
        new["id"],
    )
    assert "vase" not in str(sent)  # nothing of what was said there
    undone = await house.boss.delete(f"/api/conversations/{new['id']}/crossing")
    assert undone.status_code == 200, undone.text
    thief, old = await house.of("U-thief"), await row(house, talk)
    assert thief["contact_id"] != old["contact_id"] == before["contact_id"]
    assert (thief["came_from"], list(thief["tags"])) == (None, [])
    assert (old["state"], old["assignee_id"], old["waiting_since"] is not None) == (0, before["assignee_id"], True)
    assert (await house.boss.delete(f"/api/conversations/{new['id']}/crossing")).status_code == 404
