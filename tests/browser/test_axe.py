"""axe-core walks through desk, settings and door in light and dark, on a desk and on a phone, and finds nothing that shuts anybody out."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect
from playwright.async_api import TimeoutError as BrowserTimeout

from tests.browser.axe import SCREENS, found_by_day_and_night
from tests.browser.pages import Pages
from tests.http.desk import Agent, arrives
from tests.world import Shop

LINE = {"channel_secret": "0" * 32, "channel_access_token": "token"}
SETTINGS = (
    "inboxes",
    "inboxes/new",
    "inboxes/new/wechat",
    "inboxes/new/webchat",
    "team",
    "workspace",
    "my-workspaces",
    "my-workspaces/new",
    "phrases",
    "me",
    "tokens",
)


@dataclass(slots=True)
class Opened:
    pages: Pages
    shop: Shop
    boss: Agent
    inbox: UUID
    talk: UUID


@pytest_asyncio.fixture(scope="module")
async def opened(pages: Pages) -> Opened:
    shop, agents = await pages.front.opens(f"Qinghe {uuid4().hex[:6]}", "mei")
    boss = agents["boss"]
    door = await shop.connects("line", {}, LINE)
    talk = await arrives(shop, door.inbox_id, "佐藤 健", "サイズ交換をお願いできますか", "https://shop.example/cups")
    for who, said in (("Maria", "is it glazed?"), ("何静", "盖子可以单独买吗"), ("Thomas", "when does it ship?")):
        await arrives(shop, door.inbox_id, who, said)
    at = f"/api/conversations/{talk}"
    await boss.post(f"{at}/assign", {"agent_id": (await boss.get("/api/me")).json()["agent"]["id"]})
    await boss.post(f"{at}/replies", {"id": str(uuid4()), "content": {"kind": "text", "text": "承知しました"}})
    await boss.post(f"{at}/notes", {"id": str(uuid4()), "text": "ask the warehouse"})
    await boss.post(f"{at}/tags", {"tags": ["exchange", "vip"]})
    await boss.post("/api/quick-phrases", {"shortcut": "hello", "text": "Good day, what may we do for you?"})
    return Opened(pages, shop, boss, door.inbox_id, talk)


async def until_shown(show: Callable[[], Awaitable[None]], what: Locator) -> None:
    """Press again when the key came while the last thing was still handing the focus back."""
    for _ in range(5):
        await show()
        with contextlib.suppress(BrowserTimeout):
            await what.wait_for(timeout=3000)
            return
    await what.wait_for()


@pytest.mark.parametrize(("width", "height"), SCREENS.values(), ids=SCREENS)
async def test_the_desk_shuts_nobody_out(opened: Opened, width: int, height: int) -> None:
    wide = width > 800
    page = await opened.pages.open("/all", opened.boss, width=width, height=height)
    await expect(page.get_by_role("option")).to_have_count(4)
    wrong = await found_by_day_and_night(page, "list")
    await page.get_by_role("option", name="佐藤 健").click()
    await page.get_by_role("log").get_by_text("ask the warehouse").wait_for()
    wrong += await found_by_day_and_night(page, "thread")
    reply = page.get_by_role("textbox", name="Reply")
    await reply.fill("/hel")
    await page.get_by_text("Good day").wait_for()
    wrong += await found_by_day_and_night(page, "phrases")
    await reply.fill("half a thought")
    await page.keyboard.press("Control+.")
    await page.get_by_role("textbox", name="Note").first.fill("a note")
    wrong += await found_by_day_and_night(page, "note")
    await page.keyboard.press("Escape")
    sights: list[tuple[str, Callable[[], Awaitable[None]], str]] = [
        ("shortcuts", lambda: page.keyboard.press("?"), "dialog"),
        ("transfer", lambda: page.keyboard.press("t"), "dialog"),
        ("assign", lambda: page.keyboard.press("a"), "menu"),
        ("tags", lambda: page.keyboard.press("l"), "dialog"),
    ]
    if wide:
        sights.append(("snooze", lambda: page.keyboard.press("s"), "menu"))
    for name, show, role in sights:
        await until_shown(show, page.locator(f"[role={role}]:visible, dialog[open]").first)
        wrong += await found_by_day_and_night(page, name)
        await page.keyboard.press("Escape")
        await expect(page.locator("[role=menu], [role=dialog], dialog[open]")).to_have_count(0)
        await page.wait_for_function("!document.activeElement?.matches('input, textarea')")
    if wide:
        await page.get_by_role("button", name="Snooze").click()
        await page.get_by_role("menuitem").last.click()
        await page.locator("input[type=datetime-local]").wait_for()
        wrong += await found_by_day_and_night(page, "snooze until")
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize(("width", "height"), SCREENS.values(), ids=SCREENS)
async def test_the_settings_shut_nobody_out(opened: Opened, width: int, height: int) -> None:
    wrong: list[str] = []
    page = await opened.pages.open("/settings/team", opened.boss, width=width, height=height)
    for path in (*SETTINGS, f"inboxes/{opened.inbox}"):
        await page.goto(f"{opened.pages.front.base}/settings/{path}")
        await page.locator("h1").last.wait_for()
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        wrong += await found_by_day_and_night(page, path)
        if path == "team":
            await page.get_by_role("button", name="Invite").first.click()
            await page.locator("dialog[open], [role=dialog]").first.wait_for()
            wrong += await found_by_day_and_night(page, "invitation")
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize(("width", "height"), SCREENS.values(), ids=SCREENS)
async def test_the_door_shuts_nobody_out(opened: Opened, width: int, height: int) -> None:
    page = await opened.pages.open("/sign-in", width=width, height=height)
    await page.get_by_label("E-mail").fill("nobody@shop.example")
    wrong = await found_by_day_and_night(page, "sign-in")
    await page.get_by_label("Password", exact=True).fill("not the right one")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_text("The e-mail or the password is wrong").wait_for()
    wrong += await found_by_day_and_night(page, "refused")
    await page.goto(f"{opened.pages.front.base}/link/used-up")
    await page.locator("h1").wait_for()
    wrong += await found_by_day_and_night(page, "old link")
    assert wrong == [], "\n".join(wrong)


async def test_axe_would_say_so(opened: Opened) -> None:
    page = await opened.pages.open("/sign-in", width=800, height=600)
    await page.get_by_label("E-mail").wait_for()
    await page.evaluate("document.body.append(Object.assign(document.createElement('button'), { className: 'mute' }))")
    assert any("button-name" in one and ".mute" in one for one in await found_by_day_and_night(page, "planted"))
