"""An agent's tools on the desk: put aside and back, macros by keys alone, what is held and planned, drafts on two devices."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from guanxi.infra.postgres import Server
from tests.browser.pages import Pages, open_pages
from tests.http.desk import Agent, arrives
from tests.http.interpreter import KEY, Interpreter, open_interpreter
from tests.world import Shop

LINE = {"channel_secret": "0" * 32, "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def interpreter() -> AsyncIterator[Interpreter]:
    async with open_interpreter() as one:
        yield one


@pytest_asyncio.fixture(scope="module")
async def pages(server: Server, browser: Browser, interpreter: Interpreter) -> AsyncIterator[Pages]:
    """This module's house may call the interpreter, who lives on loopback."""
    async with open_pages(server, browser, private_hosts_allowed=(interpreter.host,)) as opened:
        yield opened


@dataclass(slots=True)
class Opened:
    pages: Pages
    shop: Shop
    boss: Agent
    mei: Agent
    inbox: UUID

    async def writes(self, who: str, *texts: str) -> str:
        return str(await arrives(self.shop, self.inbox, who, *texts))

    async def desk(self, path: str = "/all", agent: Agent | None = None, **more: Any) -> Page:
        page = await self.pages.open(path, agent or self.mei, **more)
        await page.get_by_role("listbox", name="Conversation list").wait_for()
        return page

    async def hands(self, lanes: str, until: Locator | None = None) -> None:
        """These lanes are due, and worked in; again until this is gone from the screen."""
        world = self.pages.front.world
        async with asyncio.timeout(60):
            while True:
                async with world.house.db.transaction(self.shop.id) as tx:
                    await tx.execute(
                        "update lane set next_at = now() where workspace_id = $1 and starts_with(key, $2)",
                        self.shop.id,
                        lanes,
                    )
                await world.send_everything()
                if until is None or not await until.count():
                    return
                await asyncio.sleep(0.1)

    async def said(self, talk: str) -> list[str]:
        """What agents have said in it, and what was done."""
        rows = (await self.mei.get(f"/api/conversations/{talk}/messages")).json()["rows"]
        return [row["content"].get("text") or row["content"]["what"] for row in rows if row["author"] != "contact"]


@pytest_asyncio.fixture
async def opened(pages: Pages) -> AsyncIterator[Opened]:
    shop, agents = await pages.front.opens(f"Qinghe {uuid4().hex[:6]}", "mei")
    door = await shop.connects("line", {}, LINE)
    yield Opened(pages, shop, agents["boss"], agents["mei"], door.inbox_id)
    assert pages.errors == []


async def test_what_waits_for_a_word_is_put_aside_by_keys_and_comes_back_on_top_with_its_reason(
    opened: Opened,
) -> None:
    talk = await opened.writes("Maria", "where is my parcel?")
    await opened.writes("Thomas", "hello")
    page = await opened.desk(f"/all/{talk}")
    rows = page.get_by_role("listbox", name="Conversation list").get_by_role("option")
    await expect(rows).to_have_count(2)
    await expect(page.get_by_role("heading", name="Maria")).to_be_visible()
    await page.get_by_role("log").focus()
    await page.keyboard.press("s")
    await page.get_by_role("menuitem", name="Choose a time").click()
    await page.get_by_label("What for").fill("Waiting for the warehouse")
    await page.keyboard.press("Enter")
    await expect(page.locator(".head").get_by_text("Until they write")).to_be_visible()
    await expect(page.get_by_text("mei snoozed it until the customer writes")).to_be_visible()
    await expect(rows.filter(has_text="Maria")).to_have_count(0)
    row = (await opened.mei.get(f"/api/conversations/{talk}")).json()
    assert (row["state"], row["snoozed_until"], row["snooze_note"]) == ("snoozed", None, "Waiting for the warehouse")

    opened.pages.front.world.clock.forward(seconds=5)
    await opened.writes("Maria", "it has come!")
    await expect(page.locator(".head").get_by_text("Back: Waiting for the warehouse")).to_be_visible()
    await expect(rows.first).to_contain_text("Waiting for the warehouse")
    await expect(rows.first).to_contain_text("Maria")


