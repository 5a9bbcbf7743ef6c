"""Conversations are judged when something is said, corrected by agents, and told of when somebody has waited for long."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from guanxi import conversations, judging
from guanxi.content import Text
from guanxi.infra.postgres import Server
from tests.http.desk import arrives
from tests.world import Shop, World, open_world

WEBCHAT = {"visitor_key": "visitor-key-of-the-tests", "identify_secret": "identify-secret"}


class Desk:
    """A shop with one web chat, seen by whoever reads its rows."""

    def __init__(self, world: World, shop: Shop, inbox: UUID) -> None:
        self.world, self.shop, self.inbox = world, shop, inbox

    async def writes(self, who: str, *texts: str) -> UUID:
        talk = await arrives(self.shop, self.inbox, who, *texts, channel="webchat")
        await self.world.follow_everything(self.shop.id)
        return talk

    async def answers(self, talk: UUID, text: str) -> None:
        async with self.world.house.db.transaction(self.shop.id) as tx:
            agent = self.shop.agents["mei"]
            await conversations.reply(tx, talk, id=uuid4(), content=Text(text), agent_id=agent)
        await self.world.follow_everything(self.shop.id)

    async def corrects(self, talk: UUID, **what: Any) -> None:
        async with self.world.house.db.transaction(self.shop.id) as tx:
            await judging.correct(tx, talk, **what, agent_id=self.shop.agents["mei"])
        await self.world.follow_everything(self.shop.id)

    async def stands(self, talk: UUID) -> tuple[str, str, str]:
        async with self.world.house.db.reading(self.shop.id) as tx:
            row = await tx.fetchrow(
                "select language, urgency, mood from conversation where workspace_id = $1 and id = $2",
                self.shop.id,
                talk,
            )
        return (row["language"], row["urgency"], row["mood"])

    async def happened(self, talk: UUID, kind: str) -> list[Any]:
        async with self.world.house.db.reading(self.shop.id) as tx:
            rows = await tx.fetch(
                """select payload, version from event where workspace_id = $1 and conversation_id = $2 and kind = $3
                   order by xid, id""",
                self.shop.id,
                talk,
                kind,
            )
        return [row["payload"] for row in rows]


@pytest_asyncio.fixture
async def desk(own_server: Server, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("青禾陶作", "mei")
        door = await shop.connects("webchat", secrets=WEBCHAT)
        yield Desk(world, shop, door.inbox_id)


async def test_what_is_said_is_judged_with_an_event_that_names_the_reasons_and_an_answer_lowers_it(desk: Desk) -> None:
    await desk.writes("chen", "在吗", "请问", "订单的事")
    desk.world.clock.forward(minutes=2)
    await desk.writes("chen", "一直没动")
    desk.world.clock.forward(minutes=2)
    talk = await desk.writes("chen", "人呢,我要投诉")
    assert await desk.stands(talk) == ("zh-CN", "urgent", "falling")
    told = (await desk.happened(talk, "conversation.judged"))[-1]
    assert [(one["what"], one.get("word")) for one in told["reasons"] if one["about"] == "urgency"] == [
        ("word", "投诉"), ("unanswered", None),
    ]  # fmt: skip
    await desk.answers(talk, "马上为您查询")
    assert (await desk.stands(talk))[1] == "high"
    before = len(await desk.happened(talk, "conversation.judged"))
    await desk.answers(talk, "已经查到了")
    assert len(await desk.happened(talk, "conversation.judged")) == before


async def test_what_an_agent_set_stands_until_the_contact_says_something_that_speaks_against_it(desk: Desk) -> None:
    talk = await desk.writes("chen", "I would like a refund please")
    await desk.corrects(talk, urgency="low", mood="glad")
    assert await desk.stands(talk) == ("en", "low", "glad")
    await desk.writes("chen", "the blue one")
    assert await desk.stands(talk) == ("en", "low", "glad")
    await desk.writes("chen", "this is the third time that I ask")
    assert (await desk.stands(talk))[1:] == ("high", "glad")
    assert (await desk.happened(talk, "conversation.corrected"))[0]["urgency"] == "low"


async def test_a_corrected_language_wins_from_then_on_and_is_remembered_for_the_contact(desk: Desk) -> None:
    talk = await desk.writes("kim", "hello, is anyone there?")
    await desk.corrects(talk, language="ko")
    await desk.writes("kim", "I would like to order a mug please")
    assert (await desk.stands(talk))[0] == "ko"
    async with desk.world.house.db.transaction(desk.shop.id) as tx:
        await conversations.resolve(tx, talk, agent_id=None)
    desk.world.clock.forward(days=3)
    later = await desk.writes("kim", "good morning, me again with a question")
    assert later != talk
    assert (await desk.stands(later))[0] == "ko"
    await desk.corrects(later, language="")
    assert (await desk.stands(later))[0] == "en"
    async with desk.world.house.db.transaction(desk.shop.id) as tx:
        with pytest.raises(judging.Refused):
            await judging.correct(tx, later, language="xx", agent_id=desk.shop.agents["mei"])


async def test_a_message_keeps_its_own_language_and_an_ok_changes_nothing(desk: Desk) -> None:
    talk = await desk.writes("chen", "商品がまだ届いていません。", "ok", "了解", "where is my parcel please")
    async with desk.world.house.db.reading(desk.shop.id) as tx:
        rows = await tx.fetch(
            """select language from message where workspace_id = $1 and conversation_id = $2 and author = 'contact'
               order by seq""",
            desk.shop.id,
            talk,
        )
    assert [row["language"] for row in rows] == ["ja", "", "ja", "en"]
    assert (await desk.stands(talk))[0] == "ja"


async def test_who_has_waited_for_half_an_hour_is_urgent_by_itself_once_and_not_when_he_was_answered(
    desk: Desk,
) -> None:
    waits = await desk.writes("chen", "hello")
    answered = await desk.writes("liu", "hello")
    await desk.answers(answered, "hello")
    desk.world.clock.forward(minutes=31)
    async with desk.world.house.db.transaction(
        desk.shop.id
    ) as tx:  # the lanes' clock is the database's: both are due now
        await tx.execute("update lane set next_at = now() where workspace_id = $1 and pool = 'waited'", desk.shop.id)
    for _ in range(2):
        await desk.world.send_everything()
        await desk.world.follow_everything(desk.shop.id)
    assert [one["minutes"] for one in await desk.happened(waits, "conversation.waited")] == [judging.LONG_WAIT]
    assert (await desk.stands(waits))[1] == "high"
    assert await desk.happened(answered, "conversation.waited") == []
    assert (await desk.stands(answered))[1] == "normal"
