"""What other systems may do and are told, as an admin sets it up in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest_asyncio
from playwright.async_api import Browser, expect

from guanxi import inboxes
from guanxi.infra.postgres import Server
from tests.browser.pages import Pages, open_pages
from tests.http.desk import Agent, arrives
from tests.integrations.receiver import Receiver, goes_on, open_receiver, signed_by
from tests.world import Shop


@dataclass(slots=True)
class Opened:
    pages: Pages
    shop: Shop
    boss: Agent
    mei: Agent
    receiver: Receiver


@pytest_asyncio.fixture(scope="module")
async def opened(server: Server, browser: Browser) -> AsyncIterator[Opened]:
    async with (
        open_receiver() as receiver,
        open_pages(server, browser, private_hosts_allowed=(urlsplit(receiver.url).netloc,)) as pages,
    ):
        shop, agents = await pages.front.opens("Qinghe", "mei")
        yield Opened(pages, shop, agents["boss"], agents["mei"], receiver)


async def test_a_token_is_made_shown_once_and_revoked(opened: Opened) -> None:
    page = await opened.pages.open("/settings/tokens", opened.mei)
    await page.get_by_role("button", name="New token").click()
    await page.get_by_label("Name").fill("Till")
    await expect(page.get_by_text("Set up the team")).to_have_count(0)  # for admins only
    await page.get_by_label("Answer and change").check()
    await page.get_by_role("dialog").get_by_role("button", name="New token").click()
    token = await page.get_by_role("dialog").get_by_label("Till").input_value()
    program = opened.pages.front.stranger(authorization=f"Bearer {token}")
    assert (await program.get("/api/me")).json()["agent"]["name"] == "mei"
    await page.get_by_role("button", name="Done").click()
    row = page.get_by_role("listitem").filter(has_text="Till")
    await expect(row).to_contain_text("Answer and change")
    await page.reload()
    await row.wait_for()
    assert token not in await page.content()
    await row.get_by_role("button", name="Revoke Till").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(row).to_have_count(0)
    assert (await program.get("/api/me")).status_code == 401
    await page.context.close()


async def test_an_admin_adds_a_receiver_tests_it_and_sends_again(opened: Opened) -> None:
    page = await opened.pages.open("/settings/webhooks", opened.boss)
    await page.get_by_role("button", name="New webhook").click()
    await page.get_by_label("Name").fill("Order system")
    await page.get_by_label("Address").fill(opened.receiver.url)
    await page.get_by_role("dialog").get_by_label("Resolved").check()
    await page.get_by_role("button", name="Add webhook").click()
    secret = await page.get_by_role("dialog").get_by_label("Signing secret").input_value()
    await page.get_by_role("button", name="Done").click()
    await page.get_by_role("heading", name="Order system").wait_for()
    opened.receiver.script.next("hook", status=500)
    await page.get_by_role("button", name="Send a test event").click()
    line = page.get_by_role("listitem").filter(has_text="Test event")
    await expect(line).to_have_count(1)
    await goes_on(opened.shop)
    await expect(line).to_contain_text("HTTP 500 · tried once")
    await goes_on(opened.shop)
    await expect(line).to_contain_text("Taken · 200")
    await line.get_by_role("button").first.click()
    await expect(line).to_contain_text("thank you")
    await line.get_by_role("button", name="Send again").click()
    await expect(line).to_have_count(2)
    await goes_on(opened.shop)
    assert opened.receiver.kinds == ["webhook.tested"] * 2
    assert all(signed_by(call, secret) for call in opened.receiver.calls)
    assert secret not in await page.content()
    await page.context.close()


async def test_every_admin_is_told_that_a_receiver_is_gone(opened: Opened) -> None:
    added = {"name": "Old till", "url": opened.receiver.url, "kinds": ["message.received"]}
    hook = (await opened.boss.post("/api/webhooks", added)).json()["about"]["id"]
    desk = await opened.pages.open("/mine", opened.boss)
    colleague = await opened.pages.open("/mine", opened.mei)
    for page in (desk, colleague):
        await page.get_by_role("main").wait_for()
    opened.receiver.script.next("hook", status=410)
    await opened.boss.post(f"/api/webhooks/{hook}/test")
    await goes_on(opened.shop)
    await desk.get_by_role("link", name="Old till").click()
    await expect(desk.get_by_text("says that it is gone")).to_be_visible()
    await desk.get_by_role("button", name="Resume").click()
    await expect(desk.get_by_role("button", name="Pause")).to_be_visible()
    await expect(colleague.get_by_role("link", name="Old till")).to_have_count(0)
    refused = await opened.pages.open("/settings/webhooks", opened.mei)
    await expect(refused.get_by_role("button", name="New webhook")).to_have_count(0)
    for page in (desk, colleague, refused):
        await page.context.close()


async def test_every_admin_is_told_which_account_sends_nothing_any_more_and_why(opened: Opened) -> None:
    inbox_id = (
        await opened.shop.connects("line", {}, {"channel_secret": "0" * 32, "channel_access_token": "t"})
    ).inbox_id
    desk = await opened.pages.open("/mine", opened.boss)
    colleague = await opened.pages.open("/mine", opened.mei)
    for page in (desk, colleague):
        await page.get_by_role("main").wait_for()
    assert (await opened.boss.post(f"/api/inboxes/{inbox_id}/pause")).is_success
    told = desk.get_by_role("status").get_by_role("link", name="sends nothing now")
    async with opened.shop.world.house.db.transaction(opened.shop.id) as tx:
        await inboxes.pause(tx, inbox_id, "token_refused")
    await expect(told).to_contain_text("LINE refuses the channel access token")
    await told.click()
    await expect(desk.get_by_role("button", name="Resume")).to_be_visible()
    await expect(colleague.get_by_role("status").get_by_role("link")).to_have_count(0)
    await desk.get_by_role("button", name="Resume").click()
    await expect(told).to_have_count(0)
    assert (await opened.boss.post(f"/api/inboxes/{inbox_id}/pause")).is_success  # what we do ourselves needs no alarm
    await desk.goto(f"{opened.pages.front.base}/settings/inboxes")
    await expect(desk.get_by_text("switched off by hand")).to_be_visible()
    await expect(told).to_have_count(0)
    for page in (desk, colleague):
        await page.context.close()


async def test_a_rule_is_written_tried_saved_moved_and_explained_by_keys(opened: Opened) -> None:
    door = await opened.shop.connects("webchat", secrets={"visitor_key": "visitor-key", "identify_secret": "identify"})
    talk = await arrives(opened.shop, door.inbox_id, "何静", "I want to return it", channel="webchat")
    await arrives(opened.shop, door.inbox_id, "Maria", "is it glazed?", channel="webchat")
    await goes_on(opened.shop)  # a rule hears what happens after it is on
    made = {"subject": "contact", "name": "Points", "kind": "number"}
    assert (await opened.boss.post("/api/attributes", made)).is_success
    page = await opened.pages.open("/settings/automation", opened.boss)
    await page.get_by_role("button", name="New rule").press("Enter")
    await page.get_by_label("Name", exact=True).press_sequentially("Returns")
    condition = page.get_by_role("group", name="Condition 1")
    await condition.get_by_label("Words", exact=False).press_sequentially("return, refund")
    action = page.get_by_role("group", name="Action 1")
    await action.get_by_role("combobox").first.press_sequentially("Tag")
    await action.get_by_label("Words", exact=False).press_sequentially("returns")
    await page.get_by_role("button", name="Dry run").press("Enter")
    await expect(page.get_by_role("status").filter(has_text="in 1 of 2 conversations")).to_be_visible()
    await expect(page.get_by_role("listitem").filter(has_text="何静")).to_contain_text("Tag")
    await page.get_by_role("radio", name="Would not (1)").press("Space")
    no = page.get_by_role("listitem").filter(has_text="Maria")
    await expect(no).to_contain_text("Condition 1, Words in the message: found “is it glazed?”")
    await page.get_by_role("button", name="Add a condition").press("Enter")
    points = page.get_by_role("group", name="Condition 2")
    await points.get_by_role("combobox").first.select_option(label="Customer’s attribute")
    await points.get_by_label("Customer’s attribute").select_option(label="Points")
    await points.get_by_label("How it is compared").select_option(label="≥")
    await points.get_by_label("Number").fill("7")
    await page.get_by_role("button", name="Add an action").press("Enter")
    saying = page.get_by_role("group", name="Action 2")
    await saying.get_by_role("combobox").first.select_option(label="Write a note")
    await saying.get_by_role("textbox").fill("Points of ")
    await saying.get_by_role("button", name="Customer’s name").press("Enter")
    await expect(saying.get_by_text("Points of ‹Customer’s name›")).to_be_visible()
    await page.get_by_role("button", name="Dry run").press("Enter")
    found = page.get_by_role("status").filter(has_text="in 0 of 2 conversations")
    await expect(found.get_by_role("listitem").filter(has_text="何静")).to_contain_text("Points ≥ 7: found nothing")
    who = (await opened.boss.get(f"/api/conversations/{talk}")).json()["contact"]["id"]
    version = (await opened.boss.get(f"/api/contacts/{who}")).json()["version"]
    told = await opened.boss.patch(f"/api/contacts/{who}", {"version": version, "attributes": {"points": "12"}})
    assert told.is_success, told.text
    await page.get_by_role("button", name="Dry run").press("Enter")
    found = page.get_by_role("status").filter(has_text="in 1 of 2 conversations")
    await expect(found.get_by_role("listitem").filter(has_text="何静")).to_contain_text("Points of 何静")
    await page.get_by_role("switch", name="Stop here").press("Space")
    await page.get_by_role("switch", name="Off").press("Space")
    await page.get_by_role("button", name="Save").press("Enter")
    await page.get_by_role("heading", name="Returns").wait_for()
    await arrives(opened.shop, door.inbox_id, "何静", "a refund is fine too", channel="webchat")
    await goes_on(opened.shop)
    await page.reload()
    log = page.get_by_role("listitem").filter(has_text="何静")
    await expect(log).to_contain_text("Done")
    assert (await opened.boss.get(f"/api/conversations/{talk}")).json()["tags"] == ["returns"]
    await log.get_by_role("link", name="何静").press("Enter")
    await page.get_by_role("heading", name="Why, or why not?").wait_for()
    await expect(page.get_by_text("All holds as it is written now")).to_be_visible()
    doing = [{"do": "note", "text": "angry"}]
    second = {"name": "Angry", "kind": "message.received", "conditions": [], "actions": doing}
    await opened.boss.post("/api/rules", second)
    await page.get_by_role("link", name="Automation").first.press("Enter")
    async with page.expect_response("**/api/rules/order"):
        await page.get_by_role("button", name="Move “Angry”: 2 of 2").press("ArrowUp")
    await expect(page.get_by_role("button", name="Move “Angry”: 1 of 2")).to_be_focused()
    row = page.get_by_role("listitem").filter(has_text="Returns")
    await row.get_by_role("switch").press("Space")
    await expect(row.get_by_role("switch", name="Off")).to_be_visible()
    rules = (await opened.boss.get("/api/rules")).json()["rows"]
    assert [(rule["name"], rule["is_on"], rule["stops"], rule["done"]) for rule in rules] == [
        ("Angry", False, False, 0), ("Returns", False, True, 1),
    ]  # fmt: skip
    await page.context.close()


async def test_a_sentence_shows_what_it_is_judged_as_with_the_words_as_they_stand_in_the_form(opened: Opened) -> None:
    page = await opened.pages.open("/settings/alarm-words", opened.boss)
    await page.get_by_label("What a customer writes").fill("the glaze is crawling, I want a refund")
    found = page.get_by_role("status").filter(has_text="refund")
    await expect(found).to_contain_text("high")
    await page.get_by_role("button", name="Add a word").click()
    await page.get_by_label("Word 1", exact=True).fill("glaze is crawling")
    await page.get_by_label("What word 1 means").select_option("urgent")
    await expect(found).to_contain_text("your own")
    await page.get_by_label("Find a word").fill("refund")
    await page.get_by_role("button", name="refund", exact=True).press("Enter")
    await expect(found.filter(has_text="no alarm")).to_be_visible()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Save")).to_have_count(0)
    words = (await opened.boss.get("/api/alarm-words")).json()["words"]
    assert [(one["word"], one["means"]) for one in words] == [("glaze is crawling", "urgent"), ("refund", "nothing")]
    await page.context.close()