async def test_two_who_share_no_language_understand_each_other_and_the_original_is_one_click_away(
    opened: Opened, interpreter: Interpreter
) -> None:
    talk = await opened.writes("Yuki", "注文 GX-20418 はいつ届きますか?")
    given = {"kind": "libretranslate", "url": interpreter.url, "key": KEY}
    assert (await opened.boss.http.put("/api/translation", json=given)).status_code == 200
    page = await opened.desk(f"/all/{talk}")
    log, field = page.get_by_role("log"), page.get_by_role("textbox", name="Reply")
    await expect(log).to_contain_text("注文 GX-20418 はいつ届きますか?")
    assert interpreter.texts == []  # nobody has asked for it
    await page.locator(".head").get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Translate").click()
    await expect(log).to_contain_text("en[注文 GX-20418 はいつ届きますか?]")
    await expect(page.get_by_role("status").filter(has_text="Japanese ↔ English")).to_contain_text("mei")
    await log.get_by_role("button", name="Translated from Japanese").click()
    await expect(log).not_to_contain_text("en[注文")
    await log.get_by_role("button", name="Original").click()
    await expect(log).to_contain_text("en[注文")

    # She sees both before anything goes, and may change the translation.
    await field.fill("GX-20418 ships tomorrow")
    await field.press("Enter")
    words = page.get_by_role("textbox", name="In Japanese")
    await expect(words).to_have_value("ja[GX-20418 ships tomorrow]")
    assert await opened.said(talk) == []
    await words.fill("GX-20418 は明日出荷します")
    await field.press("Enter")
    await expect(log).to_contain_text("GX-20418 は明日出荷します")
    await expect(log.locator(".wrote")).to_contain_text("GX-20418 ships tomorrow")
    await expect(field).to_have_value("")
    async with asyncio.timeout(60):
        while await opened.said(talk) != ["GX-20418 は明日出荷します"]:
            await asyncio.sleep(0.1)

    # What goes later is seen in both languages, too, and is kept so.
    await field.fill("Did it arrive?")
    await page.get_by_role("button", name="Send later").click()
    await page.get_by_role("menuitem", name=re.compile("^Tomorrow")).click()
    await expect(words).to_have_value("ja[Did it arrive?]")
    await page.get_by_role("button", name=re.compile("^Plan the translation for")).click()
    strip = page.get_by_role("list", name="To be sent")
    await expect(strip).to_contain_text("ja[Did it arrive?]")
    await expect(strip.locator(".original")).to_have_text("Did it arrive?")
    await expect(field).to_have_value("")
    await strip.get_by_role("button", name="Send now").click()
    await opened.hands("plan:", until=strip)
    await expect(log).to_contain_text("ja[Did it arrive?]")
    async with asyncio.timeout(60):
        while await opened.said(talk) != ["GX-20418 は明日出荷します", "ja[Did it arrive?]"]:
            await asyncio.sleep(0.1)

    # It is down: that is said, what came shows as it was written, and an answer still goes.
    interpreter.script.next("ask", status=500, times=99)
    await opened.writes("Yuki", "ありがとうございます")
    await expect(page.get_by_role("status").filter(has_text="The translator is broken")).to_be_visible()
    await expect(log).to_contain_text("ありがとうございます")
    await field.fill("You are welcome")
    await field.press("Enter")
    preview = page.get_by_role("region", name="Translation before sending")
    await expect(preview.get_by_role("status")).to_contain_text("The translator")
    await expect(preview.get_by_role("button", name="Send the translation")).to_be_disabled()
    await preview.get_by_role("button", name="Send as written").click()
    await expect(log).to_contain_text("You are welcome")
    interpreter.script.planned.clear()
    await page.get_by_role("button", name="Stop translating").click()
    await expect(page.get_by_role("status").filter(has_text="Japanese ↔ English")).to_have_count(0)
    await expect(log).not_to_contain_text("en[注文")
    await expect(log).to_contain_text("注文 GX-20418 はいつ届きますか?")


