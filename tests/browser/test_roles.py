"""The desk as somebody sees it who only reads, and the team page as its supervisor and its admin do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import expect

from guanxi.infra.postgres import Server
from tests.browser.pages import Pages, open_pages
from tests.http.desk import arrives

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def pages(server: Server) -> AsyncIterator[Pages]:
    async with open_pages(server) as pages:
        yield pages


async def test_a_viewer_reads_everything_and_is_offered_nothing_that_changes_it(pages: Pages) -> None:
    shop, people = await pages.front.opens("Qinghe", "mei")
    door = await shop.connects("line", secrets=LINE)
    id_ = await arrives(shop, door.inbox_id, "佐藤", "サイズ交換をお願いできますか")
    page = await pages.open(f"/all/{id_}", people["mei"])
    await expect(page.locator("[data-composer]")).to_be_visible(timeout=30_000)
    await expect(page.get_by_role("button", name="Resolve")).to_be_visible()
    # the role changes while the desk is open, and the desk with it
    assert (await people["boss"].patch(f"/api/agents/{people['mei'].id}", {"role": "viewer"})).status_code == 200
    await expect(page.get_by_text("You can read here.")).to_be_visible(timeout=30_000)
    await expect(page.locator("[data-composer]")).to_have_count(0)
    await expect(page.get_by_role("log").get_by_text("サイズ交換をお願いできますか")).to_be_visible()
    for name in ("Resolve", "Transfer", "Snooze", "Block"):
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
    await page.keyboard.press("e")
    await page.keyboard.press("i")
    row = (await people["boss"].get(f"/api/conversations/{id_}")).json()
    assert (row["state"], row["assignee"]) == ("open", None)


async def test_an_admin_gives_roles_and_a_supervisor_only_how_much_somebody_takes_on(pages: Pages) -> None:
    _, people = await pages.front.opens("Roles", "mei", "sara")
    page = await pages.open("/settings/team", people["boss"])
    row = page.get_by_role("row").filter(has_text="sara")
    await row.get_by_role("combobox").select_option("supervisor", timeout=30_000)
    await expect(page.get_by_text("Saved")).to_be_visible()
    supervised = await pages.open("/settings/team", people["sara"])
    row = supervised.get_by_role("row").filter(has_text="mei")
    await row.get_by_role("spinbutton").fill("3")
    await row.get_by_role("spinbutton").press("Enter")
    await expect(supervised.get_by_text("Saved")).to_be_visible(timeout=30_000)
    await expect(supervised.get_by_role("combobox")).to_have_count(0)
    await expect(supervised.get_by_role("button", name="Invite")).to_have_count(0)
    team = {one["name"]: (one["role"], one["capacity"]) for one in (await people["boss"].get("/api/agents")).json()}
    assert (team["sara"][0], team["mei"]) == ("supervisor", ("agent", 3))
