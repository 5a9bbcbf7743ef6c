"""The desk's quicker ways: the command palette, marks, selections and views of one's own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest_asyncio
from playwright.async_api import Page, expect

from guanxi import conversations
from guanxi.content import Text
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


async def test_the_palette_finds_people_and_words_and_does_what_the_keys_do(opened: Opened) -> None:
    await opened.writes("陈雨", "我的青瓷茶杯什么时候发货？")
    await opened.writes("Maria", "is it glazed?")
    await opened.shop.world.follow_everything(opened.shop.id)
    page = await opened.desk()
    field = page.get_by_role("combobox", name="Commands and search")
    await page.keyboard.press("Control+k")
    await field.fill("茶杯")
    await expect(page.get_by_role("group", name="Conversations").get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="陈雨")).to_be_visible()
    await expect(field).to_have_count(0)

    # a candidate's Enter belongs to the input method
    await page.keyboard.press("Control+k")
    keys = await page.context.new_cdp_session(page)
    await keys.send("Input.imeSetComposition", {"text": "resol", "selectionStart": 5, "selectionEnd": 5})
    await keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "windowsVirtualKeyCode": 229})
    await expect(field).to_be_visible()
    await keys.send("Input.insertText", {"text": "resolve"})
    await expect(page.get_by_role("option", name="Resolve E", exact=True)).to_have_attribute("aria-selected", "true")
    await page.wait_for_function("at => performance.now() > at + 120", arg=await page.evaluate("performance.now()"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Reopen")).to_be_visible()

    # what was done lately stands on top the next time
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("group", name="Recent").get_by_role("option")).to_contain_text(["陈雨"])
    await field.fill("quick phr")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{opened.pages.front.base}/settings/phrases")


async def test_what_is_marked_unread_stays_so_for_everybody_until_somebody_opens_it_again(opened: Opened) -> None:
    first = await opened.writes("Maria", "is it glazed?")
    page = await opened.desk(f"/all/{first}")
    colleague = await opened.desk(f"/all/{first}", opened.mei)
    mark = page.get_by_role("option", name="Maria").get_by_label("unread")
    await page.bring_to_front()
    for desk in (page, colleague):  # both show it, before anything is expected to be gone
        await expect(desk.get_by_role("heading", name="Maria")).to_be_visible()
        await expect(desk.get_by_role("option", name="Maria")).to_be_visible()
    await expect(mark).to_have_count(0)
    await expect(colleague.get_by_role("option", name="Maria").get_by_label("unread")).to_have_count(0)
    await page.keyboard.press("u")
    await expect(mark).to_have_text("1")
    await expect(page.get_by_role("heading", name="Maria")).to_have_count(0)
    await colleague.bring_to_front()
    await expect(colleague.get_by_role("option", name="Maria").get_by_label("unread")).to_have_text("1")
    opened.pages.front.world.clock.forward(seconds=5)
    await opened.writes("Thomas", "hello")  # the open desk has heard everything until here, and left the mark alone
    await expect(colleague.get_by_role("option", name="Thomas")).to_be_visible()
    await colleague.wait_for_function(
        "at => performance.now() > at + 1500", arg=await colleague.evaluate("performance.now()")
    )
    assert (await opened.boss.get(f"/api/conversations/{first}")).json()["unread"] == 1
    await page.bring_to_front()
    await page.get_by_role("option", name="Maria").click()
    await expect(mark).to_have_count(0)


async def test_chosen_rows_are_resolved_together_and_put_back_but_not_where_somebody_was_quicker(
    opened: Opened,
) -> None:
    ids = [await opened.writes(name, "hello") for name in ("Ada", "Bea", "Cleo", "Dora")]
    page = await opened.desk()
    rows = page.get_by_role("listbox", name="Conversation list").get_by_role("option")
    await expect(rows).to_have_count(4)
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await expect(page.get_by_role("toolbar", name="Chosen conversations")).to_contain_text("1 chosen")
    await rows.nth(2).click(modifiers=["Shift"])
    await expect(page.locator("[role=option][aria-selected=true]")).to_have_count(3)
    await page.keyboard.press("e")
    toast = page.get_by_role("status").filter(has_text="3 resolved")
    await expect(toast).to_be_visible()
    await expect(rows).to_have_count(1)
    first = (await opened.boss.get("/api/conversations", view="resolved")).json()["rows"][0]["id"]
    await opened.mei.post(f"/api/conversations/{first}/tags", {"tags": ["mine now"]})
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("status").filter(has_text="2 put back")).to_contain_text("1 changed meanwhile")
    await expect(rows).to_have_count(3)
    assert (await opened.boss.get(f"/api/conversations/{first}")).json()["state"] == "resolved"

    # everything that is shown, by keys alone; Escape lets go
    await page.get_by_role("listbox", name="Conversation list").focus()
    await page.keyboard.press("Control+a")
    await expect(page.get_by_role("toolbar", name="Chosen conversations")).to_contain_text("3 chosen")
    await page.keyboard.press("a")
    await page.get_by_role("menuitem", name="mei").click()
    await expect(page.get_by_role("status").filter(has_text="3 assigned")).to_be_visible()
    mine = (await opened.mei.get("/api/conversations", view="mine")).json()["rows"]
    assert len(mine) == 3
    assert {row["id"] for row in mine} <= {str(id_) for id_ in ids}
    await page.keyboard.press("x")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("toolbar", name="Chosen conversations")).to_have_count(0)


async def test_a_view_of_ones_own_is_made_counts_and_follows_what_happens(opened: Opened) -> None:
    first = await opened.writes("Maria", "is it glazed?")
    second = await opened.writes("James", "hello")
    await opened.boss.post(f"/api/conversations/{first}/tags", {"tags": ["vip"]})
    page = await opened.desk(width=1440)
    await page.get_by_role("button", name="New view").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("VIP first")
    await dialog.get_by_role("textbox", name="Tag").fill("vip")
    await dialog.get_by_label("Order").select_option(label="Waiting longest")
    await dialog.get_by_role("button", name="Save").click()
    rows = page.get_by_role("listbox", name="Conversation list").get_by_role("option")
    await expect(page.get_by_role("heading", name="VIP first")).to_be_visible()
    await expect(rows).to_have_count(1)
    own = page.get_by_role("navigation", name="Views").get_by_role("link", name="VIP first")
    await expect(own.locator(".count")).to_have_text("1")
    await opened.mei.post(f"/api/conversations/{second}/tags", {"tags": ["vip"]})
    await expect(rows).to_have_count(2)
    await expect(own.locator(".count")).to_have_text("2")
    await rows.first.click()  # the view stays what is listed while one of its conversations is open
    await expect(page.get_by_role("heading", name="Maria")).to_be_visible()
    await page.keyboard.press("e")
    await expect(own.locator(".count")).to_have_text("1")
    await page.reload()
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="Change the view VIP first").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(own).to_have_count(0)
    await expect(rows).to_have_count(1)


async def test_a_link_leads_to_a_message_far_up_and_the_whole_conversation_prints(opened: Opened) -> None:
    talk = await opened.writes("長い話", *[f"line {number}" for number in range(180)])
    page = await opened.desk(f"/all/{talk}?at=5")
    log = page.get_by_role("log")
    await expect(log.locator(".line.pointed")).to_contain_text("line 4")
    await expect(log.get_by_text("line 4", exact=True)).to_be_in_viewport()
    async with page.context.expect_page() as opening:
        await page.get_by_role("button", name="More", exact=True).click()
        await page.get_by_role("menuitem", name="Print", exact=True).click()
    printed = await opening.value
    await expect(printed.get_by_role("heading", name="Conversation with 長い話")).to_be_visible()
    await expect(printed.get_by_role("article")).to_have_count(180)


async def test_a_failure_says_why_with_its_detail_and_a_reply_is_taken_back_as_long_as_it_can_be(
    opened: Opened,
) -> None:
    settings = {"corp_id": "ww5f1c0a7be29d4836", "open_kfid": "wkTeaHouse_Account0001"}
    secrets = {"secret": "s", "token": "lantern", "encoding_aes_key": "x" * 42 + "A"}
    shop, base = opened.shop, opened.pages.front.base
    door = await shop.connects("wecom", settings, secrets)
    conversation = await arrives(shop, door.inbox_id, "王小雨", "龙井还有吗？", channel="wecom")
    page = await opened.desk(f"/all/{conversation}")
    log = page.get_by_role("log")

    async def becomes(seq: int, **change: str) -> None:
        async with shop.world.house.db.transaction(shop.id) as tx:
            locked = await conversations.lock(tx, conversation)
            await conversations.change_message(tx, locked, seq, **change)  # type: ignore[arg-type]

    async with shop.world.house.db.transaction(shop.id) as tx:
        seqs = [
            await conversations.reply(tx, conversation, id=uuid4(), content=Text(said), agent_id=opened.mei.id)
            for said in ("有的，马上发", "要几斤？")
        ]
    await becomes(seqs[0], state="sent", external_id="m1")
    await becomes(seqs[1], state="sent", external_id="m2")
    await expect(log.get_by_role("button", name="Take back")).to_have_count(2)
    await expect(log.get_by_role("button", name="Take back").last).to_have_attribute("title", re.compile("left"))

    # the failure is told later; what a platform says is text, whatever it looks like
    await becomes(seqs[1], state="failed", reason="served_elsewhere", detail="<b>刘洋</b> $& {detail}")
    told = "A colleague in the WeCom app has this session: <b>刘洋</b> $& {detail}. Answer there, or end it there."
    await expect(log.get_by_text(told)).to_be_visible()
    await expect(log.locator("b", has_text="刘洋")).to_have_count(0)
    await expect(log.get_by_role("button", name="Take back")).to_have_count(1)
    await becomes(seqs[1], state="failed", reason="served_elsewhere")
    await expect(log.get_by_text("has this session: —. Answer there")).to_be_visible()

    phone = await opened.pages.open(f"/all/{conversation}", opened.boss, width=390, height=760)
    await expect(phone.get_by_role("log").get_by_role("button", name="Take back")).to_have_css("opacity", "1")
    shop.world.clock.forward(seconds=121)
    await page.goto(f"{base}/all/{conversation}")
    await expect(log.get_by_text("has this session: —. Answer there")).to_be_visible()
    await expect(log.get_by_role("button", name="Take back")).to_have_count(0)


async def test_a_key_that_an_agent_chooses_works_at_every_desk_of_hers_and_the_sheet_needs_no_mouse(
    opened: Opened,
) -> None:
    first = await opened.writes("Ada", "hello")
    page = await opened.desk(f"/all/{first}")
    await expect(page.get_by_role("heading", name="Ada")).to_be_visible()
    await page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    await sheet.get_by_role("button", name="Resolve: E, change", exact=True).press("Enter")
    await page.keyboard.press("Control+d")
    await expect(sheet.get_by_role("status")).to_contain_text("no Ctrl")
    await page.keyboard.press("j")
    await expect(sheet.get_by_role("status")).to_contain_text("“Resolve” is J now. “Next conversation” had it")
    await expect(sheet.get_by_role("button", name="Next conversation: no key")).to_be_visible()
    await expect(sheet.get_by_role("button", name="Resolve: J, change", exact=True)).to_be_focused()
    await sheet.get_by_role("button", name="Tags: L, change").press("Enter")
    await page.keyboard.press("g")
    await page.keyboard.press("t")
    await expect(sheet.get_by_role("button", name="Tags: G T, change")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(sheet).to_have_count(0)
    await page.keyboard.press("e")  # nobody's key any more
    await page.keyboard.press("g")
    await page.keyboard.press("t")
    await expect(page.get_by_role("textbox", name="Conversation tags")).to_be_focused()
    await page.keyboard.press("Escape")

    elsewhere = await opened.desk(f"/all/{first}")
    await expect(elsewhere.get_by_role("button", name="Resolve")).to_contain_text("J")
    await elsewhere.get_by_role("heading", name="Ada").click()
    await elsewhere.keyboard.press("j")
    await expect(elsewhere.get_by_role("button", name="Reopen")).to_be_visible()
    await elsewhere.keyboard.press("?")
    await elsewhere.get_by_role("button", name="Usual keys").click()
    await expect(elsewhere.get_by_role("button", name="Resolve: E, change", exact=True)).to_be_visible()


async def test_one_box_finds_tags_people_and_words_and_a_search_is_sifted_by_who_when_and_what(opened: Opened) -> None:
    first = await opened.writes("陈雨", "青瓷茶杯什么时候发货？")
    await opened.writes("佐藤", "茶杯はまだですか")
    world = opened.shop.world
    async with world.house.db.transaction(opened.shop.id) as tx:
        await conversations.tag(tx, first, ["茶杯缺货"], agent_id=None)
        await conversations.note(tx, first, id=uuid4(), text="茶杯周三到", agent_id=opened.shop.agents["林薇"])
    await world.follow_everything(opened.shop.id)
    page = await opened.desk()
    box = page.get_by_role("combobox", name="Search conversations, people, messages")
    rows = page.get_by_role("listbox", name="Conversation list").get_by_role("option")
    offers = page.get_by_role("listbox", name="It may also be")
    await box.fill("茶杯")
    await expect(offers.get_by_role("option")).to_have_text([re.compile("茶杯缺货.*Tag")])
    await expect(rows).to_have_count(2)
    await box.press("Enter")
    await expect(offers).to_have_count(0)
    await page.get_by_role("button", name="Filter what is found").click()
    card = page.get_by_role("dialog", name="Filter what is found")
    await card.get_by_label("Said by").select_option("Notes")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text(["周三到"])
    await card.get_by_label("Said by").select_option("The customer")
    await expect(rows).to_have_count(2)
    await card.get_by_label("To", exact=True).fill("2020-01-01")
    await expect(rows).to_have_count(0)
    await card.get_by_role("button", name="No filter").click()
    await expect(rows).to_have_count(2)
    await page.keyboard.press("Escape")

    await box.fill("缺货")
    await expect(offers.get_by_role("option")).to_have_count(1)
    await box.press("ArrowDown")
    await box.press("Enter")
    await expect(page.get_by_role("button", name="Remove the filter")).to_be_visible()
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text(["陈雨"])
    await opened.mei.post(f"/api/conversations/{first}/tags", {"tags": []})
    await expect(rows).to_have_count(0)
    await page.get_by_role("button", name="Remove the filter").click()
    await expect(rows).to_have_count(2)

    await box.fill("佐藤")
    await expect(offers.get_by_role("option")).to_have_text([re.compile("佐藤.*Contact")])
    await box.press("ArrowDown")
    await box.press("Enter")
    await expect(page).to_have_url(re.compile(r"/contacts/"))


async def test_two_conversations_stand_side_by_side_and_each_is_answered_where_it_stands(opened: Opened) -> None:
    first, second = await opened.writes("Ada", "is it blue?"), await opened.writes("Bea", "is it green?")
    page = await opened.desk(f"/all/{first}", width=1800)
    await expect(page.get_by_role("heading", name="Ada")).to_be_visible()
    await page.keyboard.press("b")  # makes room: Ada stands beside, and another one is opened
    beside = page.frame_locator("iframe[title='The conversation beside']")
    await expect(beside.get_by_role("heading", name="Ada")).to_be_visible()
    await page.get_by_role("listbox", name="Conversation list").get_by_role("option", name="Bea").click()
    await expect(page.get_by_role("heading", name="Bea")).to_be_visible()
    await expect(page).to_have_url(re.compile(f"/all/{second}.*beside={first}"))
    for where, says in ((beside, "as blue as the sea"), (page, "as green as tea")):
        await where.get_by_role("textbox", name="Reply").fill(says)
        await where.get_by_role("textbox", name="Reply").press("Enter")
        await expect(where.get_by_role("log")).to_contain_text(says)
    await expect(beside.get_by_role("log")).not_to_contain_text("as green as tea")
    rows = page.get_by_role("listbox", name="Conversation list")
    await expect(rows.get_by_role("option", name="Ada")).to_contain_text("as blue as the sea")  # the server has it
    await expect(rows.get_by_role("option", name="Bea")).to_contain_text("as green as tea")
    await opened.writes("Ada", "and the lid?")  # both live
    await expect(beside.get_by_role("log")).to_contain_text("and the lid?")
    await beside.get_by_role("button", name="Close the conversation beside").click()
    await expect(page.locator("iframe")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Bea")).to_be_visible()
    door = await opened.boss.get(f"/beside/{first}")
    assert (door.headers["x-frame-options"], (await opened.boss.get("/mine")).headers["x-frame-options"]) == (
        "SAMEORIGIN",
        "DENY",
    )


async def test_a_paste_of_ten_megabytes_stays_out_and_who_is_removed_while_she_types_is_told_at_once(
    opened: Opened,
) -> None:
    talk = await opened.writes("Maria", "is it glazed?")
    page = await opened.desk(f"/all/{talk}", opened.mei)
    reply = page.get_by_role("textbox", name="Reply")
    await reply.fill("half a thought")
    await reply.press("End")
    await page.keyboard.insert_text("It is glazed with celadon.\n" * 400_000)
    await expect(page.get_by_text("10,800,000 characters are too many")).to_be_visible()
    await page.keyboard.type("!")
    await expect(reply).to_have_value("half a thought!")
    mei = (await opened.mei.get("/api/me")).json()["agent"]["id"]
    assert (await opened.boss.patch(f"/api/agents/{mei}", {"removed": True})).status_code == 200
    await expect(page).to_have_url(re.compile(r"/sign-in\?"))
    await expect(page.get_by_text("Your sign-in has expired. Please sign in again.")).to_be_visible()