async def test_who_waits_too_long_is_one_notice_that_leads_to_the_oldest_and_goes_with_the_answer(
    opened: Opened,
) -> None:
    world, mei = opened.pages.front.world, opened.mei
    assert (await mei.post("/api/me/presence", {"presence": "online"})).status_code < 300

    async def waits(who: str) -> str:
        talk = await opened.writes(who, f"{who} asks")
        given = await mei.post(f"/api/conversations/{talk}/assign", {"agent_id": str(mei.id)})
        assert given.status_code == 200
        return talk

    async def time_passes(seconds: int) -> None:
        """…and the open desk hears what time it is."""
        world.clock.forward(seconds=seconds)
        assert (await opened.boss.patch("/api/workspace", {"greeting": f"{world.clock()}"})).status_code == 200

    await waits("Maria")
    world.clock.forward(seconds=60)
    await waits("Thomas")
    page = await opened.desk("/mine")
    rows = page.get_by_role("listbox", name="Conversation list").get_by_role("option")
    notice = page.get_by_role("region", name="Customers who wait long for you")
    await expect(rows).to_have_count(2)
    await expect(rows.locator(".slow")).to_have_count(0)
    await time_passes(100)
    await expect(notice).to_contain_text("2 are waiting for your answer, the oldest for 2:4")
    await expect(rows.locator(".slow")).to_have_count(2)
    await expect(rows.filter(has_text="Maria")).to_contain_text("Waits 2:4")
    await notice.get_by_role("button", name="Answer", exact=True).click()
    await expect(page.get_by_role("heading", name="Maria")).to_be_visible()
    field = page.get_by_role("textbox", name="Reply")
    await field.fill("I am looking")
    await field.press("Enter")
    await expect(notice).to_contain_text("Thomas")
    await expect(notice).to_contain_text("has waited for your answer for 1:4")
    await expect(rows.locator(".slow")).to_have_count(1)
    # Put away it stays so, until another one waits; and where nobody is to be reminded, nobody is.
    await notice.get_by_role("button", name="Put away until another one waits").click()
    await expect(notice).to_have_count(0)
    await waits("Ken")
    await expect(rows).to_have_count(3)
    await time_passes(101)
    await expect(notice).to_contain_text("2 are waiting for your answer, the oldest for 3:2")
    assert (await opened.boss.patch("/api/workspace", {"slow_reply_seconds": 0})).status_code == 200
    await expect(notice).to_have_count(0)
    await expect(rows.locator(".slow")).to_have_count(0)
    # A queue may say for itself what long is.
    (queue,) = (await opened.boss.get("/api/queues")).json()
    said = {"name": queue["name"], "slow_reply_seconds": 100}
    assert (await opened.boss.http.put(f"/api/queues/{queue['id']}", json=said)).json()["slow_reply_seconds"] == 100
    await expect(notice).to_contain_text("2 are waiting for your answer, the oldest for 3:2")
    await expect(rows.locator(".slow")).to_have_count(2)


