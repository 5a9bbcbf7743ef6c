"""The page of reports and the wallboard in a real browser: the numbers are those of the server, and they move."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
from playwright.async_api import Page, expect

from guanxi import conversations, reports
from guanxi.commands import parity as command
from guanxi.content import Text
from tests.browser.axe import SCHEMES, SCREENS, found_by_day_and_night
from tests.browser.pages import Pages
from tests.http.desk import Agent, arrives
from tests.world import Shop

LINE = {"channel_secret": "0" * 32, "channel_access_token": "token"}
# A picture of each page, for people: GUANXI_TEST_PICTURES names a folder.
PICTURES = os.environ.get("GUANXI_TEST_PICTURES")


class Busy:
    """A shop that has had a week."""

    def __init__(self, pages: Pages, shop: Shop, people: dict[str, Agent], inbox: UUID) -> None:
        self.pages, self.shop, self.people, self.inbox = pages, shop, people, inbox

    async def writes(self, who: str, channel: str = "line") -> UUID:
        return await arrives(self.shop, self.inbox, who, "hello", channel=channel)

    async def answers(self, conversation_id: UUID, agent: str, *, resolves: bool = False) -> None:
        async with self.shop.world.house.db.transaction(self.shop.id) as tx:
            agent_id = self.people[agent].id
            await conversations.reply(tx, conversation_id, id=uuid4(), content=Text("yes"), agent_id=agent_id)
            if resolves:
                await conversations.resolve(tx, conversation_id, agent_id=agent_id)
        await self.shop.world.follow_everything(self.shop.id)


@pytest_asyncio.fixture(scope="module")
async def busy(pages: Pages) -> Busy:
    clock = pages.front.world.clock
    ends = clock.at = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    clock.forward(days=-7)
    shop, people = await pages.front.opens("Qinghe", "mei", "عمر 🌿")
    busy = Busy(pages, shop, people, (await shop.connects("line", {}, LINE)).inbox_id)
    for n in range(21):
        clock.forward(hours=7, minutes=40)
        for guest in range(1 + n * 5 % 4):
            one = await busy.writes(f"{n}-{guest}", "line" if guest % 2 else "webchat")
            clock.forward(seconds=17 * (1 + n * 7 % 9))
            await busy.answers(one, ("boss", "mei", "عمر 🌿")[n % 3], resolves=guest == 0)
    clock.at = ends
    return busy


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page="wallboard" not in name)


async def report_of(busy: Busy, **asked: str) -> dict[str, Any]:
    found: dict[str, Any] = (await busy.people["boss"].get("/api/reports", **asked)).json()
    return found


async def test_the_page_shows_what_the_server_counts_and_chooses_channel_and_agent(busy: Busy) -> None:
    page = await busy.pages.open("/reports", busy.people["boss"])
    total = (await report_of(busy))["total"]
    tile = page.locator(".tiles > div")
    await expect(tile.first.locator("b")).to_have_text(str(total["opened"]))
    assert total["opened"] > 20
    for chart in ("Volume", "First answer", "Waiting", "Time to resolve"):
        await expect(page.get_by_role("figure", name=chart)).to_be_visible()

    await page.get_by_label("Channel", exact=True).select_option("webchat")
    of_webchat = (await report_of(busy, channel="webchat"))["total"]
    assert 0 < of_webchat["opened"] < total["opened"]
    await expect(tile.first.locator("b")).to_have_text(str(of_webchat["opened"]))
    mei = str(busy.people["mei"].id)
    await page.get_by_label("Agent", exact=True).select_option(mei)
    of_mei = (await report_of(busy, channel="webchat", agent_id=mei))["total"]
    await expect(tile.nth(2).locator("b")).to_have_text(str(of_mei["sent"]))
    assert f"channel=webchat&agent={mei}" in page.url

    await page.reload()  # the address says it all
    await expect(tile.nth(2).locator("b")).to_have_text(str(of_mei["sent"]))
    volume = page.get_by_role("figure", name="Volume")
    await volume.get_by_text("As a table").click()
    rows = volume.locator("tbody tr")
    await expect(rows).to_have_count(7)
    counted = [int(text) for text in await rows.locator("td:last-child").all_inner_texts()]
    assert sum(counted) == of_mei["resolved"]["count"]


async def test_a_spreadsheet_gets_the_same_lines(busy: Busy) -> None:
    page = await busy.pages.open("/reports", busy.people["boss"])
    async with page.expect_download() as waited:
        await page.get_by_role("link", name="CSV: By agent").click()
    saved = await waited.value
    assert saved.suggested_filename.endswith("-agent.csv")
    lines = (await saved.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 4
    assert any(line.startswith("عمر 🌿,") for line in lines)


async def test_equal_channels_shows_what_the_command_prints_and_says_it_in_one_sentence(busy: Busy) -> None:
    boss = busy.people["boss"]
    found = (await boss.get("/api/reports/parity")).json()
    async with busy.shop.world.house.db.reading(busy.shop.id) as tx:
        first, last = (date.fromisoformat(found[key]) for key in ("first", "last"))
        printed = command.table(await reports.equal_channels(tx, first, last))[1:]
    page = await busy.pages.open("/reports", boss)
    await page.get_by_role("link", name="Equal channels").click()
    for line in printed:
        channel, agents, received, opened, *_ = line.split()
        row = page.locator(f"[data-channel={channel}]")
        for column, value in (("agents", agents), ("received", received), ("opened", opened)):
            await expect(row.locator(f"[data-column={column}]")).to_have_text(value)
    for measure in ("waited", "first_answered", "resolved", "passed_on", "solved_at_once", "satisfied"):
        await expect(page.locator(f"[data-measure={measure}] tbody tr")).to_have_count(len(found["channels"]))
    said = {"equal": "served alike, as far", "differs": "Not all channels", "too_few": "Too few conversations"}
    await expect(page.locator(".notice strong")).to_contain_text(said[found["verdict"]])

    async with page.expect_download() as waited:
        await page.get_by_role("link", name="CSV").click()
    rows = (await (await waited.value).path()).read_text(encoding="utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in rows] == ["channel", *(one["channel"] for one in found["channels"])]
    await page.get_by_text("Other", exact=True).click()
    await page.get_by_label("From").fill("2001-01-01")
    await page.get_by_label("to", exact=True).fill("2001-01-02")
    await expect(page.get_by_text("Nothing in this period")).to_be_visible()


async def test_an_agent_is_told_whose_right_it_is(busy: Busy) -> None:
    page = await busy.pages.open("/reports", busy.people["mei"])
    await expect(page.get_by_text("Reports are for supervisors")).to_be_visible()
    await expect(page.locator(".tiles")).to_have_count(0)


async def test_the_wallboard_moves_by_itself(busy: Busy) -> None:
    page = await busy.pages.open("/wallboard", busy.people["mei"], width=1600, height=900)
    queue = page.locator("[data-figure=queue] dd > span")
    before = (await busy.people["mei"].get("/api/wallboard")).json()
    await expect(queue).to_have_text(str(before["queue"]))
    await expect(page.get_by_text("Nobody is online")).to_be_visible()
    one = await busy.writes("somebody new")
    await expect(queue).to_have_text(str(before["queue"] + 1))
    await busy.shop.comes_online("عمر 🌿")
    await expect(page.get_by_text("عمر 🌿")).to_be_visible()
    await busy.answers(one, "عمر 🌿")
    answered = page.locator("[data-figure=answered] dd > span")
    await expect(answered).to_have_text(str(before["today"]["waited"]["count"] + 1))
    await picture(page, "wallboard")


async def test_an_agent_is_lent_to_a_queue_from_the_wallboard_by_hand_and_by_menu_and_it_can_be_undone(
    busy: Busy,
) -> None:
    boss, queues = busy.people["boss"], "/api/queues"
    (first, *_) = (await boss.get(queues)).json()
    kept = {key: value for key, value in first.items() if key not in ("id", "version")}
    added = await boss.post(queues, kept | {"name": "Refunds", "everybody": False, "agents": []})
    assert added.status_code == 201, added.text
    page = await busy.pages.open("/wallboard", boss, width=1600, height=900)
    row = page.locator("tr[data-queue]").filter(has_text="Refunds")
    await expect(row).to_contain_text("0/0")
    await page.locator("tr[draggable=true]").filter(has_text="mei").drag_to(row)
    await expect(row).to_contain_text("/1")
    await page.get_by_role("button", name="Undo").click()
    await expect(row).to_contain_text("0/0")
    await page.get_by_role("button", name="What to do beside mei").press("Enter")
    await page.get_by_role("menuitem", name="Refunds").press("Enter")
    await expect(row).to_contain_text("/1")


async def test_nobody_is_shut_out_of_the_numbers(busy: Busy) -> None:
    for width, height in SCREENS.values():
        page = await busy.pages.open("/reports?days=30", busy.people["boss"], width=width, height=height)
        for path, ready in (
            ("/reports?days=30", ".tiles"),
            ("/reports/parity", ".measures"),
            ("/wallboard", ".figures"),
        ):
            await page.goto(busy.pages.front.base + path)
            await expect(page.locator(ready)).to_be_visible()
            assert await found_by_day_and_night(page, path) == []
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            for scheme in SCHEMES if PICTURES else ():
                await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                await picture(page, f"{path[1:].partition('?')[0].replace('/', '-')}-{scheme}-{width}")
