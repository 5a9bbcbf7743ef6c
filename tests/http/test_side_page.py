"""The side bar in WeCom: who may have our page signed, for which address, and how often the platform is asked for its keys."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from guanxi.demo.platforms import serve, wecom
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, open_front
from tests.world import Shop

SECRETS = {"secret": "a secret of the simulation", "token": "lantern", "encoding_aes_key": "x" * 42 + "A"}
CORP = "ww5f1c0a7be29d4836"
LINE = {"channel_secret": "0" * 32, "channel_access_token": "token"}


@dataclass
class House:
    front: Front
    shop: Shop
    agents: dict[str, Agent]
    platform: wecom.Platform
    settings: dict[str, str]
    inbox_id: UUID

    def page(self, inbox_id: UUID | None = None) -> str:
        return f"{self.front.base}/sidebar?inbox={inbox_id or self.inbox_id}"

    async def asks(self, agent: Agent, inbox_id: UUID | None = None, url: str = "") -> httpx.Response:
        return await agent.get(f"/api/inboxes/{inbox_id or self.inbox_id}/wecom-signature", url=url or self.page())


@pytest_asyncio.fixture(scope="module")
async def house(server: Server) -> AsyncIterator[House]:
    platform = wecom.Platform(corp_id=CORP, **SECRETS)
    with open_folder() as folder:
        async with (
            serve(platform.app) as url,
            open_front(server, folder, private_hosts_allowed=(urlsplit(url).netloc,)) as front,
        ):
            shop, agents = await front.opens("Side page", "mei")
            settings = {"corp_id": CORP, "open_kfid": platform.kfids[0], "api_base": url}
            door = await shop.connects("wecom", settings | {"agent_id": "1000247"}, SECRETS)
            yield House(front, shop, agents, platform, settings, door.inbox_id)


def signed_with(key: str, url: str, told: dict[str, Any]) -> bool:
    said = f"jsapi_ticket={key}&noncestr={told['nonce']}&timestamp={told['timestamp']}&url={url}"
    return bool(told["signature"] == hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest())


async def test_an_agent_has_our_page_signed_and_the_platform_is_asked_for_each_key_once(house: House) -> None:
    nonces = set()
    for url in (house.page(), f"{house.front.base}/sidebar", house.page() + "&from=kf"):
        answer = await house.asks(house.agents["mei"], url=url)
        told = answer.json()
        assert (answer.status_code, told["corp_id"], told["agent_id"]) == (200, CORP, "1000247")
        assert told["sdk_url"].startswith("https://wwcdn.weixin.qq.com/")
        assert signed_with("key-of-the-corporation", url, told["config"])
        assert signed_with("key-of-the-app", url, told["agent_config"])
        assert told["config"]["timestamp"] == int(house.front.world.clock().timestamp())
        nonces.add(told["config"]["nonce"])
    assert len(nonces) == 3
    assert (house.platform.calls["page_key"], house.platform.calls["app_page_key"]) == (1, 1)


async def test_no_page_but_our_own_is_signed(house: House) -> None:
    base = house.front.base
    host = urlsplit(base).netloc
    for foreign in (
        "https://elsewhere.example/sidebar",
        f"http://{host}.elsewhere.example/sidebar",
        f"http://mei@{host}/sidebar",
        f"{base}/sidebar#inbox",
        f"{base}/sidebars?inbox=1",
        f"{base}/all",
        f"{base}/in/../sidebar",
        "/sidebar",
    ):
        answer = await house.asks(house.agents["boss"], url=foreign)
        assert (answer.status_code, answer.json()["fields"]) == (422, {"url": "foreign"}), foreign
    path = f"/api/inboxes/{house.inbox_id}/wecom-signature"
    assert (await house.agents["boss"].get(path)).status_code == 422
    assert (await house.asks(house.agents["boss"], url=house.page() + "&x=" + "x" * 1000)).status_code in (400, 422)


async def test_nobody_has_a_page_signed_by_what_is_not_his(house: House) -> None:
    _, strangers = await house.front.opens("Strangers")
    assert (await house.asks(strangers["boss"])).status_code == 404
    stranger = house.front.stranger()
    assert (await stranger.get(f"/api/inboxes/{house.inbox_id}/wecom-signature?url={house.page()}")).status_code == 401
    assert (await house.asks(house.agents["mei"], uuid4())).status_code == 404
    line = await house.shop.connects("line", {}, LINE)
    assert (await house.asks(house.agents["mei"], line.inbox_id)).status_code == 404
    rows = (await house.agents["boss"].get("/api/inboxes")).json()
    addresses = {row["id"]: row["sidebar_url"] for row in rows}
    assert addresses == {str(house.inbox_id): house.page(), str(line.inbox_id): None}


async def test_why_there_is_no_signature_is_said(house: House) -> None:
    boss = house.agents["boss"]
    without = await house.shop.connects("wecom", house.settings, SECRETS)
    answer = await house.asks(boss, without.inbox_id)
    assert (answer.status_code, answer.json()["reason"]) == (422, "agent_id_missing")
    wrong = await house.shop.connects("wecom", house.settings | {"agent_id": "1"}, SECRETS | {"secret": "an old one"})
    answer = await house.asks(boss, wrong.inbox_id)
    assert (answer.status_code, answer.json()["reason"]) == (422, "secret_wrong")
    fresh = await house.shop.connects("wecom", house.settings | {"agent_id": "1"}, SECRETS)
    house.platform.script.next("app_page_key", "drop_before")
    answer = await house.asks(boss, fresh.inbox_id)
    assert (answer.status_code, answer.json()["error"]) == (503, "platform_away")
    assert (await house.asks(boss, fresh.inbox_id)).status_code == 200
    for inbox in (without, wrong, fresh):
        assert (await boss.http.delete(f"/api/inboxes/{inbox.inbox_id}")).status_code == 200
    assert (await house.asks(boss, fresh.inbox_id)).status_code == 404


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example/sdk.js", "https://wwcdn.weixin.qq.com.evil.example/a.js"]
)
async def test_no_script_of_another_host_can_be_entered(house: House, address: str) -> None:
    change = {"settings": house.settings | {"agent_id": "1000247", "sdk_url": address}}
    answer = await house.agents["boss"].http.patch(f"/api/inboxes/{house.inbox_id}", json=change)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["sdk_url"])
