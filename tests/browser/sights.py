"""Every page of the seeded demo shop, by name: what is looked at by test_pages and pictured in docs/pages.md."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import httpx
from playwright.async_api import Browser, BrowserContext, Page, expect

from guanxi.infra.postgres import Server
from tests.browser.pages import PATIENCE, built_desk
from tests.databases import open_folder
from tests.demo.running import free_port, running_demo

Language = Literal["zh-CN", "en", "ja"]
Place = Literal["desk", "settings", "door", "outside"]
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")  # in pictures, and by desk and phone
SIZES = {"desktop": (1280, 860), "phone": (390, 844)}
DEVICE = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"}
AT_THE_SHOP = ("shop", "widget", "widget-questions", "widget-rating")
THANKS: dict[Language, tuple[str, str]] = {
    "en": ("The cup has arrived, thank you!", "We are glad. Enjoy it!"),
    "zh-CN": ("杯子收到了，谢谢！", "太好了，祝您喝茶愉快！"),
}
LAUNCHER = re.compile("^(Chat with us|客服)$")
QUESTIONS: dict[str, Any] = {
    "asks": True,
    "intro": {"en": "So that we can help at once:", "zh-CN": "先告诉我们几件事，好马上帮到您："},
    "fields": [
        {"key": "name", "place": "name", "words": {"en": "Your name", "zh-CN": "怎么称呼您"}},
        {
            "key": "mail",
            "kind": "email",
            "place": "email",
            "required": True,
            "words": {"en": "E-mail", "zh-CN": "邮箱"},
        },
        {
            "key": "about",
            "kind": "choice",
            "words": {"en": "What is it about?", "zh-CN": "想咨询什么？"},
            "choices": [
                {"value": "order", "words": {"en": "An order", "zh-CN": "订单"}},
                {"value": "gift", "words": {"en": "A gift", "zh-CN": "送礼"}},
            ],
        },
    ],
}


@dataclass(frozen=True, slots=True)
class Sight:
    """A page under a name. `show` opens what has no address of its own."""

    name: str
    path: str
    place: Place = "desk"
    show: Callable[[Page], Awaitable[None]] | None = None


@dataclass(slots=True)
class Demo:
    """The seeded shop, its owner signed in, and a browser. What pages complain of stands in `trouble`."""

    url: str
    shop: str
    browser: Browser
    api: httpx.AsyncClient
    talk: str
    contact: str
    known_as: str
    chat: str
    inboxes: dict[str, str]
    trouble: list[str] = field(default_factory=list)

    def sights(self) -> list[Sight]:
        """In the order of docs/pages.md."""
        settings = [
            ("inboxes", "inboxes"),
            ("connect", "inboxes/new"),
            ("connect-wechat", "inboxes/new/wechat"),
            ("connect-webchat", "inboxes/new/webchat"),
            ("inbox-wechat", f"inboxes/{self.inboxes['wechat']}"),
            ("inbox-line", f"inboxes/{self.inboxes['line']}"),
            ("inbox-webchat", f"inboxes/{self.inboxes['webchat']}"),
            ("wechat-menu", f"inboxes/{self.inboxes['wechat']}/menu"),
            ("wechat-codes", f"inboxes/{self.inboxes['wechat']}/codes"),
            ("line-rich-menu", f"inboxes/{self.inboxes['line']}/rich-menu"),
            ("quarantine", f"inboxes/{self.inboxes['wechat']}/quarantine"),
            ("team", "team"),
            ("teams", "teams"),
            ("roles", "roles"),
            ("queues", "queues"),
            ("workspace", "workspace"),
            ("phrases", "phrases"),
            ("macros", "macros"),
            ("wrap-up", "wrap-up"),
            ("translation", "translation"),
            ("attributes", "attributes"),
            ("hours", "hours"),
            ("promises", "promises"),
            ("coverage", "coverage"),
            ("automation", "automation"),
            ("new-rule", "automation/new"),
            ("why-rules", "automation/why"),
            ("alarm-words", "alarm-words"),
            ("webhooks", "webhooks"),
            ("tokens", "tokens"),
            ("my-access", "access"),
            ("access-rules", "rules"),
            ("audit-log", "audit"),
            ("my-workspaces", "my-workspaces"),
            ("new-workspace", "my-workspaces/new"),
            ("me", "me"),
        ]
        return [
            Sight("sign-in", "/sign-in", "door"),
            Sight("conversation", f"/all/{self.talk}"),
            Sight("all-conversations", "/all"),
            Sight("queue", "/queue"),
            Sight("palette", f"/all/{self.talk}", show=_palette),
            Sight("shortcuts", "/all", show=_shortcuts),
            Sight("contacts", "/contacts"),
            Sight("contact", f"/contacts/{self.contact}"),
            Sight("side-bar", f"/sidebar?external_userid={self.known_as}", show=_history),
            Sight("reports", "/reports"),
            Sight("equal-channels", "/reports/parity"),
            Sight("wallboard", "/wallboard"),
            Sight("print", f"/api/conversations/{self.talk}/transcript", "outside"),
            Sight("settings", "/settings", "settings"),
            *(Sight(name, f"/settings/{path}", "settings") for name, path in settings),
            Sight("shop", "/", "outside"),
            Sight("widget", "/", "outside", show=_widget),
            Sight("widget-questions", "/", "outside", show=self._questions),
            Sight("widget-rating", "/", "outside", show=self._rating),
        ]

    async def _questions(self, page: Page) -> None:
        """For as long as it takes to open the chat, it asks before the first word."""
        path = f"/api/inboxes/{self.inboxes['webchat']}/web-chat"
        before = (await self.api.get(path)).json()
        try:
            (await self.api.put(path, json=before | QUESTIONS)).raise_for_status()
            async with asyncio.timeout(PATIENCE / 1000):  # the door hears of it by a hint
                while (await self.api.post(f"{self.chat}/hello", json={})).json()["form"] is None:
                    await asyncio.sleep(0.1)
            await page.get_by_role("button", name=LAUNCHER).click()
            await page.frame_locator("iframe").locator("input[type=email]").wait_for()
        finally:
            (await self.api.put(path, json=before)).raise_for_status()

    async def _rating(self, page: Page) -> None:
        """A visitor is helped, and asked how it was."""
        await _widget(page)
        chat = page.frame_locator("iframe")
        if not await chat.locator(".card [type=radio]").count():
            word, answer = THANKS["zh-CN" if "lang=zh" in page.url else "en"]
            await chat.get_by_role("textbox").fill(word)
            await chat.get_by_role("textbox").press("Enter")
            talk = await self._talk(word)
            said = {"id": str(uuid4()), "content": {"kind": "text", "text": answer}, "force": True}
            (await self.api.post(f"/api/conversations/{talk}/replies", json=said)).raise_for_status()
            (await self.api.post(f"/api/conversations/{talk}/resolve", json={})).raise_for_status()
            (await self.api.post(f"/api/conversations/{talk}/ask-rating", json={})).raise_for_status()
        await chat.locator(".card [type=radio]").first.wait_for(state="attached")

    async def _talk(self, word: str) -> str:
        """The conversation in which this was said last."""
        async with asyncio.timeout(PATIENCE / 1000):
            while True:
                rows = (await self.api.get("/api/conversations", params={"view": "all", "limit": 50})).json()["rows"]
                if found := next((str(one["id"]) for one in rows if one["last_text"] == word), None):
                    return found
                await asyncio.sleep(0.1)

    async def speak(self, language: Language) -> BrowserContext:
        """A browser profile of the owner, who from now on reads this language."""
        (await self.api.patch("/api/me", json={"language": language})).raise_for_status()
        context = await self.browser.new_context(
            viewport={"width": 1280, "height": 860}, locale=language, reduced_motion="reduce", service_workers="block"
        )
        context.set_default_timeout(PATIENCE)
        await context.add_cookies([{"name": "guanxi", "value": self.api.cookies["guanxi"], "url": self.url}])
        return context

    async def see(self, page: Page, sight: Sight, language: Language) -> None:
        """Opens the page and waits until it has what it shows."""
        outside = sight.name in AT_THE_SHOP
        told = f"?lang={language}" if outside else f"?language={language}" if sight.name == "print" else ""
        await page.goto((self.shop if outside else self.url) + sight.path + told)
        if sight.place == "door":
            await page.get_by_role("heading").first.wait_for()
        elif sight.place != "outside":
            await page.locator("main, [data-pane], h1").first.wait_for()
        if sight.show:
            await sight.show(page)
        await still(page)


async def still(page: Page) -> None:
    """Until nothing is loading, and pictures in sight are there."""
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    await page.evaluate(
        """async () => {
            await document.fonts.ready
            const there = (one) => one.complete || new Promise((then) => { one.onload = one.onerror = then })
            await Promise.all([...document.images].filter((one) => one.loading !== "lazy").map(there))
            const frame = () => new Promise((then) => requestAnimationFrame(then))
            await frame(); await frame()
            await Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))
        }"""
    )


async def _palette(page: Page) -> None:
    await page.locator("[role=log][aria-busy=false]").wait_for()
    await page.keyboard.press("Control+k")
    await page.locator("dialog[open], [role=dialog]").first.wait_for()


async def _history(page: Page) -> None:
    await page.get_by_role("region", name=re.compile("^(History|历史|履歴)$")).get_by_role("listitem").first.wait_for()


async def _shortcuts(page: Page) -> None:
    await page.get_by_role("option").first.wait_for()
    await page.keyboard.press("?")
    await page.locator("dialog[open], [role=dialog]").first.wait_for()


async def _widget(page: Page) -> None:
    await page.get_by_role("button", name=LAUNCHER).click()
    await page.frame_locator("iframe").get_by_role("textbox").first.wait_for()


@contextlib.asynccontextmanager
async def open_demo(server: Server, browser: Browser) -> AsyncIterator[Demo]:
    """Tell the demo's past, sign its owner in by the printed link."""
    with open_folder() as folder:
        port = free_port()
        async with (
            running_demo(server, folder, port=port, desktop=built_desk()) as shop,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60, headers=DEVICE) as api,
        ):
            link = next(line for line in shop.lines if "/link/" in line).rpartition("/")[2]
            (await api.post(f"/api/link/{link}", json={})).raise_for_status()
            api.headers["x-csrf"] = (await api.get("/api/me")).json()["csrf"]
            rows = (await api.get("/api/conversations", params={"view": "all", "limit": 50})).json()["rows"]
            row = next((one for one in rows if one["channel"] == "wechat" and one["assignee"]), rows[0])
            known = (await api.get(f"/api/contacts/{row['contact']['id']}")).json()
            inboxes: list[dict[str, Any]] = (await api.get("/api/inboxes")).json()
            site = next(line.split()[-1] for line in shop.lines if "web chat" in line)
            yield Demo(
                api=api,
                url=str(api.base_url).rstrip("/"),
                shop=site.rstrip("/"),
                browser=browser,
                talk=row["id"],
                contact=row["contact"]["id"],
                known_as=known["identities"][0]["external_id"],
                chat="/chat/" + next(one["address"] for one in inboxes if one["channel"] == "webchat"),
                inboxes={one["channel"]: one["id"] for one in inboxes},
            )


def pictures_folder() -> Path:
    """Where docs/pages.md finds its pictures."""
    return Path(__file__).parents[2] / "docs" / "images" / "pages"
