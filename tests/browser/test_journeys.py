"""From a customer's fingers to the agent's eyes and back, over every channel, through reloads and kill -9."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from guanxi.content import Location, Text
from guanxi.demo.guests import GUESTS
from tests.browser.whole_house import (
    Process,
    Shop,
    open_chat,
    open_conversation,
    open_shop,
    shows,
    write,
)
from tests.databases import open_folder
from tests.demo.running import eventually, free_port

pytestmark = pytest.mark.asyncio
WECHAT, LINE = "oJourneys0000000000000000001", "U" + "7" * 32


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest_asyncio.fixture(scope="module")
async def shop(browser: Browser, data: Path) -> AsyncIterator[Shop]:
    async with open_shop(data, free_port(), browser) as running:
        running.wechat.add_customer(WECHAT)
        running.line.add_customer(LINE, "佐藤")
        yield running


def on_wechat(shop: Shop) -> list[str]:
    return [message["text"]["content"] for message in shop.wechat.received(WECHAT)]


def on_line(shop: Shop) -> list[str]:
    return [message["text"] for message in shop.line.received(LINE)]


async def test_a_visitor_asks_in_the_widget_and_the_agent_answers_through_a_reload(shop: Shop) -> None:
    desk, page = await shop.desk(), await shop.visitor()
    chat = await open_chat(page)
    await write(chat, "Is the small teapot in stock?")
    await open_conversation(desk, "Is the small teapot in stock?")
    await shows(desk, "Is the small teapot in stock?")
    await write(desk, "Two are left.")
    await shows(chat, "Two are left.")
    await asyncio.gather(desk.reload(), page.reload())
    chat = await open_chat(page)
    await shows(chat, "Two are left.")
    await write(chat, "Then I take one.")
    await shows(desk, "Then I take one.")
    await write(desk, "It leaves today.")
    await shows(chat, "It leaves today.")
    for text in ("Is the small teapot in stock?", "Two are left.", "Then I take one.", "It leaves today."):
        await shows(desk, text)
        await shows(chat, text)
    await _once(shop, "Is the small teapot in stock?", "Two are left.", "Then I take one.", "It leaves today.")


async def test_a_customer_on_wechat_is_answered_through_a_reload(shop: Shop) -> None:
    desk = await shop.desk()
    assert shop.wechat.mode == "safe"
    assert await shop.wechat.customer_says(WECHAT, Text("这只杯子多大?"), times=2)  # WeChat says it twice
    await open_conversation(desk, "这只杯子多大?")
    await shows(desk, "这只杯子多大?")
    await write(desk, "320 毫升")
    await eventually(_got(on_wechat, shop, "320 毫升"))
    await desk.reload()
    await shop.wechat.customer_says(WECHAT, "好的,要两只")
    await shows(desk, "好的,要两只")
    await write(desk, "已为您留好")
    await eventually(_got(on_wechat, shop, "已为您留好"))
    assert on_wechat(shop) == ["320 毫升", "已为您留好"]
    await _once(shop, "这只杯子多大?", "320 毫升", "好的,要两只", "已为您留好")


async def test_a_visitor_goes_on_in_line_and_then_in_wechat_and_the_agent_reads_one_story(shop: Shop) -> None:
    desk, page = await shop.desk(), await shop.visitor()
    chat = await open_chat(page)
    await write(chat, "The glaze has a crack.")
    await open_conversation(desk, "The glaze has a crack.")
    await shows(desk, "The glaze has a crack.")
    code = await _send_on(desk, "line")
    await expect(chat.get_by_role("log").get_by_text(code)).to_be_visible()
    await expect(chat.get_by_role("log").get_by_text("https://line.me/R/oaMessage/%40simulated/")).to_be_visible()

    moved, scanned = "U" + "8" * 32, "oJourneys0000000000000000008"
    shop.line.add_customer(moved, "Ken")
    await shop.line.customer_says(moved, code)
    await expect(chat.get_by_role("log").get_by_text("This chat now goes on in LINE")).to_be_visible()
    await open_conversation(desk, "GX-")
    await shows(desk, "The glaze has a crack.")
    await expect(desk.get_by_role("log").get_by_text("Came over from webchat")).to_be_visible()
    await write(desk, "Please send a photo here.")
    await eventually(lambda: _heard(shop.line.received(moved), "Please send a photo here."))
    await expect(chat.get_by_role("log").get_by_text("Please send a photo here.")).to_have_count(0)

    code = await _send_on(desk, "wechat")
    shop.wechat.add_customer(scanned, "Ken")
    await shop.wechat.customer_follows(scanned, code)
    await open_conversation(desk, "Followed")
    await expect(desk.get_by_role("log").get_by_text("Came over from line")).to_be_visible()
    await shows(desk, "Please send a photo here.")
    await desk.get_by_role("log").evaluate("log => { log.scrollTop = 0 }")  # all of the story is there now
    await shows(desk, "The glaze has a crack.")
    await write(desk, "And here, if you like.")
    await eventually(lambda: _heard(shop.wechat.received(scanned), "And here, if you like."))


async def _send_on(desk: Page, to: str) -> str:
    """The agent sends the customer on to that account; the code that stands in the word to him."""
    await desk.get_by_role("button", name="More", exact=True).click()
    await desk.get_by_role("menuitem", name="Go on in another channel").click()
    dialog = desk.get_by_role("dialog")
    await dialog.get_by_role("radio", name=re.compile(f"^{to} ")).check()
    await dialog.get_by_role("button", name="Make a code").click()
    word = dialog.get_by_label("What the customer is told")
    await expect(word).to_have_value(re.compile("GX-"))
    code = re.search(r"GX(-[0-9A-Z]{4}){3}", await word.input_value())
    assert code
    await dialog.get_by_role("button", name="Send", exact=True).click()
    await expect(dialog).to_have_count(0)
    return code[0]


async def _heard(received: Sequence[Mapping[str, Any]], text: str) -> bool:
    return any(text in str(one) for one in received)


async def test_a_question_with_choices_and_a_card_go_to_wechat_and_the_tap_comes_back(shop: Shop) -> None:
    desk = await shop.desk()
    asking = "oJourneys0000000000000000002"
    shop.wechat.add_customer(asking)
    await shop.wechat.customer_says(asking, "哪天可以试拉坯?")
    await open_conversation(desk, "哪天可以试拉坯?")
    await desk.get_by_role("button", name="Send something else").click()
    await desk.get_by_role("menuitem", name="Question with choices").click()
    await desk.get_by_label("Question", exact=True).fill("哪天方便?")
    await desk.get_by_label("Choice 1", exact=True).fill("周六")
    await desk.get_by_label("Choice 1", exact=True).press("Enter")
    await desk.keyboard.type("周日")
    await desk.get_by_role("dialog").get_by_role("button", name="Send").click()
    await eventually(lambda: _taken(shop, asking, 1))
    offered = shop.wechat.received(asking)[0]["msgmenu"]["list"]
    assert [one["content"] for one in offered] == ["周六", "周日"]
    await shop.wechat.customer_chooses(asking, 2)
    tapped = desk.get_by_role("log").get_by_role("paragraph").filter(has_text="周日")
    await expect(tapped).to_be_visible()
    await desk.get_by_role("button", name="Send something else").click()
    await desk.get_by_role("menuitem", name="Card").click()
    await desk.get_by_label("Title", exact=True).fill("试拉坯体验")
    send = desk.get_by_role("dialog").get_by_role("button", name="Send")
    await expect(send).to_be_disabled()  # this channel wants a page behind it
    await desk.get_by_label("Page that opens").fill("https://tea.example/book")
    await send.click()
    await eventually(lambda: _taken(shop, asking, 2))
    (article,) = shop.wechat.received(asking)[1]["news"]["articles"]
    assert (article["title"], article["url"]) == ("试拉坯体验", "https://tea.example/book")
    await expect(desk.get_by_role("log").get_by_role("link", name="试拉坯体验")).to_be_visible()


async def _taken(shop: Shop, openid: str, count: int) -> bool:
    return len(shop.wechat.received(openid)) >= count


async def test_a_customer_on_line_is_answered_through_a_reload(shop: Shop) -> None:
    desk = await shop.desk()
    await shop.line.customer_says(LINE, Text("在庫はありますか"), times=2)  # and so does LINE
    await open_conversation(desk, "佐藤")
    await shows(desk, "在庫はありますか")
    await write(desk, "はい、ございます")
    await eventually(_got(on_line, shop, "はい、ございます"))
    await desk.reload()
    await shop.line.customer_says(LINE, Location(35.7, 139.8, "浅草寺", "東京都台東区"))
    await expect(desk.get_by_role("log").get_by_text("浅草寺")).to_be_visible()
    await write(desk, "お届けできます")
    await eventually(_got(on_line, shop, "お届けできます"))
    assert on_line(shop) == ["はい、ございます", "お届けできます"]
    await _once(shop, "在庫はありますか", "はい、ございます", "お届けできます")


async def test_a_customer_on_each_other_platform_is_answered_at_the_desk(shop: Shop) -> None:
    people = {name: f"{GUESTS[name].prefix}Journeys00000000000001" for name in shop.guests}
    for name, platform in shop.guests.items():
        platform.add_customer(people[name], f"来自 {name}")
        assert await platform.customer_says(people[name], f"{name}: 在吗？")

    async def all_there() -> bool:
        return {f"{name}: 在吗？" for name in people} <= {*await shop.house.texts()}

    await eventually(all_there)  # before the desk looks: under the pointer a list holds still
    desk = await shop.desk()
    for name in sorted(shop.guests, key="wecom".__eq__):  # last, for it takes things back for two minutes only
        platform = shop.guests[name]
        await open_conversation(desk, f"{name}: 在吗？")
        await shows(desk, f"{name}: 在吗？")
        await write(desk, f"{name}: 在的")
        await eventually(_answered(platform, people[name], f"{name}: 在的"))
    await open_conversation(desk, "wecom: 在的")  # the one platform here that takes things back
    await desk.set_viewport_size({"width": 390, "height": 800})  # on a phone nothing hovers, and it can be done there
    await desk.get_by_role("button", name="Take back").click()
    await expect(desk.get_by_role("log").get_by_text("Taken back")).to_be_visible()
    assert shop.guests["wecom"].received(people["wecom"]) == []
    await _once(shop, *(f"{name}: {text}" for name in people for text in ("在吗？", "在的")))


def _answered(platform: Any, person: str, text: str) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return [one.get("text", {}).get("content") for one in platform.received(person)] == [text]

    return look


async def test_when_everything_is_killed_in_the_middle_nothing_is_lost_or_doubled(shop: Shop) -> None:
    desk, page = await shop.desk(), await shop.visitor()
    chat = await open_chat(page)
    await write(chat, "Before the storm")
    await open_conversation(desk, "Before the storm")
    await write(desk, "An answer before the storm")
    await shows(chat, "An answer before the storm")
    place = desk.url.removeprefix(shop.house.url + "/")

    await shop.house.kill()
    platforms = [  # they try again, as they do when a shop does not answer
        asyncio.create_task(shop.wechat.customer_says(WECHAT, "停电的时候说的话")),
        asyncio.create_task(shop.line.customer_says(LINE, "停電中のひとこと")),
    ]
    await write(chat, "Written in the dark")
    await write(desk, "Answered in the dark")
    await shows(chat, "Written in the dark")  # as not yet sent
    await shows(desk, "Answered in the dark")
    await shop.house.start()
    await asyncio.gather(*platforms)

    await shows(desk, "Written in the dark")
    await shows(chat, "Answered in the dark")
    await open_conversation(desk, "停电的时候说的话")
    await shows(desk, "停电的时候说的话")
    await write(desk, "灯亮了")
    await open_conversation(desk, "停電中のひとこと")
    await shows(desk, "停電中のひとこと")
    await write(desk, "明かりがつきました")
    await eventually(_got(on_wechat, shop, "灯亮了"), seconds=60)
    await eventually(_got(on_line, shop, "明かりがつきました"), seconds=60)

    desk, texts = await shop.desk(place), ("Before the storm", "An answer before the storm")
    for text in (*texts, "Written in the dark", "Answered in the dark"):
        await shows(desk, text)
        await shows(chat, text)
    assert Counter(on_wechat(shop))["灯亮了"] == 1
    assert Counter(on_line(shop))["明かりがつきました"] == 1
    dark = ("Written in the dark", "Answered in the dark", "停电的时候说的话", "停電中のひとこと")
    await _once(shop, *texts, *dark, "灯亮了", "明かりがつきました")


async def test_the_demo_is_alive_and_comes_back_after_a_kill(browser: Browser) -> None:
    with open_folder() as folder:
        port = free_port()
        house = Process(folder, port, options=("--demo",))
        await house.start()
        try:
            await _through_the_demo(browser, house)
            await house.kill()
            await house.start()
            desk = await browser.new_page()
            await desk.goto(house.link())
            await open_conversation(desk, "陈雨")
            await shows(desk, "马上帮您查")
        finally:
            await house.kill()


async def _through_the_demo(browser: Browser, house: Process) -> None:
    """Sign in with the printed link, answer on WeChat, and be a visitor on the shop's site."""
    desk = await browser.new_page(viewport={"width": 1440, "height": 860})
    await desk.goto(house.link())
    await open_conversation(desk, "陈雨")
    await shows(desk, "订单一直没发货，今天能退款吗？")
    await write(desk, "马上帮您查")
    await shows(desk, "周三发的话周五能到上海吗？")  # she has read it on the simulated WeChat, and answers
    await open_conversation(desk, "정민수")  # and so on KakaoTalk
    await write(desk, "새 상자를 보내 드리겠습니다")
    await shows(desk, "새 상자만 보내 주실 수 있나요?")
    phone = await browser.new_page()
    await phone.goto(f"http://127.0.0.1:{house.port + 1}/")
    await phone.get_by_role("link", name="陈雨").click()
    await expect(phone.get_by_text("马上帮您查").last).to_be_visible()
    page = await browser.new_page()
    await page.goto(f"http://127.0.0.1:{house.port + 3}/?lang=en")
    chat = await open_chat(page)
    await write(chat, "Do you ship to Norway?")
    await desk.goto(f"{house.url}/queue")
    await open_conversation(desk, "Do you ship to Norway?")
    await write(desk, "We do, in eight days.")
    await shows(chat, "We do, in eight days.")


def _got(phone: Callable[[Shop], list[str]], shop: Shop, text: str) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return text in phone(shop)

    return look


async def _once(shop: Shop, *texts: str) -> None:
    """Each of these stands once in the database."""
    stored = Counter(await shop.house.texts())
    assert {text: stored[text] for text in texts} == dict.fromkeys(texts, 1)
