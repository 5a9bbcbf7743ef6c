"""KakaoTalk customers speak to the chatbot and in a consultation, and agents answer as long as Kakao lets them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import msgspec
import pytest_asyncio

from guanxi import conversations, views
from guanxi.content import Choices, Content, File, Image, Location, Media, Option, Text, Voice
from guanxi.demo.platforms import kakao, serve
from guanxi.demo.platforms.pictures import tea_tin
from guanxi.http.webhooks import webhooks
from guanxi.inboxes import Door
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.world import Shop, World, open_world

HANA, SORA = "b7c1e09d3f", "Hq2Wn8"
ADMIN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


@dataclass(slots=True)
class Place:
    """A shop with a chatbot and with a consultation talk, each on a channel of its own."""

    world: World
    shop: Shop
    bot: kakao.Platform
    counsel: kakao.Platform
    doors: dict[str, Door]

    async def thread(self, person: str) -> tuple[Any, list[dict[str, Any]]]:
        """The person's newest conversation as the desk has it, and its messages."""
        async with self.world.house.db.reading(self.shop.id) as tx:
            found = await tx.fetchval(
                """select c.id from conversation c join identity i on i.workspace_id = c.workspace_id and i.id = c.identity_id
                   where c.workspace_id = $1 and i.external_id = $2 order by c.opened_at desc, c.id desc limit 1""",
                self.shop.id,
                person,
            )
            row = (await views.rows_by_id(tx, [found]))[found]
            body = await views.messages(tx, found, before=None, after=None, limit=50)
            assert body is not None
            return views.reply_of(row, tx), [{**one, "in": found} for one in msgspec.json.decode(body)["rows"]]

    async def reads(self) -> None:
        """What arrived is read, its files are fetched, and the followers hear of it."""
        await self.world.read_everything()
        await self.world.follow_everything(self.shop.id)
        await self.world.send_everything()

    async def answers(self, person: str, content: Content | str) -> None:
        """An agent answers, and it is sent."""
        _, rows = await self.thread(person)
        said = Text(content) if isinstance(content, str) else content
        async with self.world.house.db.transaction(self.shop.id) as tx:
            agent = self.shop.agents["林薇"]
            await conversations.reply(tx, rows[0]["in"], id=uuid4(), content=said, agent_id=agent)
        await self.world.send_everything()

    async def keeps(self, body: bytes, name: str) -> Media:
        stored = await self.world.house.media.put(self.shop.id, body, name)
        async with self.world.house.db.transaction(self.shop.id) as tx:
            await conversations.keep_media(tx, stored)
        return Media(key=stored.key, type=stored.type, name=stored.name, size=stored.size)

    async def states(self, person: str) -> list[tuple[str, str]]:
        _, rows = await self.thread(person)
        return [(row["state"], row["reason"]) for row in rows if row["author"] == "agent"]

    async def now(self) -> None:
        """What was put off is due."""
        async with self.world.house.db.transaction(self.shop.id) as tx:
            await tx.execute(
                "update lane set next_at = now() where workspace_id = $1 and next_at > now()", self.shop.id
            )
            await tx.execute("delete from pool_hold where workspace_id = $1 and until is not null", self.shop.id)
        await self.world.send_everything()


