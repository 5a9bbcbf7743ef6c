"""What every test of a page may count on: one browser for the run, and an expectation waits as long as a busy machine needs."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, expect

from guanxi.infra.postgres import Server
from tests.browser.pages import PATIENCE, Pages, open_browser, open_pages

expect.set_options(timeout=PATIENCE)


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for the whole run. What tests do in it lies apart: each opens profiles of its own."""
    async with open_browser() as running:
        yield running


@pytest_asyncio.fixture(autouse=True)
async def profiles_end_with_their_test(browser: Browser) -> AsyncIterator[None]:
    """No page of an earlier test is left to listen, to draw and to be heard of in a later one."""
    yield
    for profile in browser.contexts:
        await profile.close()


@pytest_asyncio.fixture(scope="module")
async def pages(server: Server, browser: Browser) -> AsyncIterator[Pages]:
    """A house with the built desk for the tests of one module. A test opens a shop of its own in it."""
    async with open_pages(server, browser) as opened:
        yield opened
