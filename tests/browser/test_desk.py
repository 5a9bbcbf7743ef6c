"""The desk as an agent's hands know it, in a real browser and over a real server."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest_asyncio
from playwright.async_api import Page, expect

from guanxi import contacts, conversations
from guanxi.contacts import Seen
from guanxi.conversations import Arrival
from guanxi.infra.ids import new_id
from tests.browser.pages import Pages
from tests.http.desk import Agent, arrives
from tests.world import Shop

LINE = {"channel_secret": "0" * 32, "channel_access_token": "token"}


@dataclass(slots=True)
class Opened:
    pages: Pages
    shop: Shop
    boss: Agent
    mei: Agent
    inbox: UUID

    async def writes(self, who: str, *texts: str) -> UUID:
        return await arrives(self.shop, self.inbox, who, *texts)

    async def desk(self, path: str = "/all", agent: Agent | None = None, **more: object) -> Page:
        page = await self.pages.open(path, agent or self.boss, **more)  # type: ignore[arg-type]
        await page.get_by_role("listbox", name="Conversation list").wait_for()
        return page


@pytest_asyncio.fixture
async def opened(pages: Pages) -> AsyncIterator[Opened]:
    shop, agents = await pages.front.opens(f"Qinghe {uuid4().hex[:6]}", "mei")
    door = await shop.connects("line", {}, LINE)
    yield Opened(pages, shop, agents["boss"], agents["mei"], door.inbox_id)
    assert pages.errors == []


async def messages(agent: Agent, conversation: UUID) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = (await agent.get(f"/api/conversations/{conversation}/messages")).json()["rows"]
    return rows


async def test_with_keys_alone_a_conversation_is_opened_answered_noted_assigned_snoozed_and_resolved(
    opened: Opened,
) -> None:
    conversation = await opened.writes("佐藤 健", "サイズ交換をお願いできますか")
    page = await opened.desk()
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="佐藤 健")).to_be_visible()
    await page.keyboard.press("r")
    await page.keyboard.type("承知しました")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("少々お待ちください")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("少々お待ちください")
    await page.keyboard.press("Control+.")
    await page.keyboard.type("ask the warehouse")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log").locator(".note")).to_contain_text("ask the warehouse")
    await page.keyboard.press("Escape")
    await page.keyboard.press("i")
    await expect(page.get_by_role("button", name="Me", exact=True)).to_be_visible()
    await page.keyboard.press("s")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Wake")).to_be_visible()
    await page.get_by_role("button", name="Wake").press("Enter")
    await page.get_by_role("button", name="Resolve").wait_for()
    await page.keyboard.press("e")
    await expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    said = [
        (row["author"], row["is_note"], row["content"].get("text")) for row in await messages(opened.boss, conversation)
    ]  # type: ignore[attr-defined]
    assert ("agent", False, "承知しました\n少々お待ちください") in said
    assert ("agent", True, "ask the warehouse") in said
    assert (await opened.boss.get(f"/api/conversations/{conversation}")).json()["state"] == "resolved"


async def test_enter_never_sends_while_a_candidate_is_open(opened: Opened) -> None:
    conversation = await opened.writes("陈雨", "在吗")
    page = await opened.desk(f"/all/{conversation}")
    await page.get_by_role("textbox", name="Reply").click()
    keys = await page.context.new_cdp_session(page)
    await keys.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    await keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "windowsVirtualKeyCode": 229})
    await expect(page.get_by_role("textbox", name="Reply")).to_have_value("nihao")
    # The candidate's own Enter comes within a tenth of a second of its end: it is not ours. Both are sent in one breath.
    enter = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
    await asyncio.gather(keys.send("Input.insertText", {"text": "你好"}), keys.send("Input.dispatchKeyEvent", enter))
    assert [row["author"] for row in await messages(opened.boss, conversation)] == ["contact"]
    await expect(page.get_by_role("textbox", name="Reply")).to_have_value("你好")
    await page.wait_for_function("at => performance.now() > at + 120", arg=await page.evaluate("performance.now()"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="Reply")).to_have_value("")
    await expect(page.get_by_role("log")).to_contain_text("你好")


async def test_what_arrives_shows_at_once_in_list_and_thread_and_the_hovered_list_stands_still(opened: Opened) -> None:
    first = await opened.writes("Maria", "one")
    await opened.writes("James", "two")
    page = await opened.desk(f"/all/{first}")
    names = page.locator("[role=option] .name")
    await expect(names).to_have_text(["James", "Maria"])
    await page.get_by_role("option", name="James").hover()
    opened.pages.front.world.clock.forward(seconds=5)
    await opened.writes("Maria", "and another thing")
    await expect(page.get_by_role("log")).to_contain_text("and another thing")
    await opened.writes("田中", "はじめまして")
    await expect(page.get_by_role("button", name="2 new ↑")).to_be_visible()
    await expect(names).to_have_text(["James", "Maria"])
    await page.get_by_role("button", name="2 new ↑").click()
    await expect(names).to_have_text(["田中", "Maria", "James"])


async def test_a_draft_and_an_unsent_reply_survive_the_line_and_a_reload(opened: Opened) -> None:
    conversation = await opened.writes("何静", "盖子可以单独买吗")
    page = await opened.desk(f"/all/{conversation}")
    reply = page.get_by_role("textbox", name="Reply")
    await reply.fill("可以的")
    await page.context.route("**/replies", lambda route: route.abort())
    await reply.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("可以的")
    await reply.fill("还有一句")
    await expect(page.get_by_role("option", name="何静")).to_contain_text("还有一句")
    await page.reload()
    await expect(page.get_by_role("textbox", name="Reply")).to_have_value("还有一句")
    await expect(page.get_by_role("log")).to_contain_text("可以的")
    assert len(await messages(opened.boss, conversation)) == 1
    await page.context.unroute("**/replies")
    await page.reload()
    await expect(
        page.get_by_role("log").get_by_text("Waiting").or_(page.get_by_role("log").get_by_text("Sent"))
    ).to_be_visible()
    said = [row["content"] for row in await messages(opened.boss, conversation)]
    assert said == [{"kind": "text", "text": "盖子可以单独买吗"}, {"kind": "text", "text": "可以的"}]


# What lies in the browser: of the shell by path, of what was shown by key, of what waits to go out by its words.
KEPT = """async () => {
  const all = (name, store) => new Promise((done) => {
    const asked = indexedDB.open(name)
    asked.onupgradeneeded = () => asked.transaction.abort() // it is not there yet, and not ours to make
    asked.onerror = () => done([])
    asked.onsuccess = () => {
      const read = asked.result.transaction(store).objectStore(store).getAll()
      read.onsuccess = () => { asked.result.close(); done(read.result) }
    }
  })
  const paths = (await Promise.all((await caches.keys()).map(async (name) =>
    (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname)))).flat()
  const shown = (await all("guanxi-kept", "kept")).map((one) => one.key)
  const waiting = (await all("guanxi", "outbox")).map((one) => one.content.text)
  return { paths, shown, waiting }
}"""


async def test_an_installed_desk_shows_without_a_network_what_it_showed_last_and_forgets_it_with_the_sign_in(
    opened: Opened,
) -> None:
    front = opened.pages.front
    rain = await opened.writes("陈雨", "在吗", "快递到哪了")
    await opened.writes("Maria", "never opened")
    page = await opened.desk(f"/all/{rain}", worker=True)
    await expect(page.get_by_role("log")).to_contain_text("快递到哪了")
    manifest = await page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then((one) => one.json())")
    assert {"any", "maskable"} == {one.get("purpose", "any") for one in manifest["icons"]}
    for icon in manifest["icons"]:
        got = await opened.boss.get(icon["src"])
        assert (got.status_code, got.headers["content-type"]) == (200, "image/png")
    loaded = """performance.getEntriesByType("resource").map((one) => new URL(one.name).pathname)"""
    async with asyncio.timeout(60):
        while True:  # the first visit is enough: its files, the list and the thread
            kept = await page.evaluate(KEPT)
            files = {path for path in await page.evaluate(loaded) if path.startswith("/assets/")}
            shown = {key.partition(":{")[0] for key in kept["shown"]}
            if files | {"/"} <= set(kept["paths"]) and {"me", "list", f"thread:{rain}"} <= shown:
                break
            await asyncio.sleep(0.1)
    assert [path for path in kept["paths"] if path != "/" and not path.startswith("/assets/")] == []

    # the line is gone, the window is closed and opened again: what was there stands there, and says how old it is
    await page.context.set_offline(True)
    await page.reload()
    await expect(page.get_by_role("option")).to_have_count(2)
    await expect(page.get_by_role("log")).to_contain_text("快递到哪了")
    old = page.get_by_role("status").filter(has_text=re.compile(r"As it was \d+ (s|min) ago"))
    await expect(old).to_have_count(2)
    await page.get_by_role("textbox", name="Reply").fill("已经发出了")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_text("1 waiting to go out")).to_be_visible()
    await expect(page.get_by_text("You are offline")).to_be_visible()
    await page.reload()
    await expect(page.locator(".bubble.pending")).to_contain_text("已经发出了")
    assert (await page.evaluate(KEPT))["waiting"] == ["已经发出了"]

    # it comes back: said once, what was missed is there, and nothing is old any more
    await opened.writes("陈雨", "还在吗")
    await page.context.set_offline(False)
    await expect(page.get_by_role("log")).to_contain_text("还在吗")
    await expect(page.locator(".bubble.pending")).to_have_count(0)
    await expect(old).to_have_count(0)
    await expect(page.get_by_text("You are offline")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_role("log")).to_contain_text("已经发出了")
    said = [one["content"]["text"] for one in await messages(opened.boss, rain) if one["author"] == "agent"]  # type: ignore[index]
    assert said == ["已经发出了"]
    assert (await page.evaluate(KEPT))["waiting"] == []

    # whoever leaves leaves nothing behind, also for somebody who cuts the line afterwards
    await page.get_by_role("button", name="boss").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    assert (await page.evaluate(KEPT))["shown"] == []
    await page.context.set_offline(True)
    await page.goto(f"{front.base}/all/{rain}")
    await expect(page.get_by_text("The server does not answer")).to_be_visible()
    await expect(page.get_by_text("陈雨")).to_have_count(0)


async def test_who_writes_sees_at_once_that_his_account_was_paused_and_goes_on(opened: Opened) -> None:
    conversation = await opened.writes("Ana", "is it open?")
    other = await opened.shop.connects("line", {}, LINE)
    page = await opened.desk()
    async with page.expect_response(lambda response: response.url.endswith("/read"), timeout=30_000):
        await page.get_by_role("option", name="Ana").click()
    await page.mouse.move(1200, 400)  # the list stands still under the hand
    await opened.writes("Bo", "after it was read")
    await page.get_by_role("option", name="Bo").wait_for()  # nothing more will be said of what Ana wrote
    facts = f"**/api/conversations/{conversation}"
    await page.context.route(facts, lambda route: route.abort())  # the line alone tells
    notice = page.get_by_text("replies wait")
    for id_, change, shown in [(opened.inbox, "pause", 1), (other.inbox_id, "pause", 1), (opened.inbox, "resume", 0)]:
        assert (await opened.boss.post(f"/api/inboxes/{id_}/{change}")).is_success
        await opened.writes(f"after {change} of {id_}", "hello")
        await page.get_by_role("option", name=f"after {change} of {id_}").wait_for()
        await expect(notice).to_have_count(shown)
        if shown:
            words, mark = await notice.bounding_box(), await notice.locator("xpath=..").locator("svg").bounding_box()
            assert words is not None
            assert mark is not None
            assert mark["y"] >= words["y"] - 3
            assert mark["x"] + mark["width"] <= words["x"]


async def test_a_reply_over_a_colleagues_newer_one_asks_once(opened: Opened) -> None:
    conversation = await opened.writes("Thomas", "is it glazed?")
    page = await opened.desk(f"/all/{conversation}")
    await page.get_by_role("log").get_by_text("is it glazed?").wait_for()
    # The desk is deaf for a moment: it has not seen the colleague's reply.
    await page.context.route("**/replies", _as_if_unseen)
    body = {"id": str(uuid4()), "content": {"kind": "text", "text": "yes"}, "force": True}
    await opened.mei.post(f"/api/conversations/{conversation}/replies", body)
    await page.get_by_role("textbox", name="Reply").fill("it is")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("mei has just replied")
    await page.get_by_role("button", name="Send anyway").click()
    await expect(page.locator(".bubble.pending")).to_have_count(0)
    texts = [row["content"]["text"] for row in await messages(opened.boss, conversation)]  # type: ignore[index]
    assert texts.count("it is") == 1


async def test_who_left_an_address_stands_above_the_reply_until_he_writes_again(opened: Opened) -> None:
    conversation = await opened.writes("Ana", "nobody at home?")
    page = await opened.desk(f"/all/{conversation}")
    await page.get_by_role("log").get_by_text("nobody at home?").wait_for()
    async with opened.shop.world.house.db.transaction(opened.shop.id) as tx:
        one = await conversations.lock(tx, conversation)
        line: dict[str, object] = {"what": "left_email", "details": {"text": "ana+tea@example.com"}}
        left = Arrival(
            id=new_id(), conversation=one, external_id="left", content=None, line=line, sent_at=tx.now, inbound_seq=None
        )
        await conversations.append(tx, [left])
    notice = page.get_by_role("status").filter(has_text="wants the answer by e-mail")
    await expect(notice.get_by_role("link", name="ana+tea@example.com")).to_have_attribute(
        "href", "mailto:ana%2Btea%40example.com"
    )
    await opened.writes("Ana", "back again")
    await page.get_by_role("log").get_by_text("back again").wait_for()
    await expect(notice).to_have_count(0)


async def test_who_has_no_name_is_called_the_same_everywhere_and_what_is_known_of_him_has_words(opened: Opened) -> None:
    known = Seen(
        inbox_id=opened.inbox, external_id="U9", name="", attributes={"status_message": "陶器が好き", "vip": "1"}
    )
    async with opened.shop.world.house.db.transaction(opened.shop.id) as tx:
        await contacts.recognise(tx, [known])
    conversation = await opened.writes("U9", "こんにちは")
    page = await opened.desk(f"/all/{conversation}")
    panel = page.get_by_role("complementary", name="Contact")
    await expect(panel.get_by_role("term").filter(has_text="Status message")).to_be_visible()
    await expect(panel.get_by_role("term").filter(has=page.get_by_text("vip", exact=True))).to_be_visible()
    guest = await page.get_by_role("heading", name="Guest ").inner_text()
    await expect(panel.get_by_role("textbox", name="Name")).to_have_attribute("placeholder", guest)
    await expect(panel.get_by_role("listitem").filter(has_text=guest)).to_be_visible()


async def _as_if_unseen(route: object) -> None:
    body = route.request.post_data_json  # type: ignore[attr-defined]
    if not body.get("force"):
        body["seen_seq"] = 1
    await route.continue_(post_data=json.dumps(body))  # type: ignore[attr-defined]


# Goes up as long as there is something above, as a reader does.
TO_THE_START = """() => {
    const log = document.querySelector("[role=log]")
    log.scrollTop = 0
    return [...log.querySelectorAll(".line")].some((line) => line.innerText.endsWith("line 0"))
}"""


async def test_a_long_list_and_a_long_thread_cost_a_screenful(opened: Opened) -> None:
    talk = await opened.writes("長い話", *[f"line {number}" for number in range(130)])
    for number in range(120):
        await opened.writes(f"guest {number}", "hello")
    page = await opened.desk(f"/all/{talk}")
    await page.get_by_role("log").get_by_text("line 129").wait_for()
    assert await page.get_by_role("option").count() <= 80
    assert await page.locator("[role=log] .line").count() <= 80
    await page.wait_for_function(TO_THE_START)
    assert await page.locator("[role=log] .line").count() <= 80


async def test_older_messages_that_did_not_come_can_be_asked_for_again(opened: Opened) -> None:
    talk = await opened.writes("Ines", *[f"line {number}" for number in range(60)])
    page = await opened.desk(f"/all/{talk}")
    await page.get_by_role("log").get_by_text("line 59").wait_for()
    await page.context.route("**/messages?*before=*", lambda route: route.abort())
    await page.get_by_role("log").evaluate("(log) => { log.scrollTop = 0 }")
    retry = page.get_by_role("alert").get_by_role("button", name="Try again")
    await expect(retry).to_be_visible()
    await page.context.unroute_all()
    await retry.dispatch_event("click")  # a hand's click would scroll, and a scroll asks again by itself
    await page.wait_for_function(TO_THE_START)
    await expect(retry).to_have_count(0)


async def test_nothing_that_a_customer_writes_runs_on_the_desk(opened: Opened) -> None:
    evil = '<img src=x onerror=window.hit=1><script>window.hit=1</script> javascript:window.hit=1 https://a.example/"onclick=1'
    conversation = await opened.writes("<b onclick=x>Eve</b>", evil)
    page = await opened.desk(f"/all/{conversation}")
    await expect(page.get_by_role("log")).to_contain_text("<script>window.hit=1</script>")
    await expect(page.get_by_role("heading", name="<b onclick=x>Eve</b>")).to_be_visible()
    assert await page.evaluate("window.hit") is None


async def test_on_a_phone_one_pane_is_shown_at_a_time_and_nothing_is_wider_than_the_screen(opened: Opened) -> None:
    await opened.writes("김민지", "오늘 출고되나요?")
    page = await opened.desk("/all", width=360, height=740)
    await page.get_by_role("option").click()
    await expect(page.get_by_role("listbox", name="Conversation list")).to_be_hidden()
    await expect(page.get_by_role("textbox", name="Reply")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Conversation tags").click()
    await page.get_by_role("textbox", name="Conversation tags").fill("배송")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Remove the tag 배송")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Choose a time").click()
    await expect(page.get_by_role("button", name="Snooze")).to_be_in_viewport()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Back to the list").click()
    await expect(page.get_by_role("option")).to_be_visible()


async def test_a_row_swiped_right_is_put_aside_and_left_resolved_and_each_comes_back(opened: Opened) -> None:
    conversation = await opened.writes("김민지", "오늘 출고되나요?")
    page = await opened.desk("/all", width=390, height=760)
    row = page.get_by_role("option")
    line = await page.context.new_cdp_session(page)

    async def touch(kind: str, *at: dict[str, float]) -> None:
        await line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(at)})

    async def swipe(by: float, *, down: float = 0, let_go: bool = True) -> None:
        box = await row.bounding_box()
        assert box is not None
        x, y = 195 - by / 2, box["y"] + 20
        await touch("touchStart", {"x": x, "y": y})
        for step in range(1, 11):
            await touch("touchMove", {"x": x + by * step / 10, "y": y + down * step / 10})
        if let_go:
            await touch("touchEnd")

    # Not far enough, or along the list: the row goes back, nothing opens and nothing is done.
    await swipe(-70, let_go=False)
    await expect(row.locator(".act.resolve")).to_have_text("Resolve")
    await expect(row.locator(".armed")).to_have_count(0)
    await touch("touchEnd")
    await expect(row.locator(".act")).to_have_count(0)
    await swipe(60, down=200)
    await expect(row.locator(".act")).to_have_count(0)

    await swipe(130, let_go=False)
    await expect(row.locator(".act.snooze.armed")).to_have_text("Snooze")
    await touch("touchEnd")
    await page.get_by_role("menuitem", name="In an hour").click()
    await expect(page.get_by_text("1 snoozed")).to_be_visible()
    assert (await opened.boss.get(f"/api/conversations/{conversation}")).json()["state"] == "snoozed"
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("option", name="김민지")).to_be_visible()

    await swipe(-130)
    await expect(page.get_by_text("Resolved: 김민지")).to_be_visible()
    await expect(page.get_by_role("option")).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("option", name="김민지")).to_be_visible()
    assert page.url.rstrip("/").endswith("/all")  # a row that was drawn was never pressed


async def test_on_a_laptop_no_head_hides_what_stands_in_it(opened: Opened) -> None:
    conversation = await opened.writes("مريم العبدالله من الدار البيضاء", "هل هو متوفر؟")
    page = await opened.desk(f"/queue/{conversation}", width=1280)
    await expect(page.get_by_role("button", name="Take next")).to_be_visible()
    for place, name in (("Filter", "header:has([role=tablist])"), ("Conversation tags", ".who")):
        head = page.locator(name).filter(has=page.get_by_role("button", name=place))
        around, button = await head.bounding_box(), await head.get_by_role("button", name=place).bounding_box()
        assert button is not None
        assert around is not None
        assert button["x"] + button["width"] <= around["x"] + around["width"] + 0.5, place
