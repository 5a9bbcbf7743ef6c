"""A newcomer's path: docs/how-to/first-hour.md, walked heading by heading from an empty installation."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, FrameLocator, Page, expect

from guanxi.demo.platforms import serve
from guanxi.demo.shop import shop as shop_page
from tests.browser.pages import PATIENCE
from tests.browser.whole_house import Process, open_chat, open_conversation, shows, write
from tests.databases import open_folder
from tests.demo.running import free_port

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "first-hour.md"
PASSWORD = "three cups and a kiln"


@dataclass(slots=True)
class Newcomer:
    """Who walks: the admin's page, and what he has come by."""

    house: Process
    browser: Browser
    desk: Page
    address: str = ""  # of the web chat
    chat: FrameLocator | None = None

    async def stranger(self) -> Page:
        context = await self.browser.new_context(
            viewport={"width": 1280, "height": 860}, locale="en", service_workers="block"
        )
        context.set_default_timeout(PATIENCE)
        return await context.new_page()


async def found_the_workspace(one: Newcomer) -> None:
    await one.desk.goto(one.house.link())
    await one.desk.get_by_label("Name of the shop or company").fill("Qinghe Ceramics")
    await one.desk.get_by_label("Your name").fill("Lin Wei")
    await one.desk.get_by_label("E-mail").fill("lin@qinghe.example")
    await one.desk.get_by_label("Password", exact=True).fill(PASSWORD)
    await one.desk.get_by_role("button", name="Create the workspace").click()
    await expect(one.desk).to_have_url(re.compile("/settings/inboxes/new"))


async def connect_an_inbox(one: Newcomer) -> None:
    await one.desk.get_by_role("button", name=re.compile("^Web chat")).click()
    await one.desk.get_by_role("button", name="Save and continue").click()
    snippet = one.desk.get_by_text("/widget.js").first
    found = re.search(r"/chat/([\w-]+)/widget\.js", await snippet.inner_text())
    assert found
    one.address = found[1]


async def invite_a_colleague(one: Newcomer) -> None:
    await one.desk.goto(f"{one.house.url}/settings/team")
    await one.desk.get_by_role("button", name="Invite").first.click()
    await one.desk.get_by_role("button", name="Make the link").click()
    link = await one.desk.get_by_role("textbox", name="The link is ready").input_value()
    page = await one.stranger()
    await page.goto(link)
    await page.get_by_label("Your name").fill("周敏")
    await page.get_by_label("E-mail").fill("zhou@qinghe.example")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Join").click()
    await expect(page).to_have_url(re.compile("/mine"))
    await page.context.close()
    await one.desk.get_by_role("button", name="Done").click()
    await one.desk.reload()
    await expect(one.desk.get_by_role("row").filter(has_text="周敏")).to_be_visible()


async def answer(one: Newcomer) -> None:
    await one.desk.goto(f"{one.house.url}/all")
    await one.desk.get_by_role("button", name=re.compile("Online|Offline|Busy")).click()
    await one.desk.get_by_role("menuitem", name=re.compile("^Online")).click()
    page = shop_page(desk=one.house.url, address=one.address, identify_secret="not-needed-by-strangers")
    async with serve(page) as site:
        visitor = await one.stranger()
        await visitor.goto(f"{site}/?lang=en")
        one.chat = await open_chat(visitor)
        await write(one.chat, "Is the blue bowl back in stock?")
        await open_conversation(one.desk, "Is the blue bowl back in stock?")
        await write(one.desk, "Three are left.")
        await shows(one.chat, "Three are left.")


async def automate(one: Newcomer) -> None:
    assert one.chat is not None
    place = one.desk.url
    await one.desk.goto(f"{one.house.url}/settings/automation")
    await one.desk.get_by_role("button", name="New rule").click()
    await one.desk.get_by_label("Name", exact=True).fill("Bowls")
    await one.desk.get_by_role("group", name="Condition 1").get_by_label("Words").fill("bowl")
    action = one.desk.get_by_role("group", name="Action 1")
    await action.get_by_role("combobox").first.select_option("tag")
    await action.get_by_label("Words").fill("bowls")
    await one.desk.get_by_role("button", name="Dry run").click()
    await expect(one.desk.get_by_role("status").filter(has_text="1 of 1 conversations")).to_be_visible()
    await one.desk.get_by_role("switch", name="Off").check()
    await one.desk.get_by_role("button", name="Save").click()
    await one.desk.get_by_role("heading", name="Bowls").wait_for()
    await write(one.chat, "Then I take one bowl.")
    await one.desk.goto(place)
    await expect(one.desk.get_by_role("option").get_by_text("bowls", exact=True)).to_be_visible()


STEPS: dict[str, Callable[[Newcomer], Awaitable[None]]] = {
    "Found the workspace": found_the_workspace,
    "Connect an inbox": connect_an_inbox,
    "Invite a colleague": invite_a_colleague,
    "Answer": answer,
    "Automate": automate,
}


async def test_the_first_hour_goes_as_the_guide_says(browser: Browser) -> None:
    assert re.findall(r"^## (.+)$", GUIDE.read_text(), re.MULTILINE) == list(STEPS)
    with open_folder() as data:
        house = Process(data, free_port())
        await house.start()
        try:
            context = await browser.new_context(
                viewport={"width": 1440, "height": 860}, locale="en", service_workers="block"
            )
            context.set_default_timeout(PATIENCE)
            one = Newcomer(house, browser, await context.new_page())
            for step in STEPS.values():
                await step(one)
        finally:
            await house.kill()