async def test_what_was_said_is_quoted_by_a_key_or_a_button_and_leads_back_to_it(opened: Opened) -> None:
    talk = await opened.writes("Maria", "is the blue one in stock?", "and the red one?")
    page = await opened.desk(f"/all/{talk}")
    log, field = page.get_by_role("log"), page.get_by_role("textbox", name="Reply")
    await expect(log).to_contain_text("and the red one?")
    bar = page.locator(".composer .quote")
    await log.focus()
    await page.keyboard.press("q")
    await expect(bar).to_contain_text("and the red one?")
    await expect(field).to_be_focused()
    await bar.get_by_role("button", name="Do not quote").click()
    await expect(bar).to_have_count(0)
    await page.locator(".line", has_text="is the blue one").get_by_role("button", name="Quote", exact=True).click()
    await expect(bar).to_contain_text("is the blue one in stock?")
    await field.fill("It is")
    await field.press("Enter")
    await expect(bar).to_have_count(0)
    ours = page.locator(".line", has_text="It is")
    await expect(ours.get_by_role("link")).to_contain_text("is the blue one in stock?")
    await ours.get_by_role("link").click()
    await expect(page.locator(".line.pointed")).to_contain_text("is the blue one in stock?")
    # A note may quote a note; a reply never does.
    note = await opened.mei.post(f"/api/conversations/{talk}/notes", {"id": str(uuid4()), "text": "ask the depot"})
    await page.locator(".line", has_text="ask the depot").get_by_role("button", name="Quote", exact=True).click()
    inner = page.locator("[data-composer]")
    await expect(inner).to_have_attribute("aria-label", "Note")
    await expect(bar).to_contain_text("ask the depot")
    await inner.fill("done")
    await inner.press("Enter")
    await expect(page.locator(".line", has_text="done").get_by_role("link")).to_contain_text("ask the depot")
    body = {"id": str(uuid4()), "content": {"kind": "text", "text": "x"}, "quotes": note.json()["seq"]}
    refused = await opened.mei.post(f"/api/conversations/{talk}/replies", body)
    assert refused.json()["error"] == "cannot_quote"
    rows = (await opened.mei.get(f"/api/conversations/{talk}/messages")).json()["rows"]
    assert [row["quotes"]["seq"] for row in rows if row["quotes"]] == [1, note.json()["seq"]]


async def test_phrases_that_fit_are_offered_while_one_types_and_take_no_key_that_is_not_theirs(opened: Opened) -> None:
    for shortcut, text in (("nr", "May I have your order number?"), ("out", "Your order is on its way.")):
        assert (await opened.mei.post("/api/quick-phrases", {"shortcut": shortcut, "text": text})).status_code == 201
    talk = await opened.writes("Maria", "hello")
    page = await opened.desk(f"/all/{talk}")
    field = page.get_by_role("textbox", name="Reply")
    hints = page.get_by_role("list", name="Phrases that fit").get_by_role("listitem")
    await field.press_sequentially("Hello, orde")
    await expect(hints).to_have_count(2)
    await expect(field).to_be_focused()
    await field.press("Escape")
    await expect(hints).to_have_count(0)
    await expect(field).to_be_focused()
    await field.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("Hello, orde")
    await expect(field).to_have_value("")
    await field.press_sequentially("number")
    await expect(hints).to_have_count(1)
    await field.press("Tab")
    await expect(field).to_have_value("May I have your order number?")
    await expect(field).to_be_focused()
    await expect(hints).to_have_count(0)
    # While an input method composes, no key is theirs.
    await field.fill("")
    await field.press_sequentially("orde")
    await expect(hints).to_have_count(2)
    await field.dispatch_event("compositionstart")
    await field.press("Control+2")
    await expect(field).to_have_value("orde")