@pytest_asyncio.fixture
async def place(server: Server) -> AsyncIterator[Place]:
    bot = kakao.Platform(inbound_key="bot_key_0123456789", admin_key=ADMIN, way="bot")
    counsel = kakao.Platform(inbound_key="counsel_key_0123456789", client_secret="secret of the dealer")
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(open_folder())
        for platform in (bot, counsel):
            platform.address = await stack.enter_async_context(serve(platform.app))
        hosts = tuple(urlsplit(one.address).netloc for one in (bot, counsel))
        world = await stack.enter_async_context(
            open_world(server, folder, private_hosts_allowed=hosts, public_url="https://desk.example")
        )
        shop = await world.shop()
        doors = {
            "bot": await shop.connects(
                "kakao",
                {
                    "way": "bot",
                    "callback_hosts": f"kakao.com, {hosts[0]}",
                    "bot_id": bot.bot_id,
                    "channel_public_id": bot.public_id,
                },
                {"inbound_key": bot.inbound_key, "admin_key": ADMIN},
            ),
            "counsel": await shop.connects(
                "kakao",
                {
                    "way": "counsel",
                    "sender_key": counsel.sender_key,
                    "client_id": counsel.client_id,
                    "api_base": counsel.address,
                },
                {"inbound_key": counsel.inbound_key, "client_secret": counsel.client_secret},
            ),
        }
        own = await stack.enter_async_context(serve(webhooks(world.doors, world.ingest)))
        for name, platform in (("bot", bot), ("counsel", counsel)):
            platform.webhook = f"{own}/in/{doors[name].address}"
            platform.clock = lambda: world.clock().timestamp()
            platform.redelivers = 0
        async with world.house.db.transaction(shop.id) as tx:
            await tx.execute(
                "update workspace set greeting = '안녕하세요', away_text = '안녕하세요' where id = $1", shop.id
            )
        yield Place(world, shop, bot, counsel, doors)


async def test_the_bot_says_that_somebody_looks_and_one_answer_follows_within_a_minute(place: Place) -> None:
    said = await place.bot.customer_asks_bot(HANA, "주전자 재고 있나요?")
    assert said["useCallback"] is True
    assert "상담원" in said["data"]["text"]
    await place.reads()
    reply, rows = await place.thread(HANA)
    assert [(row["author"], row["content"].get("text")) for row in rows] == [
        ("contact", "주전자 재고 있나요?")
    ]  # no greeting
    assert (reply.can, reply.window.by, reply.window.left, reply.after_window) == (True, "callback", 1, "none")
    asked = Choices("어떤 색이 좋으세요?", (Option("청자", "blue"), Option("백자", "white")))
    await place.answers(HANA, asked)
    (got,) = place.bot.received(HANA)
    assert got == {"simpleText": {"text": "어떤 색이 좋으세요?"}}
    reply, _ = await place.thread(HANA)
    assert (reply.can, reply.reason) == (False, "window_closed")

    await place.bot.customer_taps(HANA, 1)
    await place.bot.customer_asks_bot(HANA, "네")
    await place.bot.customer_asks_bot(HANA, "네", callback=False)
    await place.reads()
    reply, rows = await place.thread(HANA)
    chosen = rows[2]["content"]
    assert (chosen["kind"], chosen["text"], chosen["id"]) == ("chosen", "백자", "white")
    assert [row["content"]["text"] for row in rows[3:]] == ["네", "네"]  # the same words twice are two messages
    assert reply.window.left == 2  # each message opened a minute of its own
    place.world.clock.forward(minutes=10)  # arrivals are stamped by the real clock
    reply, _ = await place.thread(HANA)
    assert (reply.can, reply.reason) == (False, "window_closed")
    await place.answers(HANA, "늦었습니다")
    assert (await place.states(HANA))[-1] == ("failed", "window_closed")
    assert len(place.bot.received(HANA)) == 1


async def test_a_callback_that_kakao_has_ended_fails_and_one_that_it_took_without_a_word_is_unknown(
    place: Place,
) -> None:
    await place.bot.customer_asks_bot(HANA, "하나")
    await place.bot.customer_asks_bot(HANA, "둘")
    await place.reads()
    first, _ = place.bot.callbacks
    del place.bot.callbacks[first]
    await place.answers(HANA, "답변")  # goes by the second, at once
    assert await place.states(HANA) == [("sent", "")]
    await place.bot.customer_asks_bot(HANA, "셋")
    await place.reads()
    place.bot.script.next("callback", "accept_then_drop")
    await place.answers(HANA, "도착했을까요")
    await place.now()
    assert (await place.states(HANA))[-1] == ("unknown", "no_answer")
    assert len(place.bot.received(HANA)) == 2


async def test_a_block_without_callback_says_that_nobody_can_answer_there(place: Place) -> None:
    said = await place.bot.customer_asks_bot(HANA, "여보세요", callback=False)
    (output,) = said["template"]["outputs"]
    assert "바로 답변을 드릴 수 없으니" in output["simpleText"]["text"]
    await place.reads()
    reply, _ = await place.thread(HANA)
    assert (reply.can, reply.reason) == (False, "window_closed")


