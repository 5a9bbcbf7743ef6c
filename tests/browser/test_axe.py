"""axe-core walks through every page in light and dark, on a desk and on a phone, and finds nothing that shuts anybody out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Frame, Page, ViewportSize, expect

from guanxi.infra.postgres import Server
from tests.browser.pages import FRONTEND, Pages, open_pages
from tests.browser.widget_site import opened as widget_opened
from tests.databases import open_folder
from tests.http.desk import Agent, arrives
from tests.world import Shop

AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LINE = {"channel_secret": "0" * 32, "channel_access_token": "token"}
SETTINGS = ("inboxes", "inboxes/new", "inboxes/new/wechat", "inboxes/new/webchat", "team", "workspace", "phrases", "me")
Scheme = Literal["light", "dark"]
PLACES = [
    pytest.param(scheme, width, height, id=f"{scheme}-{name}")
    for scheme in ("light", "dark")
    for name, width, height in (("desk", 1440, 860), ("phone", 390, 844))
]


@dataclass(slots=True)
class Opened:
    pages: Pages
    shop: Shop
    boss: Agent
    inbox: UUID
    talk: UUID


@pytest_asyncio.fixture(scope="module")
async def opened(server: Server) -> AsyncIterator[Opened]:
    async with open_pages(server) as pages:
        shop, agents = await pages.front.opens(f"Qinghe {uuid4().hex[:6]}", "mei")
        boss = agents["boss"]
        door = await shop.connects("line", {}, LINE)
        talk = await arrives(
            shop, door.inbox_id, "佐藤 健", "サイズ交換をお願いできますか", "https://shop.example/cups"
        )
        for who, said in (("Maria", "is it glazed?"), ("何静", "盖子可以单独买吗"), ("Thomas", "when does it ship?")):
            await arrives(shop, door.inbox_id, who, said)
        at = f"/api/conversations/{talk}"
        await boss.post(f"{at}/assign", {"agent_id": (await boss.get("/api/me")).json()["agent"]["id"]})
        await boss.post(f"{at}/replies", {"id": str(uuid4()), "content": {"kind": "text", "text": "承知しました"}})
        await boss.post(f"{at}/notes", {"id": str(uuid4()), "text": "ask the warehouse"})
        await boss.post(f"{at}/tags", {"tags": ["exchange", "vip"]})
        await boss.post("/api/quick-phrases", {"shortcut": "hello", "text": "Good day, what may we do for you?"})
        yield Opened(pages, shop, boss, door.inbox_id, talk)


async def found(page: Page | Frame, where: str) -> list[str]:
    """What axe calls serious or critical, each with the element and what it says about it."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    # What still moves has the colours of neither end.
    await page.evaluate("Promise.all(document.getAnimations().map(one => one.finished.catch(() => {})))")
    result: dict[str, Any] = await page.evaluate(
        "rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })", RULES
    )
    return [
        f"{where}: {rule['id']} ({rule['impact']}) {node['target']} {node['html'][:140]}: {node['failureSummary']}"
        for rule in result["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


async def see(opened: Opened, path: str, place: tuple[Scheme, int, int], agent: Agent | None) -> Page:
    scheme, width, height = place
    page = await opened.pages.open(path, agent, width=width, height=height)
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    return page


@pytest.mark.parametrize(("scheme", "width", "height"), PLACES)
async def test_the_desk_shuts_nobody_out(opened: Opened, scheme: Scheme, width: int, height: int) -> None:
    place, wide = (scheme, width, height), width > 800
    page = await see(opened, "/all", place, opened.boss)
    await expect(page.get_by_role("option")).to_have_count(4)
    wrong = await found(page, "list")
    await page.get_by_role("option", name="佐藤 健").click()
    await page.get_by_role("log").get_by_text("ask the warehouse").wait_for()
    wrong += await found(page, "thread")
    reply = page.get_by_role("textbox", name="Reply")
    await reply.fill("/hel")
    await page.get_by_text("Good day").wait_for()
    wrong += await found(page, "phrases")
    await reply.fill("half a thought")
    await page.keyboard.press("Control+.")
    await page.get_by_role("textbox", name="Note").first.fill("a note")
    wrong += await found(page, "note")
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
        await show()
        await page.locator(f"[role={role}]:visible, dialog[open]").first.wait_for()
        wrong += await found(page, name)
        await page.keyboard.press("Escape")
        await expect(page.locator("[role=menu], [role=dialog], dialog[open]")).to_have_count(0)
        await page.wait_for_function("!document.activeElement?.matches('input, textarea')")
    if wide:
        await page.get_by_role("button", name="Snooze").click()
        await page.get_by_role("menuitem").last.click()
        await page.locator("input[type=datetime-local]").wait_for()
        wrong += await found(page, "snooze until")
    await page.context.close()
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize(("scheme", "width", "height"), PLACES)
async def test_the_settings_shut_nobody_out(opened: Opened, scheme: Scheme, width: int, height: int) -> None:
    wrong: list[str] = []
    page = await see(opened, "/settings/team", (scheme, width, height), opened.boss)
    for path in (*SETTINGS, f"inboxes/{opened.inbox}"):
        await page.goto(f"{opened.pages.front.base}/settings/{path}")
        await page.locator("h1").last.wait_for()
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        wrong += await found(page, path)
        if path == "team":
            await page.get_by_role("button", name="Invite").first.click()
            await page.locator("dialog[open], [role=dialog]").first.wait_for()
            wrong += await found(page, "invitation")
    await page.context.close()
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize(("scheme", "width", "height"), PLACES)
async def test_the_door_shuts_nobody_out(opened: Opened, scheme: Scheme, width: int, height: int) -> None:
    page = await see(opened, "/sign-in", (scheme, width, height), None)
    await page.get_by_label("E-mail").fill("nobody@shop.example")
    wrong = await found(page, "sign-in")
    await page.get_by_label("Password", exact=True).fill("not the right one")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_text("The e-mail or the password is wrong").wait_for()
    wrong += await found(page, "refused")
    await page.goto(f"{opened.pages.front.base}/link/used-up")
    await page.locator("h1").wait_for()
    wrong += await found(page, "old link")
    await page.context.close()
    assert wrong == [], "\n".join(wrong)


async def test_the_widget_shuts_nobody_out(server: Server, opened: Opened) -> None:
    wrong: list[str] = []
    with open_folder() as folder:
        async with widget_opened(server, Path(folder)) as site:
            for scheme, width, height in (place.values for place in PLACES):
                site.exchange_addresses(f"10.2.{uuid4().int % 250}.{uuid4().int % 250}")
                context = await opened.pages.browser.new_context(
                    viewport=ViewportSize(width=int(str(width)), height=int(str(height))),
                    color_scheme=scheme,  # type: ignore[arg-type]
                    reduced_motion="reduce",
                    locale="en-GB",
                    bypass_csp=True,
                )
                page = await context.new_page()
                await page.goto(f"{site.shop}/?lang=en")
                await page.get_by_role("button", name="Chat with us").click()
                chat = page.frame_locator("iframe")
                said = f"Do you have oolong? {scheme} {width}"
                await chat.get_by_role("textbox").fill(said)
                await chat.get_by_role("textbox").press("Enter")
                await site.says(await site.heard(said), "We do: https://shop.example/oolong")
                await chat.get_by_role("article").get_by_role("link").wait_for()
                frame = next(frame for frame in page.frames if "/frame" in frame.url)
                wrong += await found(frame, f"widget {scheme} {width}")
                await context.close()
    assert wrong == [], "\n".join(wrong)


async def test_axe_would_say_so(opened: Opened) -> None:
    page = await see(opened, "/sign-in", ("light", 800, 600), None)
    await page.get_by_label("E-mail").wait_for()
    await page.evaluate("document.body.append(Object.assign(document.createElement('button'), { className: 'mute' }))")
    assert any("button-name" in one and ".mute" in one for one in await found(page, "planted"))
    await page.context.close()
