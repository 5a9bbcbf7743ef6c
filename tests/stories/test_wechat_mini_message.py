"""A customer comes in from a mini program, is greeted, answered, and known from the official account if that is proved."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import msgspec
import pytest

from guanxi import channels, conversations, inboxes, routing
from guanxi.contacts.rules import to_bring_together
from guanxi.content import Text
from guanxi.demo.platforms import serve, wechat, wechat_mini
from guanxi.http.webhooks import webhooks
from guanxi.inboxes import Door
from guanxi.infra.postgres import Server
from guanxi.worker import keep_time
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio
SECRETS = {"app_secret": "a secret of the simulation", "token": "lantern", "encoding_aes_key": "y" * 42 + "A"}
IDENTIFY = "identify-secret-of-the-shop"
WANG, OA_WANG, STRANGER = "oMiniWang00000000000001", "oAccountWang0000000001", "oMiniStranger000000001"


@dataclass(slots=True)
class Stage:
    """A shop with a mini program and an official account."""

    world: World
    shop: Shop
    mini: wechat_mini.Platform
    account: wechat.Platform
    doors: dict[str, Door]

    async def hands(self) -> None:
        for _ in range(2):
            await self.world.read_everything()
            await self.world.send_everything()
            await self.world.follow_everything(self.shop.id)
        await self.world.send_everything()

    async def rows(self, sql: str, *args: Any) -> list[Any]:
        async with self.world.house.db.reading(self.shop.id) as tx:
            return await tx.fetch(sql, self.shop.id, *args)

    async def contact_of(self, person: str) -> UUID:
        sql = "select contact_id from identity where workspace_id = $1 and external_id = $2"
        (row,) = await self.rows(sql, person)
        return UUID(str(row["contact_id"]))

    async def answer(self, person: str, text: str) -> str:
        """How the reply ended."""
        (row,) = await self.rows(
            """select c.id from conversation c join identity d on d.workspace_id = $1 and d.id = c.identity_id
               where c.workspace_id = $1 and d.external_id = $2""",
            person,
        )
        async with self.world.house.db.transaction(self.shop.id) as tx:
            await conversations.reply(tx, row["id"], id=uuid4(), content=Text(text), agent_id=self.shop.agents["林薇"])
        await self.hands()
        sql = "select state, reason from message where workspace_id = $1 and author = 'agent' order by seq desc limit 1"
        (said,) = await self.rows(sql)
        return str(said["reason"] or said["state"])

    async def set_owner(self, channel: str, owner: str) -> None:
        async with self.world.house.db.transaction(self.shop.id) as tx:
            await inboxes.change(
                tx, channels.get(channel).manifest, self.doors[channel].inbox_id, sealer=self.world.house.sealer,
                by=None, settings={"open_platform": owner},
            )  # fmt: skip


@pytest.fixture
async def stage(server: Server, tmp_path: Path) -> AsyncIterator[Stage]:
    mini = wechat_mini.Platform(app_id="wx9b3e51c7d80a24f6", **SECRETS)
    mini.pause = lambda seconds: asyncio.sleep(0)  # between two tries of a push
    account = wechat.Platform(app_id="wx7c1d4e9a02b35f68", **SECRETS)
    account.add_customer(OA_WANG, "王小雨")
    async with contextlib.AsyncExitStack() as stack:
        bases = [await stack.enter_async_context(serve(platform.app)) for platform in (mini, account)]
        allowed = tuple(urlsplit(base).netloc for base in bases)
        world = await stack.enter_async_context(open_world(server, tmp_path, private_hosts_allowed=allowed))
        mini.clock = account.clock = lambda: world.clock().timestamp()
        shop = await world.shop("青禾茶")
        await shop.comes_online()
        doors = {}
        for platform, base, channel in ((mini, bases[0], "wechat_mini"), (account, bases[1], "wechat")):
            settings = {"app_id": platform.app_id, "mode": "safe", "api_base": base, "open_platform": "qinghe"}
            more = {"identify_secret": IDENTIFY} if platform is mini else {}
            doors[channel] = await shop.connects(channel, settings, SECRETS | more)
        origin = await stack.enter_async_context(serve(webhooks(world.doors, world.ingest)))
        mini.webhook = f"{origin}/in/{doors['wechat_mini'].address}"
        account.webhook = f"{origin}/in/{doors['wechat'].address}"
        yield Stage(world, shop, mini, account, doors)


def signed(person: str, unionid: str, name: str = "") -> str:
    proof = hmac.digest(IDENTIFY.encode(), f"{person}\n{unionid}\n{name}".encode(), hashlib.sha256).hex()
    return msgspec.json.encode({"page": "pages/cup?id=7", "unionid": unionid, "name": name, "sign": proof}).decode()


async def test_who_comes_in_is_greeted_and_two_replies_are_all_until_he_writes(stage: Stage) -> None:
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        await inboxes.change(
            tx, channels.get("wechat_mini").manifest, stage.doors["wechat_mini"].inbox_id,
            sealer=stage.world.house.sealer, by=None, greeting="欢迎来到青禾茶",
        )  # fmt: skip
    assert await stage.mini.customer_enters(WANG, "pages/cup?id=7")
    await stage.hands()
    lines = await stage.rows("select content from message where workspace_id = $1 and kind = 'event'")
    assert {"text": "pages/cup?id=7"} in [row["content"].get("details") for row in lines]
    assert [await stage.answer(WANG, text) for text in ("想看哪一款？", "还在吗？")] == ["sent", "window_closed"]
    for as_json, mode in ((True, "safe"), (False, "safe")):
        stage.mini.as_json, stage.mini.mode = as_json, mode
        assert await stage.mini.customer_says(WANG, f"看这款 {as_json}", times=2)
    stage.mini.mode = "plain"  # the inbox is in safe mode: what only an address signs is nobody's word
    assert not await stage.mini.customer_says(WANG, "假的")
    await stage.hands()
    heard = await stage.rows("select content from message where workspace_id = $1 and author = 'contact' order by seq")
    assert [row["content"]["text"] for row in heard] == ["看这款 True", "看这款 False"]
    ends = [await stage.answer(WANG, f"第 {number} 句") for number in range(6)]
    assert ends == ["sent"] * 5 + ["window_closed"]
    assert [one["text"]["content"] for one in stage.mini.received(WANG)][:2] == ["欢迎来到青禾茶", "想看哪一款？"]


async def test_a_proved_unionid_brings_him_together_and_nothing_else_does(stage: Stage) -> None:
    unionid = stage.account.customers[OA_WANG].unionid
    await stage.account.customer_says(OA_WANG, "在吗")
    claims = msgspec.json.encode({"page": "p", "unionid": unionid, "sign": "0" * 64}).decode()
    await stage.mini.customer_enters(STRANGER, claims)  # he says that he is 王小雨
    await stage.set_owner("wechat_mini", "another")
    stage.world.doors.forget()
    await stage.mini.customer_enters(WANG, signed(WANG, unionid, "小雨"))
    await stage.hands()
    assert await stage.contact_of(WANG) != await stage.contact_of(OA_WANG)  # other owners' unionids say nothing

    await stage.set_owner("wechat_mini", "qinghe")
    stage.world.doors.forget()
    stage.world.clock.forward(minutes=5)
    await stage.mini.customer_enters(WANG, signed(WANG, unionid, "小雨"))
    await stage.hands()
    assert await stage.contact_of(WANG) == await stage.contact_of(OA_WANG)
    assert await stage.contact_of(STRANGER) != await stage.contact_of(WANG)
    contacts = await stage.rows("select name, attributes from contact where workspace_id = $1 order by name")
    assert [(row["name"], row["attributes"]) for row in contacts] == [("", {}), ("小雨", {})]
    opened = await stage.rows("select id from conversation where workspace_id = $1")
    assert len(opened) == 3  # histories stay where they were


async def test_what_is_not_clear_is_not_brought_together() -> None:
    old, new, third = (UUID(int=number) for number in (1, 2, 3))
    then, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    assert to_bring_together([(new, now, 0), (old, then, 0)]) == (old, new)
    assert to_bring_together([(new, now, 0), (old, then, 3)]) == (old, new)  # the one that stays may be more
    assert to_bring_together([(new, now, 1), (old, then, 0)]) is None
    assert to_bring_together([(new, now, 0), (old, then, 0), (third, now, 0)]) is None
    assert to_bring_together([(old, then, 0), (old, then, 0)]) is None


async def test_where_replies_are_counted_the_place_goes_along_with_the_greeting_and_costs_none_of_its_own(
    stage: Stage,
) -> None:
    zhao, now = "oZhaoLei_0000000000000001", stage.world.clock()
    stage.account.add_customer(zhao, "赵磊")
    async with stage.world.house.db.transaction(stage.shop.id) as tx:
        by = stage.shop.agents["林薇"]
        await inboxes.change(
            tx, channels.get("wechat").manifest, stage.doors["wechat"].inbox_id,
            sealer=stage.world.house.sealer, by=None, greeting="欢迎来到青禾茶",
        )  # fmt: skip
        await routing.set_ways(tx, busy_reasons=[], wrap_up_seconds=0, offer_seconds=0, tell_wait_seconds=30, by=by)
        await tx.execute("update agent set capacity = 0 where workspace_id = $1", stage.shop.id)
        lately = [now - timedelta(minutes=3 * n) for n in range(8, 0, -1)]
        await tx.execute("update queue set taken_at = $2 where workspace_id = $1", stage.shop.id, lately)
    for person in (OA_WANG, zhao):
        assert await stage.account.customer_says(person, "这款茶还有吗？")
        await stage.hands()
        stage.world.clock.forward(seconds=1)

    def heard(person: str) -> list[str]:
        return [one["text"]["content"] for one in stage.account.received(person)]

    assert heard(OA_WANG) == ["欢迎来到青禾茶"]  # who is next hears nothing that he would not see at once
    [said] = heard(zhao)
    assert (
        said
        == "欢迎来到青禾茶\n\n您前面还有 1 位。大约需要 6 分钟。\n\n您也可以回复「给我回电」或「稍后回复我」。回复「换个渠道」可到其他应用继续。"
    )
    stage.world.clock.forward(minutes=20)
    await keep_time.tell_waits(stage.world.house)
    await stage.hands()
    assert len(heard(zhao)) == 1  # the other four are the agents'
    assert [await stage.answer(zhao, f"第 {number} 句") for number in range(5)] == ["sent"] * 4 + ["window_closed"]
