"""What other systems may do and are told, as an admin sets it up in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio
from playwright.async_api import expect

from guanxi.infra.postgres import Server
from tests.browser.pages import Pages, open_pages
from tests.http.desk import Agent
from tests.world import Shop

PATIENCE = 30_000


@dataclass(slots=True)
class Opened:
    pages: Pages
    shop: Shop
    boss: Agent
    mei: Agent


@pytest_asyncio.fixture(scope="module")
async def opened(server: Server) -> AsyncIterator[Opened]:
    async with open_pages(server) as pages:
        shop, agents = await pages.front.opens("Qinghe", "mei")
        yield Opened(pages, shop, agents["boss"], agents["mei"])


async def test_a_token_is_made_shown_once_and_revoked(opened: Opened) -> None:
    page = await opened.pages.open("/settings/tokens", opened.mei)
    page.set_default_timeout(PATIENCE)
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
    await expect(row).to_contain_text("Answer and change", timeout=PATIENCE)
    await page.reload()
    await row.wait_for()
    assert token not in await page.content()
    await row.get_by_role("button", name="Revoke Till").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(row).to_have_count(0, timeout=PATIENCE)
    assert (await program.get("/api/me")).status_code == 401
    await page.context.close()