async def test_a_macro_is_found_looked_at_and_run_by_keys_alone(opened: Opened) -> None:
    talk = await opened.writes("Maria", "where is my parcel?")
    for name, key, actions in (
        ("Delayed parcel", "", [{"do": "reply", "text": "Dear {{contact.name}}, it is on its way."},
                            {"do": "reply", "text": "Order {{contact.attributes.order}}"},
                            {"do": "tag", "add": ["parcel"]}, {"do": "snooze", "minutes": None}]),
        ("Goodbye", "2", [{"do": "note", "text": "done"}, {"do": "resolve"}]),
    ):  # fmt: skip
        made = await opened.mei.post("/api/macros", {"name": name, "key": key, "actions": actions})
        assert made.status_code == 201
    page = await opened.desk(f"/all/{talk}")
    await expect(page.get_by_role("heading", name="Maria")).to_be_visible()
    await page.get_by_role("log").focus()
    await page.keyboard.press("m")
    field = page.get_by_role("combobox", name="Find a macro")
    await expect(field).to_be_focused()
    await page.keyboard.type("parcel")
    await expect(page.get_by_role("option", name="Delayed parcel")).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Delayed parcel")
    await expect(dialog).to_contain_text("Dear Maria, it is on its way.")
    await expect(dialog).to_contain_text("Nothing is known of contact.attributes.order.")
    await expect(dialog.get_by_role("button", name="Run the other 3")).to_be_enabled()
    assert await opened.said(talk) == []
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="“Delayed parcel” has run")).to_be_visible()
    await expect(page.get_by_role("log")).to_contain_text("Dear Maria, it is on its way.")
    assert await opened.said(talk) == ["Dear Maria, it is on its way.", "snoozed_until_reply"]

    # a figure opens the one that is bound to it
    await expect(dialog).to_have_count(0)
    await page.get_by_role("log").focus()
    await page.keyboard.press("2")
    second = page.get_by_role("dialog", name="Goodbye")
    await expect(second.get_by_role("button", name="Run")).to_be_enabled()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    assert (await opened.said(talk))[-2:] == ["done", "resolved"]


async def test_a_reply_is_undone_in_time_and_another_is_planned_changed_and_sent_when_it_is_time(
    opened: Opened,
) -> None:
    """The hands lie still: what is held stays so until they are let go."""
    talk = await opened.writes("Maria", "where is my parcel?")
    changed = await opened.mei.patch("/api/me", {"settings": {"undo_send": True}})
    assert changed.status_code == 200
    page = await opened.desk(f"/all/{talk}")
    field = page.get_by_role("textbox", name="Reply")
    await field.fill("it is losst")
    await page.keyboard.press("Enter")
    strip = page.get_by_role("list", name="To be sent")
    await expect(strip).to_contain_text("it is losst")
    await expect(field).to_have_value("")
    await strip.get_by_role("button", name="Undo").click()
    await expect(field).to_have_value("it is losst")
    await expect(strip).to_have_count(0)
    assert await opened.said(talk) == []

    await field.fill("Shall I call you?")
    await page.get_by_role("button", name="Send later").click()
    await page.get_by_role("menuitem", name="In an hour").click()
    await expect(strip).to_contain_text("Shall I call you?")
    await expect(field).to_have_value("")
    await page.reload()  # it is the server's by now
    await expect(strip).to_contain_text("Shall I call you?")
    await strip.get_by_role("button", name="Edit").click()
    await strip.get_by_role("textbox", name="Text").fill("Shall I call you at six?")
    await strip.get_by_role("button", name="Save").click()
    await expect(strip).to_contain_text("Shall I call you at six?")
    await expect(strip.get_by_role("button", name="Save")).to_have_count(0)
    await opened.writes("Maria", "hello?")
    opened.pages.front.world.clock.forward(hours=2)
    await opened.hands("plan:")
    await expect(strip).to_contain_text("They wrote in between, so it was held.")
    await strip.get_by_role("button", name="Send now").click()
    await opened.hands("plan:", until=strip)
    await expect(page.get_by_role("log")).to_contain_text("Shall I call you at six?")
    assert "Shall I call you at six?" in await opened.said(talk)


async def test_words_begun_on_one_device_go_on_on_another_and_of_two_both_are_kept(opened: Opened) -> None:
    talk = await opened.writes("Maria", "where is my parcel?")
    first = await opened.desk(f"/all/{talk}")
    field = first.get_by_role("textbox", name="Reply")

    async def kept(text: str) -> None:
        async with asyncio.timeout(60):
            while [one["text"] for one in (await opened.mei.get("/api/drafts")).json()] != [text]:
                await asyncio.sleep(0.1)

    await field.fill("Dear Maria,")
    await kept("Dear Maria,")
    second = await opened.desk(f"/all/{talk}")
    other = second.get_by_role("textbox", name="Reply")
    await expect(other).to_have_value("Dear Maria,")
    await other.fill("Dear Maria, it is on its way.")
    await kept("Dear Maria, it is on its way.")

    await field.fill("Dear Maria, which parcel?")  # the first device has not looked since
    await expect(first.get_by_role("status").filter(has_text="Both texts are here now")).to_be_visible()
    both = "Dear Maria, which parcel?\n\nDear Maria, it is on its way."
    await expect(field).to_have_value(both)
    await kept(both)
    await second.evaluate("dispatchEvent(new Event('focus'))")
    await expect(other).to_have_value(both)

    await other.fill("It is on its way.")
    await kept("It is on its way.")
    await second.keyboard.press("Enter")
    await expect(second.get_by_role("log")).to_contain_text("It is on its way.")
    async with asyncio.timeout(60):
        while (await opened.mei.get("/api/drafts")).json():
            await asyncio.sleep(0.1)
    await first.evaluate("dispatchEvent(new Event('focus'))")
    await expect(field).to_have_value("")


