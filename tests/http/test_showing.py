"""What an account shows: menus and codes through the desk's API, and what comes of them; who writes is seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest_asyncio

from guanxi.demo.platforms import serve, wechat, weibo
from guanxi.demo.platforms.wechat_web import opens
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, open_front
from tests.world import Shop

WANG = "oWangShowing0000000000000001"
AES_KEY = "q7Zt0PbW3mXc9RkV5nJd1HsL8gYf2TuE6aQiO4wKzBx"
BOOK = {"label": "预约", "does": "url", "value": "https://tea.example/book"}
TALK = {"label": "找人工", "value": "TALK"}


@dataclass
class House:
    """A shop with one WeChat account on the simulated platform."""

    front: Front
    shop: Shop
    agents: dict[str, Agent]
    platform: wechat.Platform
    inbox_id: UUID
    weibo: weibo.Platform
    weibo_id: UUID

    @property
    def path(self) -> str:
        return f"/api/inboxes/{self.inbox_id}"

    async def happens(self) -> None:
        await self.front.world.read_everything()

    async def thread_of(self, openid: str) -> list[dict[str, Any]]:
        rows = (await self.agents["boss"].get("/api/conversations", view="all")).json()["rows"]
        for row in rows:
            contact = (await self.agents["boss"].get(f"/api/contacts/{row['contact']['id']}")).json()
            if contact["identities"][0]["external_id"] == openid:
                found = (await self.agents["boss"].get(f"/api/conversations/{row['id']}/messages")).json()
                return [{**message, "conversation": row["id"]} for message in found["rows"]]
        return []


@pytest_asyncio.fixture(scope="module")
async def house(server: Server) -> AsyncIterator[House]:
    platform = wechat.Platform(
        app_id="wx7c1d4e9a02b35f68", app_secret="a secret", token="lantern", encoding_aes_key=AES_KEY
    )
    platform.add_customer(WANG, "王小雨")
    other = weibo.Platform(uid="5187003621", app_secret="kiln", message_token="token-of-messages")
    with open_folder() as folder:
        async with (
            serve(platform.app) as url,
            serve(other.app) as there,
            open_front(server, folder, private_hosts_allowed=(urlsplit(url).netloc, urlsplit(there).netloc)) as front,
        ):
            shop, agents = await front.opens("Showing", "mei")
            door = await shop.connects(
                "wechat",
                {"app_id": platform.app_id, "mode": "safe", "token": platform.token, "api_base": url},
                {"app_secret": platform.app_secret, "encoding_aes_key": AES_KEY},
            )
            platform.webhook = f"{front.base}/in/{door.address}"
            on_weibo = await shop.connects(
                "weibo",
                {"uid": other.uid, "api_base": there},
                {"app_secret": other.app_secret, "message_token": other.message_token},
            )
            other.webhook = f"{front.base}/in/{on_weibo.address}"
            yield House(front, shop, agents, platform, door.inbox_id, other, on_weibo.inbox_id)


async def test_a_menu_is_written_published_and_tapped(house: House) -> None:
    boss = house.agents["boss"].http
    written = await boss.put(f"{house.path}/menu", json={"buttons": [BOOK, {"label": "店铺", "children": [TALK]}]})
    assert (written.status_code, written.json()["problems"], written.json()["is_published"]) == (200, [], False)
    assert house.platform.menu == []
    shown = (await boss.post(f"{house.path}/menu/publish")).json()
    assert (shown["is_published"], shown["problems"]) == (True, [])
    assert house.platform.menu[1]["sub_button"] == [{"type": "click", "name": "找人工", "key": "TALK"}]
    stale = await boss.put(f"{house.path}/menu", json={"buttons": [BOOK], "version": 0})
    assert (stale.status_code, stale.json()["error"]) == (409, "stale")
    await house.platform.customer_says(WANG, "在吗?")
    await house.platform.customer_taps(WANG, "TALK")
    await house.happens()
    assert (await house.thread_of(WANG))[-1]["content"] == {
        "kind": "event", "what": "menu_tap", "details": {"key": "TALK", "title": "找人工"},
    }  # fmt: skip


async def test_what_is_wrong_with_a_menu_lies_at_its_button_and_the_old_one_stays(house: House) -> None:
    boss = house.agents["boss"].http
    before = list(house.platform.menu)
    now = (await boss.get(f"{house.path}/menu")).json()["version"]
    long = {"label": "店铺", "children": [TALK, {"label": "看", "does": "url", "value": "tea.example"}]}
    written = (await boss.put(f"{house.path}/menu", json={"buttons": [long], "version": now})).json()
    assert written["problems"] == [{"code": "address", "place": "0.1", "detail": ""}]
    assert (await boss.post(f"{house.path}/menu/publish")).json()["problems"] == written["problems"]
    foreign = {"label": "店铺", "children": [TALK, {"label": "看", "does": "url", "value": "https://elsewhere.test/"}]}
    now = written["version"]
    assert (await boss.put(f"{house.path}/menu", json={"buttons": [foreign], "version": now})).json()["problems"] == []
    refused = (await boss.post(f"{house.path}/menu/publish")).json()
    assert refused["problems"] == [{"code": "domain", "place": "0.1", "detail": "40054 invalid sub button url domain"}]
    assert (refused["is_published"], house.platform.menu) == (False, before)


async def test_a_code_is_made_and_who_scans_it_comes_with_its_name(house: House) -> None:
    boss = house.agents["boss"].http
    made = (await boss.post(f"{house.path}/codes", json={"name": "门店柜台", "scene": "counter-3", "days": 7})).json()
    code = made["rows"][0]
    assert (code["name"], code["scene"], code["address"][:25]) == (
        "门店柜台",
        "counter-3",
        "http://weixin.qq.com/q/" + code["address"][23:25],
    )
    assert code["expires_at"] is not None
    assert (await boss.get(code["picture_url"])).headers["content-type"] == "image/png"
    too_long = await boss.post(f"{house.path}/codes", json={"name": "x", "scene": "s" * 65})
    assert (too_long.status_code, too_long.json()["fields"]) == (422, {"scene": "too_long"})
    scanning = "oWangShowing0000000000000002"
    assert await house.platform.customer_scans(scanning, "counter-3")
    await house.happens()
    (line,) = await house.thread_of(scanning)
    assert line["content"]["what"] == "scan"
    assert line["content"]["details"]["title"] == "门店柜台"
    assert (await boss.delete(f"{house.path}/codes/{code['id']}")).status_code == 200
    assert (await boss.get(f"{house.path}/codes")).json()["rows"] == []


async def test_on_weibo_a_menu_is_published_and_tapped_a_code_is_a_number_and_both_are_known_by_name(
    house: House,
) -> None:
    boss, path, fan = house.agents["boss"].http, f"/api/inboxes/{house.weibo_id}", "6402117733"
    mini = {"label": "小程序", "does": "mini_program", "app_id": "wx1", "path": "pages/1"}
    wrong = (await boss.put(f"{path}/menu", json={"buttons": [mini]})).json()
    assert ({one["code"] for one in wrong["problems"]}, house.weibo.kept.menu) == ({"does"}, [])
    asked = {"buttons": [{"label": "店铺", "children": [BOOK, TALK]}], "version": wrong["version"]}
    assert (await boss.put(f"{path}/menu", json=asked)).json()["problems"] == []
    shown = (await boss.post(f"{path}/menu/publish")).json()
    assert (shown["is_published"], shown["problems"]) == (True, [])
    await house.weibo.customer_says(fan, "在吗?")
    assert await house.weibo.customer_taps(fan, "找人工")
    await house.happens()
    tapped = (await house.thread_of(fan))[-1]["content"]
    assert (tapped["what"], tapped["details"]["title"]) == ("menu_tap", "找人工")
    for scene, days, said in (("counter-3", 0, "malformed"), ("100001", 0, "malformed"), ("3", 1, "too_many")):
        refused = await boss.post(f"{path}/codes", json={"name": "x", "scene": scene, "days": days})
        assert (refused.status_code, [*refused.json()["fields"].values()]) == (422, [said])
    (code,) = (await boss.post(f"{path}/codes", json={"name": "门店柜台", "scene": "3"})).json()["rows"]
    assert (code["expires_at"], (await boss.get(code["picture_url"])).headers["content-type"]) == (None, "image/png")
    (ticket,) = house.weibo.kept.scenes
    house.weibo.as_xml = True  # the account's other format
    newcomer = "7215540096"
    house.weibo.add_customer(newcomer).follows = False
    assert await house.weibo.customer_scans(newcomer, ticket)
    await house.happens()
    scanned = (await house.thread_of(newcomer))[-1]["content"]
    assert (scanned["what"], scanned["details"]["title"]) == ("scan", "门店柜台")
    await boss.put(f"{path}/menu", json={"buttons": [], "version": shown["version"]})
    assert (await boss.post(f"{path}/menu/publish")).json()["is_published"]
    assert house.weibo.kept.menu == []


async def test_the_customer_sees_that_an_agent_writes_and_a_stranger_moves_nothing(house: House) -> None:
    writing = "oWangShowing0000000000000003"
    await house.platform.customer_says(writing, "在吗?")
    await house.happens()
    (message,) = await house.thread_of(writing)
    _, strangers = await house.front.opens("Strangers")
    async with strangers["boss"].socket() as stranger, house.agents["mei"].socket() as mei:
        await stranger.say(type="typing", conversation=message["conversation"], on=True)
        await stranger.say(type="ping")
        await stranger.hear(lambda frame: frame["type"] == "pong")
        asked = house.platform.calls["typing"]
        for _ in range(5):
            await mei.say(type="typing", conversation=message["conversation"], on=True)
        await until(lambda: house.platform.customers[writing].writing_until > 0)
        await mei.say(type="typing", conversation=message["conversation"], on=False)
        await until(lambda: house.platform.customers[writing].writing_until == 0)
    assert house.platform.calls["typing"] - asked == 2  # the stranger's was not passed on, and mei's were few
    where = f"/api/conversations/{message['conversation']}/typing"  # a program says it by the API
    assert (await strangers["boss"].post(where, {"on": True})).status_code == 404
    assert (await house.agents["mei"].post(where, {"on": True})).status_code == 200
    await until(lambda: house.platform.customers[writing].writing_until > 0)
    assert (await house.agents["mei"].post(where, {"on": False})).status_code == 200
    await until(lambda: house.platform.customers[writing].writing_until == 0)
    assert house.platform.calls["typing"] - asked == 4


async def test_a_paused_account_hears_on_and_its_replies_wait_in_their_order(house: House) -> None:
    boss, waiting = house.agents["boss"], "oWangShowing0000000000000006"
    _, strangers = await house.front.opens("More strangers")
    assert (await strangers["boss"].post(f"{house.path}/pause")).status_code == 404
    paused = (await boss.post(f"{house.path}/pause")).json()
    assert (paused["state"], paused["state_reason"]) == ("paused", "by_hand")
    assert (await boss.post(f"{house.path}/pause")).json()["version"] == paused["version"]
    await house.platform.customer_says(waiting, "还有货吗?")
    await house.happens()
    (message,) = await house.thread_of(waiting)
    where = f"/api/conversations/{message['conversation']}"
    reply = (await boss.get(where)).json()["reply"]
    assert (reply["can"], reply["paused"]) == (True, True)
    for text in ("有的", "给您留一只"):
        said = {"id": str(uuid4()), "content": {"kind": "text", "text": text}}
        assert (await boss.post(f"{where}/replies", said)).status_code == 201
    await house.front.world.send_everything()
    assert house.platform.received(waiting) == []
    assert [one["state"] for one in (await house.thread_of(waiting))[1:]] == ["waiting", "waiting"]
    resumed = (await boss.post(f"{house.path}/resume")).json()
    assert (resumed["state"], resumed["state_reason"]) == ("active", "")
    await house.front.world.send_everything()
    assert [one["text"]["content"] for one in house.platform.received(waiting)] == ["有的", "给您留一只"]


async def test_a_template_goes_when_the_window_has_closed_and_its_end_is_told(house: House) -> None:
    boss, far = house.agents["mei"], "oWangShowing0000000000000004"
    await house.platform.customer_says(far, "什么时候发货?")
    await house.happens()
    (message,) = await house.thread_of(far)
    where = f"/api/conversations/{message['conversation']}"
    house.front.world.clock.forward(days=3)
    assert (await boss.get(where)).json()["reply"] | {"sends": {}} == {
        "rating": "can",
        "can": False, "reason": "window_closed", "window": None, "sends": {}, "after_window": "none", "outside": ["template"],
        "paused": False, "public": False, "recall_within": None,
    }  # fmt: skip
    offered = (await boss.get(f"{house.path}/templates")).json()
    assert [one["title"] for one in offered] == ["订单发货提醒", "课程开始提醒"]
    assert offered[0]["gaps"][0] == {"key": "keyword1", "label": "订单号"}
    late = {"id": str(uuid4()), "content": {"kind": "text", "text": "今天"}}
    assert (await boss.post(f"{where}/replies", late)).json()["error"] == "window_closed"
    given = [{"key": gap["key"], "value": f"[{gap['label']}]"} for gap in offered[0]["gaps"]]
    said = {
        "kind": "template",
        "id": offered[0]["id"],
        "title": "订单发货提醒",
        "text": "已发货",
        "fields": given,
        "form": "template",
    }
    assert (await boss.post(f"{where}/replies", {"id": str(uuid4()), "content": said})).status_code == 201
    await house.front.world.send_everything()
    assert house.platform.received(far)[-1]["data"]["keyword1"] == {"value": "[订单号]"}
    assert (await house.thread_of(far))[-1]["state"] == "sent"
    await house.platform.template_arrives(far, "failed:user block")
    await house.happens()
    newest = (await house.thread_of(far))[-1]
    assert (newest["state"], newest["reason"]) == ("failed", "user block")
    house.front.world.clock.forward(days=-3)


async def test_a_voice_that_plays_too_long_is_refused_before_anything_is_written(house: House) -> None:
    mei, near = house.agents["mei"], "oWangShowing0000000000000005"
    await house.platform.customer_says(near, "发个语音吧")
    await house.happens()
    (message,) = await house.thread_of(near)
    where = f"/api/conversations/{message['conversation']}/replies"
    for seconds, status in ((61, 422), (59, 201)):
        voice = b"#!AMR\n" + (bytes([0x3C]) + bytes(31)) * 50 * seconds
        kept = (await mei.http.post("/api/files", files={"file": ("voice.amr", voice, "audio/amr")})).json()
        said = {"id": str(uuid4()), "content": {"kind": "voice", "media": {"key": kept["key"]}}}
        answer = await mei.post(where, said)
        assert answer.status_code == status, answer.text
        if status == 422:
            assert answer.json()["error"] == "plays_too_long"
    await house.front.world.send_everything()
    assert house.platform.received(near)[-1]["msgtype"] == "voice"


async def test_who_agrees_is_known_by_name_and_picture_and_is_not_asked_again(house: House) -> None:
    boss, wang = house.agents["boss"], "oWangShowing0000000000000007"
    house.platform.add_customer(wang, "小雨 🌧")
    address = await asking_address(house)
    assert "先打个招呼" in (await opens(wang, address, language="zh-CN")).text  # who never wrote is not kept
    await house.platform.customer_says(wang, "在吗?")
    await house.happens()
    assert "go on chatting" in (await opens(wang, address, agrees=False)).text
    assert (await contact_of(house, wang))["name"] == ""
    thanked = await opens(wang, address)
    assert (thanked.status_code, "Thank you" in thanked.text) == (200, True)
    assert "script" not in thanked.text
    await house.front.world.send_everything()  # the hands fetch the picture
    known = await contact_of(house, wang)
    assert known["name"] == "小雨 🌧"
    (identity,) = known["identities"]
    assert identity["attributes"]["unionid"] == house.platform.customers[wang].unionid
    assert (await boss.http.get(identity["avatar_url"])).headers["content-type"] == "image/png"
    assert "Thank you" in (await opens(wang, address, agrees=False)).text  # known already: nobody asks
    renamed = {"name": "王小雨", "version": known["version"]}
    assert (await boss.patch(f"/api/contacts/{known['id']}", renamed)).status_code == 200
    house.platform.customers[wang].name = "another"
    async with house.front.world.house.db.transaction(house.shop.id) as tx:
        await tx.execute("update identity set avatar = '' where workspace_id = $1", house.shop.id)
    assert "Thank you" in (await opens(wang, address)).text
    await house.front.world.send_everything()
    assert (await contact_of(house, wang))["name"] == "王小雨"  # as an agent wrote it


async def test_an_introduction_is_this_browsers_own_and_of_this_moment(house: House) -> None:
    wang = "oWangShowing0000000000000008"
    house.platform.add_customer(wang, "小雪")
    await house.platform.customer_says(wang, "在吗?")
    await house.happens()
    address = await asking_address(house)
    refused = await opens(wang, address, cookies=False)  # the link was sent on in the middle, to another phone
    assert (refused.status_code, "run out" in refused.text) == (400, True)
    async with httpx.AsyncClient(base_url=house.front.base) as http:
        away = (await http.get(address)).headers["location"]
        state = parse_qs(urlsplit(away).query)["state"][0]
        assert state.isalnum()
        assert len(state) <= 128
        back = f"{address}/back"
        for forged in (state[:-1] + ("0" if state[-1] != "0" else "1"), "w" + state[1:], "", "x" * 4000):
            assert (await http.get(back, params={"code": "c", "state": forged})).status_code == 400
        house.front.world.clock.forward(minutes=11)
        assert (await http.get(back, params={"code": "c", "state": state})).status_code == 400
        assert (await http.get("/who/" + "A" * 43)).status_code == 404
        assert (await http.get(address + "/else")).status_code == 404
    house.front.world.clock.forward(minutes=-11)
    house.platform.web.snapshots = True  # who only looks at a snapshot has a made-up name
    assert "go on chatting" in (await opens(wang, address)).text
    house.platform.web.snapshots = False
    house.platform.script.next("sns", "drop_before")
    assert (await opens(wang, address)).status_code == 502
    await house.front.world.send_everything()
    assert (await contact_of(house, wang))["name"] == ""


async def asking_address(house: House) -> str:
    rows = (await house.agents["mei"].get("/api/inboxes")).json()
    address: str = next(row["introduction_url"] for row in rows if row["id"] == str(house.inbox_id))
    return address


async def contact_of(house: House, openid: str) -> Any:
    (message,) = await house.thread_of(openid)
    row = (await house.agents["boss"].get(f"/api/conversations/{message['conversation']}")).json()
    return (await house.agents["boss"].get(f"/api/contacts/{row['contact']['id']}")).json()


async def until(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not seen():
            await asyncio.sleep(0.05)
