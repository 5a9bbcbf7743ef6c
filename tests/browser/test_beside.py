"""A supervisor beside an agent, with the customer in a third browser: what she whispers never reaches him."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, Page, expect

from tests.browser.pages import PATIENCE, Pages
from tests.browser.widget_site import eventually, serving, shop_page
from tests.http.desk import Agent
from tests.world import Shop


@dataclass(slots=True)
class Opened:
    pages: Pages
    shop: Shop
    boss: Agent
    mei: Agent
    customer: Page

    @property
    def chat(self) -> FrameLocator:
        return self.customer.frame_locator("iframe")

    async def asks(self, text: str) -> UUID:
        """The customer writes in the widget; the conversation is given to mei."""
        await self.customer.get_by_role("button", name="Chat with us").click()
        await self.chat.get_by_role("textbox").fill(text)
        await self.chat.get_by_role("textbox").press("Enter")

        async def arrived() -> UUID | None:
            await self.shop.world.read_everything()
            rows = (await self.boss.get("/api/conversations", view="all")).json()["rows"]
            return UUID(rows[0]["id"]) if rows else None

        found: UUID = await eventually(arrived)
        await self.boss.post(f"/api/conversations/{found}/assign", {"agent_id": str(self.mei.id)})
        return found


@pytest_asyncio.fixture
async def opened(pages: Pages, browser: Browser) -> AsyncIterator[Opened]:
    shop, agents = await pages.front.opens(f"Qinghe {uuid4().hex[:6]}", "mei")
    door = await shop.connects("webchat", {"title": "Qinghe"}, {"visitor_key": "k" * 32, "identify_secret": "s" * 32})
    async with serving(shop_page(pages.front.base, door.address)) as site:
        profile = await browser.new_context(locale="en-GB")
        profile.set_default_timeout(PATIENCE)
        page = await profile.new_page()
        await page.goto(f"{site}/?lang=en")
        yield Opened(pages, shop, agents["boss"], agents["mei"], page)
    assert pages.errors == []


async def says(page: Page, text: str) -> None:
    await page.locator("[data-composer]").fill(text)
    await page.locator("[data-composer]").press("Enter")


async def test_the_customer_never_sees_a_whisper_that_agent_and_supervisor_see(opened: Opened) -> None:
    one = await opened.asks("Is the teapot in stock?")
    hers = await opened.pages.open(f"/all/{one}", opened.mei)
    page = await opened.pages.open(f"/all/{one}", opened.boss)
    beside = page.get_by_role("region", name="Beside the agent")
    await expect(beside).to_contain_text("mei sees that you are here")
    await expect(hers.get_by_text("boss is listening in")).to_be_visible()
    await beside.get_by_role("button", name="Whisper").click()
    await says(page, "Offer her ten per cent")
    await expect(page.locator(".bubble.whispered")).to_contain_text("Offer her ten per cent")
    await expect(hers.locator(".bubble.whispered")).to_contain_text("never to the customer")
    await expect(hers.locator(".bubble.whispered")).to_contain_text("Offer her ten per cent")

    # what the agent says after it arrives; whoever looks again, from the beginning, finds no whisper either
    await says(hers, "Yes, and today for less.")
    await expect(hers.locator(".bubble.pending")).to_have_count(0)
    await opened.shop.world.send_everything()
    await expect(opened.chat.get_by_text("Yes, and today for less.")).to_be_visible()
    await expect(opened.chat.get_by_text("ten per cent")).to_have_count(0)
    await opened.customer.reload()
    await opened.customer.get_by_role("button", name="Chat with us").click()
    await expect(opened.chat.get_by_text("Yes, and today for less.")).to_be_visible()
    await expect(opened.chat.get_by_text("ten per cent")).to_have_count(0)


async def test_a_supervisor_takes_over_from_an_agent_whose_line_broke_and_hands_back(opened: Opened) -> None:
    one = await opened.asks("Where is my order?")
    hers = await opened.pages.open(f"/all/{one}", opened.mei)
    await expect(hers.locator("[data-composer]")).to_be_visible()
    await hers.context.set_offline(True)
    page = await opened.pages.open(f"/all/{one}", opened.boss)
    await page.get_by_role("region", name="Beside the agent").get_by_role("button", name="Take over").click()
    dialog = page.get_by_role("dialog", name="Take over from mei")
    await dialog.get_by_label("Reason").fill("her line broke")
    await dialog.get_by_role("button", name="Take over").click()
    await expect(page.get_by_text("You have taken over from mei.")).to_be_visible()
    await expect(page.get_by_text("1st hand-over")).to_be_visible()

    await hers.context.set_offline(False)
    await hers.reload()
    await expect(hers.get_by_role("log")).to_contain_text("boss took over from mei")
    await expect(hers.get_by_role("log")).to_contain_text("her line broke")
    await page.get_by_role("region", name="Beside the agent").get_by_role("button", name="Hand back to mei").click()
    await expect(page.get_by_role("region", name="Beside the agent")).to_contain_text("You are listening in")
    await expect(hers.get_by_text("2nd hand-over")).to_be_visible()
