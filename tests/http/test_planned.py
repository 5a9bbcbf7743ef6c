"""What is held for a moment or planned for a time: cancelled, changed, asked about, and sent once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from guanxi import channels, contacts, conversations
from guanxi.channel_kit import Opening
from guanxi.infra.postgres import Server
from guanxi.pipeline.planned import send_planned
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.world import Shop

pytestmark = pytest.mark.asyncio
WECHAT = {"app_secret": "s" * 32, "token": "tokentoken", "encoding_aes_key": "A" * 43}


@dataclass
class Talk:
    front: Front
    shop: Shop
    inbox: UUID
    mei: Agent
    lin: Agent
    id: str

    async def plans(self, text: str, seconds: int | None = None, **more: Any) -> httpx.Response:
        at = None if seconds is None else (self.front.world.clock() + timedelta(seconds=seconds)).isoformat()
        body = {"id": str(uuid4()), "content": {"kind": "text", "text": text}, "send_at": at, **more}
        return await self.mei.post(f"/api/conversations/{self.id}/planned", body)

    async def time_passes(self, seconds: int) -> None:
        """…and the hands look at what is due; twice, as after a crash."""
        self.front.world.clock.forward(seconds=seconds)
        for _ in range(2):
            async with self.front.world.house.db.transaction(self.shop.id) as tx:
                await tx.execute(
                    "update lane set next_at = now() where workspace_id = $1 and key like 'plan:%'", self.shop.id
                )
            await self.front.world.send_everything()

    async def planned(self) -> list[dict[str, Any]]:
        detail = (await self.mei.get(f"/api/conversations/{self.id}")).json()
        return list(detail["planned"])

    async def said(self) -> list[str]:
        rows = (await self.mei.get(f"/api/conversations/{self.id}/messages")).json()["rows"]
        return [row["content"]["text"] for row in rows if row["author"] == "agent" and not row["is_note"]]


@pytest_asyncio.fixture
async def talk(server: Server) -> AsyncIterator[Talk]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            shop, people = await front.opens("Later", "mei", "lin")
            door = await shop.connects("wechat", {"app_id": "wx0123456789abcdef"}, WECHAT)
            id_ = await arrives(shop, door.inbox_id, "oChen", "在吗", channel="wechat")
            async with front.world.house.db.transaction(shop.id) as tx:
                identity = await contacts.get_identity(tx, await conversations.identity_of(tx, id_), lock=True)
                kinds = channels.get("wechat").manifest.capabilities.reply_windows
                opened = (Opening(by="message"),)
                await contacts.open_windows(tx, [(identity, opened, kinds, tx.now, ())])
                await tx.execute("update identity set followed = true where workspace_id = $1", shop.id)
            yield Talk(front, shop, door.inbox_id, people["mei"], people["lin"], str(id_))


async def test_what_is_undone_in_time_is_never_sent_and_what_is_not_is_sent_once(talk: Talk) -> None:
    held = (await talk.plans("打错了")).json()["planned"][0]
    assert (held["kind"], held["state"], held["agent"]["name"]) == ("held", "waiting", "mei")
    path = f"/api/conversations/{talk.id}/planned/{held['id']}"
    await talk.time_passes(3)
    assert (await talk.said(), len(await talk.planned())) == ([], 1)
    assert (await talk.mei.delete(path)).json()["planned"] == []
    await talk.time_passes(60)
    assert await talk.said() == []
    assert (await talk.mei.delete(path)).status_code == 404

    again = {"id": str(uuid4())}
    for _ in range(2):  # the answer was lost: asked again under the same id
        assert (await talk.plans("马上帮您查", **again)).status_code == 201
    await arrives(talk.shop, talk.inbox, "oChen", "快点", channel="wechat")  # what is only held goes all the same
    await talk.time_passes(6)
    assert (await talk.said(), await talk.planned()) == (["马上帮您查"], [])
    assert (await talk.plans("马上帮您查", **again)).json()["planned"] == []
    async with talk.front.world.house.db.transaction(talk.shop.id) as tx:
        assert await send_planned(tx, UUID(talk.id), UUID(again["id"])) == 0.0
    await talk.time_passes(60)
    assert await talk.said() == ["马上帮您查"]
    over = await talk.plans("我来回答", seen_seq=1)
    assert (over.status_code, await talk.said()) == (201, ["马上帮您查"])  # her own newer reply is nobody else's


async def test_a_time_that_cannot_be_is_refused_with_words_when_it_is_planned(talk: Talk) -> None:
    for seconds, code in (
        (-5, "in_the_past"),
        (3 * 86_400, "window_closes_before"),
        (91 * 86_400, "window_closes_before"),
    ):
        refused = await talk.plans("明天见", seconds)
        assert (refused.status_code, refused.json()["error"]) == (422, code), seconds
        assert "cannot be done" not in refused.json()["message"] or code == "in_the_past"
    assert (await talk.plans("x" * 5000, 60)).json()["error"] == "too_long"
    assert (await talk.plans("大家好", 60, public=True)).json()["error"] == "is_private"
    planned = (await talk.plans("一小时后提醒您", 3600)).json()["planned"][0]
    late = {"send_at": (talk.front.world.clock() + timedelta(days=3)).isoformat()}
    path = f"/api/conversations/{talk.id}/planned/{planned['id']}"
    assert (await talk.mei.patch(path, late)).json()["error"] == "window_closes_before"
    _, others = await talk.front.opens("Elsewhere")
    for answer in (await others["boss"].patch(path, {"now": True}), await others["boss"].delete(path)):
        assert answer.status_code == 404
    assert len(await talk.planned()) == 1


async def test_what_is_planned_goes_at_its_time_but_not_over_a_word_or_a_closed_window(talk: Talk) -> None:
    assert (await talk.plans("下午好", 3600)).status_code == 201
    assert (await talk.plans("晚上好", 7200)).status_code == 201
    first, second = await talk.planned()
    changed = {"content": {"kind": "text", "text": "下午好！"}}
    path = f"/api/conversations/{talk.id}/planned"
    await talk.lin.patch(f"{path}/{first['id']}", changed)
    await talk.time_passes(3601)
    assert await talk.said() == ["下午好！"]

    await arrives(talk.shop, talk.inbox, "oChen", "等一下", channel="wechat")
    await talk.time_passes(3601)
    asked = (await talk.planned())[0]
    assert (await talk.said(), asked["id"], asked["state"]) == (["下午好！"], second["id"], "asked")
    await talk.shop.world.follow_everything(talk.shop.id)
    called = (await talk.mei.get("/api/notices")).json()["rows"]
    assert [one["kind"] for one in called] == ["mentioned"]
    await talk.mei.patch(f"{path}/{second['id']}", {"now": True})
    await talk.time_passes(1)
    assert await talk.said() == ["下午好！", "晚上好"]

    assert (await talk.plans("再联系", 3600)).status_code == 201
    talk.front.world.clock.forward(days=3)  # the hands were away, and the window has closed
    await talk.time_passes(1)
    closed = (await talk.planned())[0]
    assert (closed["state"], closed["reason"], len(await talk.said())) == ("closed", "window_closed", 2)
    assert (await talk.mei.patch(f"{path}/{closed['id']}", {"now": True})).json()["error"] == "window_closed"
    assert (await talk.mei.delete(f"{path}/{closed['id']}")).json()["planned"] == []