async def test_without_the_key_or_with_another_inboxes_nothing_is_kept(place: Place) -> None:
    said = {"userRequest": {"utterance": "x", "user": {"id": HANA}}, "bot": {"id": place.bot.bot_id}}
    key = {"x-guanxi-key": place.bot.inbound_key}
    added = {"event": "added", "id": "1", "id_type": "open_id", "channel_public_id": place.bot.public_id}
    admin = {"authorization": f"KakaoAK {ADMIN}"}
    tries: list[tuple[dict[str, Any], dict[str, str]]] = [
        (said, {}),
        (said, {"x-guanxi-key": "wrong"}),
        (said, {"x-guanxi-key": place.counsel.inbound_key}),
        ({**said, "bot": {"id": "another"}}, key),
        (added, {"authorization": "KakaoAK"}),
        (added, {"authorization": f"KakaoAK {ADMIN[:-1]}1"}),
        ({**added, "channel_public_id": "_other"}, admin),
    ]
    async with httpx.AsyncClient(trust_env=False) as http:
        answers = [await http.post(place.bot.webhook, json=body, headers=headers) for body, headers in tries]
        assert [answer.status_code for answer in answers] == [401] * len(tries)
    async with place.world.house.db.reading(place.shop.id) as tx:
        assert await tx.fetchval("select count(*) from inbound_event where workspace_id = $1", place.shop.id) == 0


async def test_a_consultation_goes_both_ways_until_it_ends(place: Place) -> None:
    await place.counsel.customer_begins(SORA, title="청화 찻잔")
    await place.counsel.customer_says(SORA, "배송이 언제 오나요?", times=3)
    await place.counsel.customer_says(SORA, Image(Media(type="image/png")), tea_tin())
    await place.counsel.customer_says(SORA, Location(37.58, 126.98, address="서울 종로구"))
    await place.counsel.customer_says(SORA, Voice(Media(type="audio/mpeg", name="말.mp3")), b"ID3" + bytes(60))
    await place.counsel.customer_adds(SORA, "muted")
    await place.reads()
    reply, rows = await place.thread(SORA)
    kinds = [row["kind"] for row in rows if row["author"] in ("contact", "system")]
    assert kinds == ["event", "text", "image", "location", "voice"]
    assert rows[0]["content"]["details"]["title"] == "청화 찻잔"
    picture = next(row["content"]["media"] for row in rows if row["kind"] == "image")
    assert (picture["type"], bool(picture["key"])) == ("image/png", True)
    assert (reply.can, reply.window.by, reply.window.left) == (True, "counsel", None)
    assert place.counsel.received(SORA)[0]["message"] == "안녕하세요"  # here a greeting costs nothing

    await place.answers(SORA, "오늘 발송됩니다.")
    await place.answers(SORA, Image(await place.keeps(tea_tin(), "통.png")))
    await place.answers(SORA, File(await place.keeps(b"%PDF-1.4", "견적서.pdf")))
    said = [(one["message_type"], one.get("message", "")) for one in place.counsel.received(SORA)[1:]]
    assert said == [("TX", "오늘 발송됩니다."), ("IM", ""), ("FI", "견적서.pdf")]
    assert await place.states(SORA) == [("sent", "")] * 3

    place.world.clock.forward(days=29)
    assert (await place.thread(SORA))[0].can
    await place.counsel.customer_leaves(SORA)
    await place.reads()
    reply, rows = await place.thread(SORA)
    assert (reply.can, rows[-1]["content"]["what"]) == (False, "counsel_ended")
    await place.counsel.customer_says(SORA, "다시 왔어요")
    await place.reads()
    assert (await place.thread(SORA))[0].can
    place.world.clock.forward(days=31)
    assert not (await place.thread(SORA))[0].can


