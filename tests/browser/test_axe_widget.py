"""axe-core looks at the widget's chat. Apart from the desk's: two houses with different keys would take each other's work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ViewportSize

from guanxi.infra.postgres import Server
from tests.browser.axe import PLACES, Scheme, found
from tests.browser.widget_site import Site, opened
from tests.databases import open_folder


@pytest_asyncio.fixture(scope="module")
async def site(server: Server) -> AsyncIterator[Site]:
    with open_folder() as folder:
        async with opened(server, folder) as running:
            yield running


@pytest.mark.parametrize(("scheme", "width", "height"), PLACES)
async def test_the_widget_shuts_nobody_out(
    site: Site, browser: Browser, scheme: Scheme, width: int, height: int
) -> None:
    # axe is put into the frame from outside, which its security policy rightly forbids
    context = await browser.new_context(
        viewport=ViewportSize(width=width, height=height),
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="en-GB",
        bypass_csp=True,
    )
    page = await context.new_page()
    site.exchange_addresses(f"10.2.{uuid4().int % 250}.{uuid4().int % 250}")
    asked = f"Do you have oolong? {uuid4().hex}"
    await page.goto(f"{site.shop}/?lang=en")
    await page.get_by_role("button", name="Chat with us").click()
    chat = page.frame_locator("iframe")
    await chat.get_by_role("textbox").fill(asked)
    await chat.get_by_role("textbox").press("Enter")
    await site.says(await site.heard(asked), "We do: https://shop.example/oolong")
    await chat.get_by_role("article").get_by_role("link").wait_for()
    wrong = await found(next(frame for frame in page.frames if "/frame" in frame.url), "widget")
    assert wrong == [], "\n".join(wrong)
