"""Offered conversations count down and are taken by a key; busy has a reason, wrapping up an end."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.async_api import expect

from guanxi.worker import keep_time
from tests.browser.pages import Pages
from tests.http.desk import arrives

pytestmark = pytest.mark.asyncio
LINE = {"channel_secret": "0" * 32, "channel_access_token": "token"}


async def test_an_offer_is_taken_by_a_key_or_goes_on_and_each_state_shows_why_and_how_long(pages: Pages) -> None:
    shop, agents = await pages.front.opens(f"Qinghe {uuid4().hex[:6]}", "mei")
    boss, mei = agents["boss"], agents["mei"]
    inbox = (await shop.connects("line", {}, LINE)).inbox_id
    ways = {"busy_reasons": ["meeting", "Kiln"], "wrap_up_seconds": 300, "offer_seconds": 300}
    assert (await boss.http.put("/api/workspace/presence", json=ways)).status_code == 200
    page = await pages.open("/all", mei)
    await page.get_by_role("listbox", name="Conversation list").wait_for()
    menu = page.locator("button.presence")
    await expect(menu).to_contain_text("Offline")
    await menu.click()
    await page.get_by_role("menuitem", name="Kiln").click()
    await expect(menu).to_contain_text(re.compile(r"Busy · Kiln · \d+:\d\d"))
    colleague = await pages.open("/all", boss)
    await expect(colleague.locator(".views")).to_contain_text("Kiln")
    await menu.click()
    await page.get_by_role("menuitem", name=re.compile("^Online")).click()
    await expect(colleague.locator(".views")).not_to_contain_text("Kiln")  # said by the server, not only shown

    # offered; F2 takes it, also while she writes somewhere
    await page.locator("header input").first.focus()
    one = await arrives(shop, inbox, "Aoi", "is it glazed?")
    await keep_time.route(pages.front.world.house)
    bar = page.get_by_role("region", name="Conversations offered to you")
    await expect(bar).to_contain_text("Aoi")
    await expect(bar).to_contain_text("s left")
    await page.keyboard.press("F2")
    await expect(page).to_have_url(re.compile(f"/mine/{one}"))
    await expect(bar).to_have_count(0)
    await expect(page.get_by_role("heading", name="Aoi")).to_be_visible()
    await expect(page.get_by_text("Offered to mei")).to_be_visible()

    # settled: she wraps up, longer once, and ends it by hand
    assert (await mei.post(f"/api/conversations/{one}/resolve")).status_code == 200
    await expect(menu).to_contain_text("Wrapping up")
    await menu.click()
    await page.get_by_role("menuitem", name="300 s more").click()
    await expect(page.get_by_role("menu")).to_have_count(0)
    await menu.click()
    await expect(page.get_by_role("menuitem", name="300 s more")).to_be_disabled()
    await expect(colleague.locator(".views .why")).to_have_count(1)
    await page.get_by_role("menuitem", name="Done, online again").click()
    await expect(colleague.locator(".views .why")).to_have_count(0)

    # nobody takes the next one in time
    await arrives(shop, inbox, "Ben", "hello?")
    await keep_time.route(pages.front.world.house)
    await expect(bar).to_contain_text("Ben")
    pages.front.world.clock.forward(seconds=301)
    await keep_time.route(pages.front.world.house)
    await expect(page.get_by_text("You did not take a conversation in time")).to_be_visible()
    await expect(menu).to_contain_text("Did not take a conversation")
    await page.get_by_role("button", name="Online again").click()
    await expect(menu).to_contain_text("Online")
    assert pages.errors == []
