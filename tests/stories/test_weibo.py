"""Weibo: a direct message is answered in private, a comment in public, and neither ever takes the other's way."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest_asyncio

from guanxi import channels, conversations, inboxes
from guanxi.channel_kit import Access, Page, Pull, Received, Request
from guanxi.content import Content, Image, Location, Media, Text
from guanxi.demo.platforms import serve, weibo
from guanxi.demo.platforms.pictures import tea_tin
from guanxi.http.webhooks import webhooks
from guanxi.inboxes import Door
from guanxi.infra.postgres import Server
from guanxi.worker import keep_time
from tests.channels.lending import beside
from tests.world import Shop, World, open_world

HE, ZHOU = "6402117733", "7215540096"
UID = "5187003621"
SECRETS = {"app_secret": "kiln", "message_token": "token-of-messages", "user_token": "token-of-comments"}


@dataclass(slots=True)
class Stage:
    world: World
    shop: Shop
    platform: weibo.Platform
    door: Door

    async def looks(self) -> None:
        """It is time to look at every feed, and the hands do it."""
        async with self.world.house.db.transaction(self.shop.id) as tx:
            await tx.execute("update inbox_cursor set next_at = now() where workspace_id = $1", self.shop.id)
        await keep_time.poll(self.world.house, self.world.doors)
        await self.hands()

    async def hands(self) -> None:
        for _ in range(3):
            await self.world.read_everything()
            await self.world.send_everything()

    async def rows(self, sql: str, *args: Any) -> list[Any]:
        async with self.world.house.db.reading(self.shop.id) as tx:
            return await tx.fetch(sql, self.shop.id, *args)

    async def talks(self) -> list[tuple[str, str, str]]:
        """(who, medium, what was said last) of every conversation."""
        rows = await self.rows(
            """select d.name, c.medium, c.last_text from conversation c
               join identity d on d.workspace_id = $1 and d.id = c.identity_id where c.workspace_id = $1"""
        )
        return sorted((row["name"], row["medium"], row["last_text"]) for row in rows)

    async def talk(self, uid: str, medium: str) -> UUID:
        (row,) = await self.rows(
            """select c.id from conversation c join identity d on d.workspace_id = $1 and d.id = c.identity_id
               where c.workspace_id = $1 and d.external_id = $2 and c.medium = $3""",
            uid,
            medium,
        )
        return UUID(str(row["id"]))

    async def answers(self, talk: UUID, content: Content | str, *, public: bool = False) -> tuple[str, str]:
        id_ = uuid4()
        async with self.world.house.db.transaction(self.shop.id) as tx:
            said = Text(content) if isinstance(content, str) else content
            agent = self.shop.agents["林薇"]
            await conversations.reply(tx, talk, id=id_, content=said, agent_id=agent, public=public)
        await self.hands()
        (row,) = await self.rows("select state, reason from message where workspace_id = $1 and id = $2", id_)
        return row["state"], row["reason"]


@pytest_asyncio.fixture
async def stage(server: Server, tmp_path: Path) -> AsyncIterator[Stage]:
    platform = weibo.Platform(uid=UID, **SECRETS)
    platform.add_customer(HE, "何静")
    platform.add_customer(ZHOU, "周子涵")
    async with contextlib.AsyncExitStack() as stack:
        base = await stack.enter_async_context(serve(platform.app))
        world = await stack.enter_async_context(
            open_world(server, tmp_path, private_hosts_allowed=(urlsplit(base).netloc,))
        )
        platform.clock = lambda: world.clock().timestamp()
        platform.posts(UID, "新釉色今天上架")
        shop = await world.shop("青禾陶作")
        await shop.comes_online()
        door = await shop.connects("weibo", {"uid": UID, "api_base": base, "closed_codes": "30001"}, SECRETS)
        origin = await stack.enter_async_context(serve(webhooks(world.doors, world.ingest)))
        platform.webhook = f"{origin}/in/{door.address}"
        yield Stage(world, shop, platform, door)


async def test_a_message_twice_pushed_is_one_and_its_answer_reaches_that_person_alone(stage: Stage) -> None:
    assert await stage.platform.customer_says(HE, "青釉杯还有货吗？", times=2)
    assert [body for _, body in stage.platform.answers] == [b"", b""]
    await stage.hands()
    assert await stage.talks() == [("何静", "chat", "青釉杯还有货吗？")]
    talk = await stage.talk(HE, "chat")
    assert await stage.answers(talk, "还有三只") == ("sent", "")
    assert await stage.answers(talk, Location(29.29, 117.21, title="工作室")) == ("sent", "")
    assert [one["type"] for one in stage.platform.received(HE)] == ["text", "position"]
    assert stage.platform.own_comments() == []
    await stage.platform.customer_says(HE, Image(Media(name="cup.png", type="image/png")), tea_tin())
    await stage.hands()
    (picture,) = await stage.rows("select content from message where workspace_id = $1 and kind = 'image'")
    assert picture["content"]["media"]["key"]
    stage.world.clock.forward(hours=49)
    assert await stage.answers(talk, "还在吗") == ("failed", "window_closed")


async def test_an_account_that_pushes_xml_is_heard_as_well(stage: Stage) -> None:
    stage.platform.as_xml = True
    assert await stage.platform.customer_says(HE, "青釉杯还有货吗？", times=2)
    await stage.platform.customer_says(HE, Image(Media(name="cup.png", type="image/png")), tea_tin())
    await stage.platform.customer_says(HE, Location(29.29, 117.21, address="珠山区"))
    await stage.platform.customer_does(HE, "follow")
    stage.platform.as_xml = False
    await stage.platform.customer_says(HE, "青釉杯还有货吗？")  # the very same, in the other format: still one
    await stage.hands()
    rows = await stage.rows(
        "select content, kind from message where workspace_id = $1 and author = 'contact' order by seq"
    )
    assert [row["kind"] for row in rows] == ["text", "image", "location"]
    assert rows[1]["content"]["media"]["key"]
    assert await stage.answers(await stage.talk(HE, "chat"), "还有三只") == ("sent", "")
    stage.platform.as_xml, stage.platform.uid = True, "5187003622"
    assert not await stage.platform.customer_says(HE, "to another account")  # of the same app, which signs alike


async def test_comments_are_fetched_answered_in_public_and_go_on_in_private(stage: Stage) -> None:
    stage.platform.customer_comments(HE, "before anybody looked")
    await stage.looks()
    assert await stage.talks() == []  # the first look only notes where the feed stands
    first = stage.platform.customer_comments(HE, "还会补货吗？")
    stage.platform.customer_comments(ZHOU, "同问")
    await stage.looks()
    await stage.looks()
    assert await stage.talks() == [("何静", "comment", "还会补货吗？"), ("周子涵", "comment", "同问")]
    talk = await stage.talk(HE, "comment")
    assert await stage.answers(talk, "周五补货", public=True) == ("sent", "")
    (own,) = stage.platform.own_comments()
    assert (own.text, own.answers) == ("周五补货", first.id)
    assert stage.platform.received(HE) == []
    assert await stage.answers(talk, "周五补货", public=True) == ("failed", "repeated_text")
    stage.platform.customer_deletes(first)
    assert await stage.answers(talk, "到时见", public=True) == ("failed", "gone")
    await stage.looks()
    (taken,) = await stage.rows(
        "select state from message where workspace_id = $1 and seq = 1 and conversation_id = $2", talk
    )
    assert taken["state"] == "unsent"
    assert len(await stage.talks()) == 2  # neither our own comment nor what is gone opens anything
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        agent = stage.shop.agents["林薇"]
        private = await conversations.follow_up_privately(tx, talk, medium="chat", agent_id=agent)
    assert await stage.answers(private, "请把地址发给我") == ("failed", "window_closed")
    await stage.platform.customer_says(HE, "私聊说")
    await stage.hands()
    assert await stage.talk(HE, "chat") == private
    assert await stage.answers(private, "请把地址发给我") == ("sent", "")


async def test_a_post_about_us_is_one_conversation_by_push_and_by_feed(stage: Stage) -> None:
    await stage.looks()
    post = await stage.platform.customer_mentions(ZHOU, "杯子有裂纹 @青禾陶作")
    await stage.hands()
    await stage.looks()
    assert await stage.talks() == [("周子涵", "post", "杯子有裂纹 @青禾陶作")]
    assert await stage.answers(await stage.talk(ZHOU, "post"), "抱歉，马上处理", public=True) == ("sent", "")
    assert [(one.post, one.answers) for one in stage.platform.own_comments()] == [(post.id, 0)]


async def test_an_expired_token_pauses_the_inbox_keeps_the_queue_and_a_new_one_sends_it(stage: Stage) -> None:
    await stage.looks()
    stage.platform.customer_comments(HE, "还会补货吗？")
    await stage.looks()
    stage.platform.user_token = "a newer one"
    talk = await stage.talk(HE, "comment")
    assert await stage.answers(talk, "周五补货", public=True) == ("waiting", "user_token_expired")
    (inbox,) = await stage.rows("select state, state_reason from inbox where workspace_id = $1")
    assert (inbox["state"], inbox["state_reason"]) == ("paused", "user_token_expired")
    manifest = channels.get("weibo").manifest
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        await inboxes.change(
            tx,
            manifest,
            stage.door.inbox_id,
            sealer=stage.world.house.sealer,
            by=None,
            secrets={"user_token": "a newer one"},
        )
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        await inboxes.resume(tx, stage.door.inbox_id, by=stage.shop.agents["林薇"])
    stage.world.doors.forget()
    await stage.hands()
    assert [one.text for one in stage.platform.own_comments()] == ["周五补货"]


async def test_a_quota_is_waited_for_as_long_as_the_platform_says(stage: Stage) -> None:
    await stage.platform.customer_says(HE, "在吗")
    await stage.hands()
    limited = {"error": "out of rate limit", "error_code": 10023}
    stage.platform.script.next("send", status=403, json=limited, headers={"retry-after": "777"})
    assert await stage.answers(await stage.talk(HE, "chat"), "在的") == ("waiting", "quota")
    (hold,) = await stage.rows(
        "select extract(epoch from until - now()) as left from pool_hold where workspace_id = $1"
    )
    assert 700 < hold["left"] <= 777
    assert stage.platform.received(HE) == []


async def test_a_long_thread_is_fetched_to_its_end_and_nothing_is_told_twice() -> None:
    """Ten thousand people under one post: page after page from a cursor that moves only with what was kept."""
    platform = weibo.Platform(uid=UID, **SECRETS)
    platform.posts(UID, "抽奖")
    channel = channels.get("weibo")
    async with beside(platform, channel, {"uid": UID}, SECRETS) as shop:
        access: Access = shop.access
        assert channel.pull is not None
        first = await channel.pull(Pull(key="comments"), access)
        assert isinstance(first, Page)
        for number in range(10_000):
            platform.customer_comments(str(10_000_000 + number), f"抽我 {number}")
        cursor, pages, told = first.cursor, 0, list[str]()
        while True:
            page = await channel.pull(Pull(key="comments", cursor=cursor), access)
            assert isinstance(page, Page)
            cursor, pages = page.cursor, pages + 1
            if page.body:
                request = Request(method="PULL", query=page.query, body=page.body)
                told += [one.external_id for one in channel.parse(request, access) if isinstance(one, Received)]
            if not page.more:
                break
        assert (pages, len(told), len(set(told))) == (101, 10_000, 10_000)
        again = await channel.pull(Pull(key="comments", cursor=cursor), access)
        assert isinstance(again, Page)
        assert (again.body, again.more) == (b"", False)