async def test_resolving_ends_the_consultation_behind_what_is_still_on_its_way(place: Place) -> None:
    await place.counsel.customer_says(SORA, "감사합니다")
    await place.reads()
    _, rows = await place.thread(SORA)
    agent = place.shop.agents["林薇"]
    async with place.world.house.db.transaction(place.shop.id) as tx:
        await conversations.reply(tx, rows[0]["in"], id=uuid4(), content=Text("안녕히 가세요"), agent_id=agent)
        await conversations.resolve(tx, rows[0]["in"], agent_id=agent)
    await place.world.follow_everything(place.shop.id)
    place.counsel.script.next("chat-write", status=429, headers={"retry-after": "40"})
    await place.world.send_everything()
    assert (await place.states(SORA), place.counsel.calls["chat-end"]) == ([("waiting", "too_fast")], 0)
    await place.now()
    await place.now()
    assert (await place.states(SORA), place.counsel.calls["chat-end"]) == ([("sent", "")], 1)
    assert place.counsel.chats[SORA].open_until == 0.0
    assert not (await place.thread(SORA))[0].can


async def test_a_relay_that_ends_refuses_or_drops_is_told_apart(place: Place) -> None:
    await place.counsel.customer_says(SORA, "하나")
    await place.reads()
    place.counsel.script.next("chat-write", "accept_then_drop")
    await place.answers(SORA, "도착했을까요")
    await place.now()
    assert await place.states(SORA) == [("unknown", "no_answer")]
    _, rows = await place.thread(SORA)
    seq = next(row["seq"] for row in rows if row["state"] == "unknown")
    async with place.world.house.db.transaction(place.shop.id) as tx:
        me = place.shop.agents["林薇"]
        await conversations.settle_unknown(tx, rows[0]["in"], seq, sent=False, agent_id=me)
    await place.now()
    assert await place.states(SORA) == [("sent", "")]
    assert [one["message"] for one in place.counsel.received(SORA)].count("도착했을까요") == 1

    place.counsel.chats[SORA].open_until = 0.0  # the dealer knows it before we do
    await place.answers(SORA, "늦었습니다")
    assert (await place.states(SORA))[-1] == ("failed", "counsel_over")
    assert not (await place.thread(SORA))[0].can

    await place.counsel.customer_says(SORA, "둘")
    await place.reads()
    place.counsel.sender_key = "0" * 40
    await place.answers(SORA, "기다립니다")
    assert (await place.states(SORA))[-1] == ("waiting", "sender_refused")
    async with place.world.house.db.reading(place.shop.id) as tx:
        paused = await tx.fetchval(
            "select state from inbox where workspace_id = $1 and id = $2",
            place.shop.id,
            place.doors["counsel"].inbox_id,
        )
    assert paused == "paused"


async def test_who_adds_and_blocks_is_known_once_and_a_senseless_item_costs_nobody_else(place: Place) -> None:
    await place.bot.customer_adds("1376016924", times=2)
    await place.bot.customer_adds("1376016924", "blocked")
    item = {"user_key": SORA, "type": "text", "content": "살아 있어요", "serialNumber": "1"}
    body = [{"?": 1}, None, {**item, "content": {"a": []}, "serialNumber": "0", "type": 7}, item]
    async with httpx.AsyncClient(trust_env=False) as http:
        address = f"{place.counsel.webhook}?key={place.counsel.inbound_key}"
        assert (await http.post(address, json=body)).status_code == 200
    await place.reads()
    async with place.world.house.db.reading(place.shop.id) as tx:
        rows = await tx.fetch("select external_id, followed from identity where workspace_id = $1", place.shop.id)
        quarantined = await tx.fetchval(
            "select count(*) from inbound_event where workspace_id = $1 and state = 2", place.shop.id
        )
        kept = await tx.fetch(
            "select headers::text, query::text from inbound_event where workspace_id = $1", place.shop.id
        )
    assert {(row["external_id"], row["followed"]) for row in rows} >= {("app_user_id:1376016924", False), (SORA, True)}
    assert not [row for row in kept for secret in (place.counsel.inbound_key, ADMIN) if secret in row[0] + row[1]]
    assert quarantined == 0
    _, messages = await place.thread(SORA)
    assert messages[-1]["content"]["text"] == "살아 있어요" or messages[-2]["content"]["text"] == "살아 있어요"
