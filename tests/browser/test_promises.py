"""A promise on the screen: made on its page, quiet, seen, warned of, missed and kept, across a night in which clocks change."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import uuid4

from playwright.async_api import expect

from guanxi.worker import keep_time
from tests.browser.pages import Pages
from tests.http.desk import arrives

LINE = {"channel_secret": "0" * 32, "channel_access_token": "token"}


async def test_an_answer_is_warned_of_and_missed_across_a_clock_change(pages: Pages) -> None:
    world = pages.front.world
    world.clock.at = datetime(2026, 10, 24, 15, 30, tzinfo=UTC)  # 17:30 in Berlin, where clocks are set back this night
    shop, agents = await pages.front.opens("Berlin")
    boss = agents["boss"]
    week = [{"day": day, "opens": "09:00", "closes": "18:00"} for day in range(7)]
    made = await boss.post("/api/hours", {"name": "Shop", "time_zone": "Europe/Berlin", "week": week})
    assert made.is_success, made.text
    never = await boss.post("/api/hours", {"name": "Closed", "time_zone": "Europe/Berlin", "week": []})
    assert never.is_success, never.text
    page = await pages.open("/settings/promises", boss, width=1440)
    await page.get_by_role("button", name="New promise").click()
    await page.get_by_label("Name", exact=True).fill("Equal")
    await page.get_by_label("First answer").select_option(label="1 h")
    await page.get_by_label("Next answer").select_option(label="Not promised")
    await page.get_by_label("Counted during").select_option(label="Closed")
    await expect(page.get_by_text("These hours never open, so nothing is promised.")).to_be_visible()
    await page.get_by_label("Counted during").select_option(label="Shop")
    await expect(page.get_by_text("These hours never open")).to_have_count(0)
    await expect(
        page.get_by_text("First answer: by Tomorrow 09:30")
    ).to_be_visible()  # half an hour today, half tomorrow
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button").filter(has_text="Equal")).to_contain_text("Default")

    door = await shop.connects("line", {}, LINE)
    talk = await arrives(shop, door.inbox_id, "陈雨", "在吗")
    await page.goto(f"{pages.front.base}/all")
    row = page.get_by_role("option").filter(has_text="陈雨")
    chip = row.locator(".promise")
    await expect(chip).to_have_text(re.compile(r"^First .*\d\d:30$"))
    late = page.get_by_role("link", name=re.compile("^About to be late"))
    await expect(late).to_have_text(re.compile(r"^\s*About to be late\s*$"))

    world.clock.at = datetime(2026, 10, 25, 8, 20, tzinfo=UTC)  # 9:20 in winter; an hour ago it would have been 8:30
    await keep_time.promises_pass(world.house)
    await expect(late).to_have_text(re.compile(r"About to be late\s*1"))
    await page.goto(f"{pages.front.base}/late")
    await expect(chip).to_have_text(re.compile(r"^First (10:00|9:\d\d)$"))
    await expect(chip).to_have_class(re.compile(r"\bwarn\b"))

    world.clock.at = datetime(2026, 10, 25, 8, 31, tzinfo=UTC)
    await keep_time.promises_pass(world.house)
    await page.reload()
    await expect(chip).to_have_text(re.compile(r"^Over 1:\d\d$"))
    await expect(chip).to_have_class(re.compile(r"\bbad\b"))
    await row.click()
    await expect(page.get_by_role("log").get_by_text("The first answer is late")).to_be_visible()
    await world.follow_everything(shop.id)
    called = [one["kind"] for one in (await boss.get("/api/notices")).json()["rows"]]
    assert sorted(called) == ["missed", "warned"]

    reply = {"id": str(uuid4()), "content": {"kind": "text", "text": "在的"}}
    assert (await boss.post(f"/api/conversations/{talk}/replies", reply)).is_success
    await expect(late).to_have_text(re.compile(r"^\s*About to be late\s*$"))
    await page.goto(f"{pages.front.base}/late")
    await expect(page.get_by_text("Nothing is about to be late.")).to_be_visible()
