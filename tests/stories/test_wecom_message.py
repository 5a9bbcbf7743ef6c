"""A WeCom customer writes: a nudge, a page, a conversation, an answer; and everything that can go wrong between."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from guanxi import channels, conversations, inboxes, routing
from guanxi.channel_kit import Outgoing, Page, Sent
from guanxi.content import Image, Media, Text
from guanxi.demo.platforms import serve, wecom
from guanxi.demo.platforms.pictures import tea_tin
from guanxi.http.webhooks import webhooks
from guanxi.inboxes import Door
from guanxi.infra.postgres import Server
from guanxi.worker import keep_time
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio
TEA, AFTER = "wkTeaHouse_Account0001", "wkAfterSales_Account02"
WANG, LI = "wmWangXiaoyu0000000001", "wmLiSi0000000000000002"
SECRETS = {"secret": "a secret of the simulation", "token": "lantern", "encoding_aes_key": "x" * 42 + "A"}


@dataclass(slots=True)
class Stage:
    """A shop with two accounts of one corporation; the console knows the address of the first."""

    world: World
    shop: Shop
    platform: wecom.Platform
    tea: Door
    after: Door

    async def hands(self) -> None:
        """Read, fetch, read again: until there is nothing more to do now."""
        for _ in range(3):
            await self.world.read_everything()
            await self.world.send_everything()
        await self.world.follow_everything(self.shop.id)
        await self.world.send_everything()

    async def rows(self, sql: str, *args: Any) -> list[Any]:
        async with self.world.house.db.reading(self.shop.id) as tx:
            return await tx.fetch(sql, self.shop.id, *args)

    async def windows(self, person: str) -> list[str]:
        """The reply windows that stand open, by name."""
        rows = await self.rows("select windows from identity where workspace_id = $1 and external_id = $2", person)
        return sorted(window["by"] for row in rows for window in row["windows"])

    async def texts(self, inbox: Door) -> list[str]:
        rows = await self.rows(
            """select content from message where workspace_id = $1 and inbox_id = $2 and author = 'contact'
               order by conversation_id, seq""",
            inbox.inbox_id,
        )
        return [row["content"].get("text", row["content"]["kind"]) for row in rows]

    async def conversation(self, person: str) -> UUID:
        rows = await self.rows(
            """select c.id from conversation c join identity d on d.workspace_id = $1 and d.id = c.identity_id
               where c.workspace_id = $1 and d.external_id = $2""",
            person,
        )
        (row,) = rows
        return UUID(str(row["id"]))

    async def answer(self, person: str, text: str) -> None:
        conversation = await self.conversation(person)
        async with self.world.house.db.transaction(self.shop.id) as tx:
            await conversations.reply(
                tx, conversation, id=uuid4(), content=Text(text), agent_id=self.shop.agents["林薇"]
            )
        await self.hands()

    async def replies(self) -> list[tuple[str, str, str]]:
        rows = await self.rows(
            """select content, state, reason from message where workspace_id = $1 and author in ('agent', 'bot')
               order by seq"""
        )
        return [(row["content"]["text"], row["state"], row["reason"] or "") for row in rows]

    async def due(self) -> None:
        """The time for which anything waited is over."""
        async with self.world.house.db.transaction(self.shop.id) as tx:
            await tx.execute("delete from pool_hold where workspace_id = $1 and until is not null", self.shop.id)
            await tx.execute(
                "update lane set next_at = now() where workspace_id = $1 and next_at > now()", self.shop.id
            )
        await self.hands()

    async def set(self, inbox: Door, **settings: str) -> None:
        async with self.world.house.db.transaction(self.shop.id) as tx:
            await inboxes.change(
                tx, channels.get("wecom").manifest, inbox.inbox_id, sealer=self.world.house.sealer, by=None,
                settings=settings,
            )  # fmt: skip
        self.world.doors.forget()

    async def resolve(self, person: str) -> None:
        conversation = await self.conversation(person)
        async with self.world.house.db.transaction(self.shop.id) as tx:
            await conversations.resolve(tx, conversation, agent_id=self.shop.agents["林薇"])
        await self.hands()

    def heard(self, person: str) -> list[str]:
        return [one["text"]["content"] for one in self.platform.received(person)]


@asynccontextmanager
async def open_stage(server: Server, folder: Path) -> AsyncIterator[Stage]:
    platform = wecom.Platform(corp_id="ww5f1c0a7be29d4836", kfids=(TEA, AFTER), **SECRETS)
    platform.add_customer(WANG, "王小雨", TEA)
    platform.add_customer(LI, "李四", AFTER)
    async with contextlib.AsyncExitStack() as stack:
        base = await stack.enter_async_context(serve(platform.app))
        allowed = (urlsplit(base).netloc,)
        world = await stack.enter_async_context(open_world(server, folder, private_hosts_allowed=allowed))
        platform.clock = lambda: world.clock().timestamp()
        shop = await world.shop("青禾茶")
        await shop.comes_online()
        settings = {"corp_id": platform.corp_id, "api_base": base, "page_size": "2"}
        tea = await shop.connects("wecom", settings | {"open_kfid": TEA}, SECRETS)
        after = await shop.connects("wecom", settings | {"open_kfid": AFTER}, SECRETS)
        origin = await stack.enter_async_context(serve(webhooks(world.doors, world.ingest)))
        platform.webhook = f"{origin}/in/{tea.address}"
        yield Stage(world, shop, platform, tea, after)


@pytest.fixture
async def stage(server: Server, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(server, tmp_path) as stage:
        yield stage


async def test_a_nudge_leads_to_the_message_and_the_answer_to_the_phone(stage: Stage) -> None:
    assert await stage.platform.customer_says(WANG, "龙井还有吗？")
    await stage.hands()
    assert await stage.texts(stage.tea) == ["龙井还有吗？"]
    (contact,) = await stage.rows("select name from contact where workspace_id = $1")
    assert contact["name"] == "王小雨"
    await stage.answer(WANG, "还剩三罐")
    assert stage.heard(WANG) == ["还剩三罐"]
    assert await stage.replies() == [("还剩三罐", "sent", "")]
    await stage.platform.customer_says(WANG, Image(Media(name="tin.png", type="image/png")), tea_tin())
    await stage.hands()
    (picture,) = await stage.rows("select content from message where workspace_id = $1 and kind = 'image'")
    assert picture["content"]["media"]["key"]


async def test_one_address_serves_every_account_and_cursors_that_jump_back_cost_nothing(stage: Stage) -> None:
    platform = stage.platform
    platform.nudges = False
    for number in range(5):  # of which a page tells two
        await platform.customer_says(WANG, f"第{number}句")
    await platform.customer_says(LI, "退货")
    platform.nudges = True
    for _ in range(3):
        await platform.nudge(TEA)
        await platform.nudge(AFTER)
    await stage.hands()
    assert await stage.texts(stage.tea) == [f"第{number}句" for number in range(5)]
    assert await stage.texts(stage.after) == ["退货"]
    assert platform.calls["sync"] == 3 + 1  # three pages of the one, one of the other; three nudges are one question
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        await tx.execute("update inbox_cursor set cursor = 'at-1' where workspace_id = $1", stage.shop.id)
    await platform.nudge(TEA)
    await stage.hands()
    assert len(await stage.texts(stage.tea)) == 5


async def test_a_page_without_anything_goes_on_and_what_is_too_old_is_left(stage: Stage) -> None:
    platform, clock = stage.platform, stage.world.clock
    platform.nudges = False
    clock.forward(days=-4)
    for number in range(3):
        await platform.customer_says(WANG, f"旧{number}")
    clock.forward(days=4)
    platform.nudges = True
    await platform.customer_says(WANG, "新")
    await stage.hands()
    assert await stage.texts(stage.tea) == ["新"]
    assert platform.calls["sync"] == 2  # the first page said: nothing here, and more behind
    (cursor,) = await stage.rows(
        "select cursor, nudges, heard from inbox_cursor where workspace_id = $1 and inbox_id = $2", stage.tea.inbox_id
    )
    assert (cursor["cursor"], cursor["nudges"], cursor["heard"]) == ("at-4", 1, 1)


async def test_a_page_is_kept_only_with_its_cursor(stage: Stage) -> None:
    """Two hands that fetch the same page at once: the second keeps nothing, and moves nothing."""
    inbox = stage.tea.inbox_id
    kept = []
    for page in (Page(cursor="at-2", body=b"{}"), Page(cursor="at-1", body=b"{}")):
        async with stage.world.house.db.transaction(stage.shop.id) as tx:
            kept.append(await inboxes.keep_page(tx, inbox, "", page, before="", heard=0))
    events = await stage.rows("select method, body from inbound_event where workspace_id = $1")
    assert (kept, [(row["method"], row["body"]) for row in events]) == ([True, False], [("PULL", b"{}")])


async def test_a_lost_nudge_is_made_good_by_a_look_now_and_then(stage: Stage) -> None:
    stage.platform.nudges = False
    await stage.platform.customer_says(WANG, "在吗")
    await keep_time.poll(stage.world.house, stage.world.doors)
    await keep_time.poll(stage.world.house, stage.world.doors)  # not due again
    await stage.hands()
    assert await stage.texts(stage.tea) == ["在吗"]
    assert stage.platform.calls["sync"] == 2  # one look at each account


async def test_who_enters_is_welcomed_by_the_code_and_nobody_else(stage: Stage) -> None:
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        await inboxes.change(
            tx, channels.get("wecom").manifest, stage.tea.inbox_id, sealer=stage.world.house.sealer, by=None,
            greeting="欢迎来到青禾茶",
        )  # fmt: skip
    await stage.platform.customer_enters(WANG, param="tea%3D3")
    await stage.hands()
    assert stage.heard(WANG) == ["欢迎来到青禾茶"]
    assert stage.platform.calls["on_event"] == 1
    lines = await stage.rows("select content from message where workspace_id = $1 and kind = 'event'")
    entered = [row["content"]["details"] for row in lines if row["content"]["what"] == "enter"]
    assert entered == [{"text": "site · tea=3", "scene": "site", "param": "tea=3"}]
    await stage.answer(WANG, "请问想找什么？")  # the code is spent, and he has not written yet
    assert (await stage.replies())[-1] == ("请问想找什么？", "failed", "window_closed")


async def test_a_session_that_a_colleague_took_in_wecom_says_so_and_a_failure_comes_later(stage: Stage) -> None:
    platform = stage.platform
    await platform.customer_says(WANG, "怎么退？")
    await stage.hands()
    await stage.answer(WANG, "马上为您查")
    msgid = platform.received(WANG)[0]["msgid"]
    await platform.message_fails(msgid, 10)
    await platform.servicer_takes(WANG, "LiSi")
    await platform.servicer_says(WANG, "我来处理")
    await stage.hands()
    assert await stage.replies() == [("马上为您查", "failed", "refused_by_customer")]
    await stage.answer(WANG, "收到")  # the code of the taking lets one word through
    await stage.answer(WANG, "还有一句")
    assert (await stage.replies())[1:] == [("收到", "sent", ""), ("还有一句", "failed", "served_elsewhere")]
    (failed,) = await stage.rows(
        "select reason_detail as detail from message where workspace_id = $1 and reason = 'served_elsewhere'"
    )
    assert failed["detail"] == "李四 (LiSi)"
    lines = await stage.rows("select content from message where workspace_id = $1 and kind = 'event' order by seq")
    said = [(row["content"]["what"], row["content"].get("details", {}).get("text")) for row in lines]
    assert ("session_taken", "LiSi") in said
    assert ("said_elsewhere", "我来处理") in said


async def test_an_agent_takes_a_session_over_from_wecom_only_where_the_inbox_wants_it(stage: Stage) -> None:
    platform = stage.platform
    await platform.customer_says(WANG, "有人吗")
    await stage.hands()
    customer = platform.kept.customers[WANG]
    platform.customer_waits(WANG)
    await stage.answer(WANG, "在的")
    assert await stage.replies() == [("在的", "failed", "waits_elsewhere")]
    assert (customer.state, platform.calls["move"]) == (2, 0)
    await stage.set(stage.tea, take_over="true")
    conversation = await stage.conversation(WANG)
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        await conversations.reply(tx, conversation, id=uuid4(), content=Text("营业到九点"), agent_id=None)
    await stage.hands()
    assert (await stage.replies())[-1] == ("营业到九点", "failed", "waits_elsewhere")  # nobody wrote it
    await stage.answer(WANG, "我来帮您")
    assert stage.heard(WANG) == ["我来帮您"]
    assert (customer.state, platform.calls["move"]) == (4, 1)
    await stage.answer(WANG, "还需要什么？")
    assert [reply[1:] for reply in await stage.replies()][-2:] == [("sent", ""), ("failed", "session_ended")]
    await platform.customer_says(WANG, "两罐龙井")
    await stage.hands()
    await stage.answer(WANG, "好的")
    assert stage.heard(WANG) == ["我来帮您", "好的"]
    assert (customer.state, platform.calls["move"]) == (0, 1)


async def test_resolving_ends_our_own_session_with_a_last_word_and_nobody_elses(stage: Stage) -> None:
    platform = stage.platform
    await stage.set(stage.tea, end_on_resolve="true", end_text="感谢光临青禾茶")
    for person in (WANG, LI):
        await platform.customer_says(person, "谢谢")
        await stage.hands()
        await stage.answer(person, "不客气")
        await stage.resolve(person)
    wang, li = platform.kept.customers[WANG], platform.kept.customers[LI]
    assert (wang.state, stage.heard(WANG)) == (4, ["不客气", "感谢光临青禾茶"])
    assert (li.state, stage.heard(LI)) == (0, ["不客气"])  # his account does not want it
    await platform.customer_says(WANG, "还有一件事")
    await stage.hands()
    await platform.servicer_takes(WANG, "LiSi")
    await stage.hands()
    newest = await stage.rows("select id from conversation where workspace_id = $1 and state < 2")
    asked = platform.calls["state"]
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        for row in newest:
            await conversations.resolve(tx, row["id"], agent_id=stage.shop.agents["林薇"])
    await stage.hands()
    assert platform.calls["state"] == asked + 1  # it was asked whose it is, and left
    assert (wang.state, wang.servicer, platform.calls["move"]) == (3, "LiSi", 1)
    assert stage.heard(WANG) == ["不客气", "感谢光临青禾茶"]
    # it goes on there, so what the customer may be told stands: somebody here may still take it over
    assert await stage.windows(WANG) == ["message", "session_taken"]
    await stage.set(stage.tea, take_over="true")
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        for row in newest:
            await conversations.reopen(tx, row["id"], agent_id=stage.shop.agents["林薇"])
    await stage.answer(WANG, "同事在处理")  # by the code of the taking
    await stage.answer(WANG, "我来接着帮您")
    assert (stage.heard(WANG)[2:], wang.state) == (["同事在处理", "我来接着帮您"], 4)


async def test_a_session_that_a_colleague_ends_there_is_over_here_but_for_one_word(stage: Stage) -> None:
    platform = stage.platform
    await platform.customer_says(WANG, "在吗")
    await stage.hands()
    await platform.servicer_takes(WANG, "LiSi")
    await stage.hands()
    assert await stage.windows(WANG) == ["message", "session_taken"]
    await platform.servicer_ends(WANG)
    await stage.hands()
    assert await stage.windows(WANG) == ["session_ended"]
    await stage.answer(WANG, "请为本次服务评分")
    assert (await stage.windows(WANG), stage.heard(WANG)) == ([], ["请为本次服务评分"])
    await platform.customer_says(WANG, "五分")
    await stage.hands()
    assert await stage.windows(WANG) == ["message"]


async def test_while_nobody_is_here_a_session_goes_to_the_pool_and_its_customer_is_told_once_each_time(
    stage: Stage,
) -> None:
    platform = stage.platform
    await stage.set(stage.tea, hand_over="true", queue_text="正在为您排队")
    await platform.customer_says(WANG, "有人吗？")
    await stage.hands()
    wang = platform.kept.customers[WANG]
    assert (wang.state, stage.heard(WANG)) == (0, [])  # 林薇 is here
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        await routing.set_presence(tx, stage.shop.agents["林薇"], "offline")
    for word in ("在吗？", "喂？"):
        await platform.customer_says(WANG, word)
        await stage.hands()
    assert (wang.state, wang.left, stage.heard(WANG)) == (2, 5, ["正在为您排队"])  # by its code, so no reply is spent
    assert (await stage.replies())[-1] == ("正在为您排队", "sent", "")
    await platform.servicer_takes(WANG, "LiSi")
    await platform.servicer_ends(WANG)
    await stage.set(stage.tea, hand_over="true", queue_text="")
    await platform.customer_says(WANG, "还有一件事")
    await stage.hands()
    assert (wang.state, len(stage.heard(WANG))) == (2, 2)  # another wait
    assert stage.heard(WANG)[-1].startswith("您好")
    await platform.customer_says(LI, "有人吗？")  # his account does not want it
    await stage.hands()
    assert platform.kept.customers[LI].state == 0


async def test_who_waits_in_the_pool_hears_how_many_are_before_him_and_no_reply_is_spent_on_it(stage: Stage) -> None:
    platform, zhao, sun = stage.platform, "wmZhaoLei00000000000003", "wmSunLi0000000000000004"
    platform.add_customer(zhao, "赵磊", TEA)
    platform.add_customer(sun, "孙丽", TEA)
    await stage.set(stage.tea, hand_over="true", queue_text="正在为您排队")
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        by = stage.shop.agents["林薇"]
        await routing.set_ways(tx, busy_reasons=[], wrap_up_seconds=0, offer_seconds=0, tell_wait_seconds=60, by=by)
        await routing.set_presence(tx, by, "offline")
    for person in (WANG, zhao):
        await platform.customer_says(person, "有人吗？")
        await stage.hands()
    assert stage.heard(WANG) == ["正在为您排队"]  # nobody is before him
    assert stage.heard(zhao) == ["正在为您排队\n您前面还有 1 位。"]
    assert platform.kept.customers[zhao].left == 5
    await platform.servicer_takes(WANG, "LiSi")
    await stage.hands()
    await platform.customer_says(sun, "有人吗？")
    await stage.hands()
    assert stage.heard(sun) == ["正在为您排队\n您前面还有 1 位。"]  # who was taken waits no more
    assert [window for window in await stage.windows(WANG) if window == "session_waits"] == []


async def test_the_question_at_the_end_goes_out_by_the_code_of_the_end_also_when_all_replies_are_spent(
    stage: Stage,
) -> None:
    platform = stage.platform
    await stage.set(stage.tea, end_on_resolve="true", end_text="感谢光临青禾茶", rating="true")
    await platform.customer_says(WANG, "谢谢")
    await stage.hands()
    for word in "一二三四五":
        await stage.answer(WANG, word)
    await stage.resolve(WANG)
    wang = platform.kept.customers[WANG]
    menu = platform.received(WANG)[-1]["msgmenu"]
    assert (wang.state, wang.left, len(platform.received(WANG))) == (4, 0, 6)
    assert menu["head_content"].startswith("感谢光临青禾茶\n\n")  # one code, so both are one message
    worst = menu["list"][4]["click"]
    await platform.customer_says(WANG, worst["content"], menu=worst["id"])
    await stage.hands()
    assert [row["score"] for row in await stage.rows("select score from rating where workspace_id = $1")] == [1]
    assert await stage.rows("select id from conversation where workspace_id = $1 and state < 2") == []


async def test_a_hundred_senders_with_an_expired_token_cause_one_refresh(stage: Stage) -> None:
    channel, access = channels.get("wecom"), stage.world.lender.lend(stage.tea)
    await stage.platform.customer_says(WANG, "在吗")
    stage.platform.kept.customers[WANG].left = 1000

    async def sends(number: int) -> Any:
        return await channel.send(Outgoing(to=WANG, key=f"{number:032d}", content=Text(f"{number}")), access)

    await sends(0)
    before = stage.platform.calls["token"]
    stage.platform.expire_tokens()
    ends = await asyncio.gather(*(sends(number) for number in range(1, 101)))
    assert all(isinstance(end, Sent) for end in ends)
    assert stage.platform.calls["token"] == before + 1
    assert await sends(7) == Sent(external_ids=(f"{7:032d}",))  # said again under the same key it is one message
    assert len(stage.heard(WANG)) == 101


async def test_a_quota_is_waited_for_and_lost_access_pauses_the_inbox_and_keeps_the_queue(stage: Stage) -> None:
    platform = stage.platform
    platform.script.next("sync", errcode=45009)
    await platform.customer_says(WANG, "第一句")
    await stage.hands()
    holds = "select pool, extract(epoch from until - now())::float8 as seconds from pool_hold where workspace_id = $1"
    ((pool, seconds),) = [(row["pool"], row["seconds"]) for row in await stage.rows(holds)]
    assert (pool, await stage.texts(stage.tea)) == (f"pull:{stage.tea.inbox_id}", [])
    assert 30 < seconds <= 60
    await stage.due()
    assert await stage.texts(stage.tea) == ["第一句"]
    platform.script.next("sync", errcode=48002)
    await platform.customer_says(WANG, "第二句")
    await stage.hands()
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        conversation = await stage.conversation(WANG)
        await conversations.reply(
            tx, conversation, id=uuid4(), content=Text("稍等"), agent_id=stage.shop.agents["林薇"]
        )
    await stage.hands()
    (inbox,) = await stage.rows(
        "select state, state_reason from inbox where workspace_id = $1 and id = $2", stage.tea.inbox_id
    )
    assert (inbox["state"], inbox["state_reason"]) == ("paused", "not_granted")
    assert await stage.replies() == [("稍等", "waiting", "")]
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        await inboxes.resume(tx, stage.tea.inbox_id, by=None)
    await stage.due()
    assert await stage.texts(stage.tea) == ["第一句", "第二句"]
    assert stage.heard(WANG) == ["稍等"]