async def test_what_one_agent_merges_goes_on_before_the_eyes_of_the_other_and_is_split_again(opened: Opened) -> None:
    old = await opened.writes("Maria", "where is my parcel?")
    await opened.mei.post(f"/api/conversations/{old}/resolve")
    opened.pages.front.world.clock.forward(hours=30)
    new = await opened.writes("Maria", "still nothing", "and the invoice?")
    seq = (await opened.mei.get(f"/api/conversations/{new}/messages")).json()["rows"][-1]["seq"]
    mei, boss = await opened.desk(f"/all/{new}"), await opened.desk(f"/all/{new}?at={seq}", opened.boss)
    await boss.get_by_role("textbox", name="Reply").fill("I will look into it")
    await mei.get_by_role("log").get_by_text("and the invoice?").wait_for()
    await mei.locator(".acts").get_by_role("button", name="More").locator("visible=true").click()
    await mei.get_by_role("menuitem", name="Merge…").click()
    dialog = mei.get_by_role("dialog", name="Merge conversations")
    await expect(dialog.get_by_role("checkbox")).to_be_checked()
    await expect(dialog).to_contain_text("where is my parcel?")
    await dialog.get_by_role("radio").last.check()
    await dialog.get_by_role("button", name="Merge", exact=True).click()
    for page in (mei, boss):
        await page.wait_for_url(f"**/all/{old}**")
        log = page.get_by_role("log")
        await expect(log.get_by_text("mei merged another conversation into this one")).to_be_visible()
        said = ["where is my parcel?", "still nothing", "and the invoice?"]
        await expect(log.locator(".theirs .bubble")).to_have_text([re.compile(words) for words in map(re.escape, said)])
        rows = page.get_by_role("listbox", name="Conversation list").get_by_role("option")
        await expect(rows).to_have_count(1)
    await expect(boss.get_by_role("textbox", name="Reply")).to_have_value("I will look into it")
    await expect(boss.locator(".pointed")).to_contain_text("and the invoice?")

    invoice = mei.get_by_role("log").locator(".line", has_text="and the invoice?")
    await invoice.hover()
    await invoice.get_by_role("button", name="Split from here").click()
    dialog = mei.get_by_role("dialog", name="Split the conversation")
    await expect(dialog.get_by_text("1 message chosen")).to_be_visible()
    await dialog.get_by_role("button", name="Split", exact=True).click()
    await expect(mei.get_by_role("log").locator(".theirs .bubble")).to_have_text([re.compile("and the invoice")])
    around = mei.get_by_role("complementary", name="What this conversation belongs to")
    await expect(around).to_contain_text("Belongs together")
    await around.get_by_role("button", name="Does not belong together").click()
    await expect(around).to_have_count(0)
    await mei.locator(".toast", has_text="Not linked any more").get_by_role("button", name="Undo").click()
    await expect(around).to_contain_text("Belongs together")
    await expect(boss.get_by_role("log").get_by_text("mei split a part off into a new conversation")).to_be_visible()
    await expect(boss.get_by_role("log").locator(".theirs .bubble")).to_have_count(2)
    await expect(rows).to_have_count(2)
