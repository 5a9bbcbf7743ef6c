"""Limits of a channel are said anew for one inbox; replies are judged by them, and taken back as long as they let."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest_asyncio

from guanxi.demo.platforms import serve, wecom
from guanxi.http.webhooks import webhooks
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.world import Shop

KF, WANG = "wkTeaHouse_Account0001", "wmWangXiaoyu0000000001"
SECRETS = {"secret": "a secret of the simulation", "token": "lantern", "encoding_aes_key": "x" * 42 + "A"}


@dataclass
class Tea:
    """A shop with a WeCom account and a channel of its own, and another shop."""

    front: Front
    platform: wecom.Platform
    shop: Shop
    boss: Agent
    bo: Agent
    stranger: Agent
    wecom: UUID
    own: UUID

    async def limits(self, inbox: UUID, **limits: int | None) -> Any:
        answer = await self.boss.patch(f"/api/inboxes/{inbox}", {"limits": limits})
        return answer.json() | {"status": answer.status_code}

    async def says(self, conversation: UUID, text: str) -> Any:
        said = {"id": str(uuid4()), "content": {"kind": "text", "text": text}}
        answer = await self.bo.post(f"/api/conversations/{conversation}/replies", said)
        return answer.json() | {"status": answer.status_code}

    async def hands(self) -> None:
        for _ in range(3):
            await self.front.world.read_everything()
            await self.front.world.send_everything()


@pytest_asyncio.fixture
async def tea(server: Server) -> AsyncIterator[Tea]:
    platform = wecom.Platform(corp_id="ww5f1c0a7be29d4836", kfids=(KF,), **SECRETS)
    platform.add_customer(WANG, "王小雨", KF)
    async with serve(platform.app) as base:
        with open_folder() as folder:
            async with open_front(server, folder, private_hosts_allowed=(urlsplit(base).netloc,)) as front:
                world = front.world
                platform.clock = lambda: world.clock().timestamp()
                shop, agents = await front.opens(f"Qinghe {uuid4().hex[:6]}", "bo")
                _, others = await front.opens(f"Elsewhere {uuid4().hex[:6]}")
                settings = {"corp_id": platform.corp_id, "api_base": base, "open_kfid": KF}
                door = await shop.connects("wecom", settings, SECRETS)
                own = await shop.connects(
                    "api", {"reply_url": f"{base}/send"}, {"token": "a" * 32, "signing_secret": "b" * 32}
                )
                async with serve(webhooks(world.doors, world.ingest)) as origin:
                    platform.webhook = f"{origin}/in/{door.address}"
                    yield Tea(
                        front, platform, shop, agents["boss"], agents["bo"], others["boss"], door.inbox_id, own.inbox_id
                    )


async def test_a_limit_is_said_anew_judged_by_and_given_back(tea: Tea) -> None:
    channels = {one["key"]: one for one in (await tea.boss.get("/api/channels")).json()}
    (text,) = [one for one in channels["api"]["limits"] if one["key"] == "sends.text.characters"]
    assert (text["value"], text["least"], text["most"], text["confirmed"]) == (20_000, 1, 100_000, True)
    conversation = await arrives(tea.shop, tea.own, "mei", "在吗？", channel="api")
    assert (await tea.says(conversation, "有货，今天就能发")).get("status") == 201
    told = await tea.limits(tea.own, **{"sends.text.characters": 6, "sends.image.bytes": 1000})
    assert (told["status"], told["limits"]) == (200, {"sends.text.characters": 6, "sends.image.bytes": 1000})
    assert not any(key.startswith("limit") for key in told["settings"])  # they are no fields of the form
    detail = (await tea.bo.get(f"/api/conversations/{conversation}")).json()
    assert detail["reply"]["sends"]["text"]["characters"] == 6
    refused = await tea.says(conversation, "有货，今天就能发")
    assert (refused["status"], refused["error"]) == (422, "too_long")
    assert (await tea.says(conversation, "有货")).get("status") == 201
    # a change of anything else leaves them, and null gives one back
    await tea.boss.patch(f"/api/inboxes/{tea.own}", {"name": "另一个名字", "settings": {}})
    told = await tea.limits(tea.own, **{"sends.text.characters": None})
    assert (told["name"], told["limits"]) == ("另一个名字", {"sends.image.bytes": 1000})
    assert (await tea.says(conversation, "有货，今天就能发")).get("status") == 201


async def test_what_an_account_shows_by_itself_has_limits_of_the_inbox_too(tea: Tea) -> None:
    settings = {"uid": "5512340001", "api_base": "https://weibo.invalid"}
    weibo = (await tea.shop.connects("weibo", settings, {"app_secret": "s" * 8, "message_token": "t" * 8})).inbox_id
    await tea.limits(weibo, **{"menu.buttons": 2, "codes.numbers": 50})
    menu = (await tea.boss.get(f"/api/inboxes/{weibo}/menu")).json()
    assert (menu["limit"]["buttons"], menu["limit"]["children"]) == (2, 5)
    assert (await tea.boss.get(f"/api/inboxes/{weibo}/codes")).json()["limit"]["numbers"] == 50
    asked = {"name": "门店", "scene": "51", "days": 0}
    refused = await tea.boss.post(f"/api/inboxes/{weibo}/codes", asked)
    assert (refused.status_code, refused.json()["fields"]) == (422, {"scene": "malformed"})


async def test_a_limit_that_makes_no_sense_or_is_not_ones_own_is_refused(tea: Tea) -> None:
    for limits, problem in (
        ({"sends.text.characters": 0}, "out_of_range"),
        ({"sends.text.characters": 100_001}, "out_of_range"),
        ({"sends.text.bytes": 10}, "unknown"),
        ({"sends.sticker.bytes": 10}, "unknown"),
    ):
        refused = await tea.limits(tea.own, **limits)
        (key,) = limits
        assert (refused["status"], refused["fields"]) == (422, {f"limits.{key}": problem}), limits
    shapeless: tuple[Any, ...] = ({"sends.text.characters": "many"}, {"sends.text.characters": -1}, ["x"])
    for limits_ in shapeless:
        answer = await tea.boss.patch(f"/api/inboxes/{tea.own}", {"limits": limits_})
        assert answer.status_code == 422, limits_
    smuggled = await tea.boss.patch(f"/api/inboxes/{tea.own}", {"settings": {"limit.sends.text.characters": "5"}})
    assert smuggled.json()["fields"] == {"limit.sends.text.characters": "unknown"}
    change = {"limits": {"sends.text.characters": 5}}
    assert (await tea.bo.patch(f"/api/inboxes/{tea.own}", change)).status_code == 403
    assert (await tea.stranger.patch(f"/api/inboxes/{tea.own}", change)).status_code == 404
    told = (await tea.boss.get("/api/inboxes")).json()
    assert all(one["limits"] == {} for one in told)


async def test_a_reply_is_taken_back_within_its_time_and_not_later(tea: Tea) -> None:
    await tea.platform.customer_says(WANG, "龙井还有吗？")
    await tea.hands()
    (row,) = (await tea.bo.get("/api/conversations", view="any")).json()["rows"]
    conversation = row["id"]
    assert (await tea.bo.get(f"/api/conversations/{conversation}")).json()["reply"]["recall_within"] == 120
    early, late = (await tea.says(conversation, "有的"))["seq"], (await tea.says(conversation, "多少？"))["seq"]
    tea.front.world.clock.forward(seconds=300)  # they wait: their time begins when the platform has them
    await tea.hands()
    assert [one["text"]["content"] for one in tea.platform.received(WANG)] == ["有的", "多少？"]

    async def recalls(seq: int) -> Any:
        answer = await tea.bo.post(f"/api/conversations/{conversation}/messages/{seq}/recall")
        return answer.json() | {"status": answer.status_code}

    assert (await recalls(early))["status"] == 200
    tea.front.world.clock.forward(seconds=121)
    refused = await recalls(late)
    assert (refused["status"], refused["error"], refused["within"]) == (409, "too_late_to_recall", 120)
    # the inbox knows better; then the platform itself says no
    await tea.limits(tea.wecom, recall_within=600)
    refused = await recalls(late)
    assert (refused["status"], refused["error"], refused["reason"]) == (422, "platform_refused", "too_late_to_recall")
    assert [one["text"]["content"] for one in tea.platform.received(WANG)] == ["多少？"]
