"""A house as a shop runs it: `guanxi up` as a process that can be killed, with the platforms and the shop outside it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
from playwright.async_api import Browser, FrameLocator, Page, expect

from guanxi.demo.guests import GUESTS
from guanxi.demo.platforms import line, serve, wechat
from guanxi.demo.shop import shop as shop_page
from guanxi.infra.postgres import start_embedded
from tests.browser.pages import PATIENCE

READY = "Guanxi is ready"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SECRETS: Mapping[str, Mapping[str, str]] = {
    "wechat": {"app_secret": "wechat-app-secret", "token": "wechat_token", "encoding_aes_key": AES_KEY},
    "line": {"channel_secret": "line_channel_secret", "channel_access_token": "line-access-token"},
    "webchat": {"identify_secret": "identify-secret", "visitor_key": "visitor-key-of-the-journeys"},
}


@dataclass(slots=True)
class Process:
    """One `guanxi up`, which may be killed and started again on the same folder."""

    data: Path
    port: int
    allowed: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    said: str = ""
    _running: asyncio.subprocess.Process | None = None
    _reading: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Returns when it says that it is ready."""
        self.said = ""
        chosen = {"GUANXI_PRIVATE_HOSTS_ALLOWED": ",".join(self.allowed), "GUANXI_LEASE_SECONDS": "10"}
        self._running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "guanxi", "up", *self.options, "--data", str(self.data), "--port", str(self.port),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env={**os.environ, **chosen},
        )  # fmt: skip
        stdout = self._running.stdout
        assert stdout is not None
        async with asyncio.timeout(150):
            while READY not in self.said:
                said = (await stdout.readline()).decode()
                assert said, f"it ended before it was ready:\n{self.said}"
                self.said += said
        self._reading = asyncio.create_task(self._listen(stdout))

    async def _listen(self, stdout: asyncio.StreamReader) -> None:
        while said := await stdout.readline():
            self.said += said.decode()

    async def kill(self) -> None:
        """Every process of it, PostgreSQL too, at once and without a word of warning."""
        assert self._running is not None
        with contextlib.suppress(psutil.NoSuchProcess):
            family = [psutil.Process(self._running.pid), *psutil.Process(self._running.pid).children(recursive=True)]
            for one in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.send_signal(signal.SIGKILL)
        await self._running.wait()
        if self._reading is not None:
            await self._reading

    def link(self) -> str:
        """The one-time link that it has printed."""
        found = re.search(r"http://\S+/link/\S+", self.said)
        assert found, self.said
        return found[0]

    async def texts(self) -> list[str]:
        """The text of every message that anybody has written, as it stands in the database."""
        embedded = await start_embedded(self.data)  # attaches to the running one
        connection = await asyncpg.connect(**embedded.server.connect_args("guanxi_owner"))
        try:
            rows = await connection.fetch(
                "select content->>'text' as text from message where author in ('contact', 'agent')"
            )
        finally:
            await connection.close()
            await embedded.stop()
        return [row["text"] for row in rows]


@dataclass(slots=True)
class Shop:
    """A shop with an inbox on every channel, whose customers and whose agent are here in the test."""

    house: Process
    browser: Browser
    wechat: wechat.Platform
    line: line.Platform
    site: str
    cookie: str
    guests: Mapping[str, Any]
    trouble: list[str] = field(default_factory=list)

    async def desk(self, view: str = "all") -> Page:
        """The agent's desktop."""
        context = await self.browser.new_context(
            viewport={"width": 1440, "height": 860}, locale="en", service_workers="block"
        )
        context.set_default_timeout(PATIENCE)
        await context.add_cookies([{"name": "guanxi", "value": self.cookie, "url": self.house.url}])
        page = await context.new_page()
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        await page.goto(f"{self.house.url}/{view}")
        return page

    async def visitor(self) -> Page:
        """A browser on the shop's page, the chat still closed."""
        context = await self.browser.new_context(viewport={"width": 1000, "height": 760}, locale="en")
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        await page.goto(f"{self.site}/?lang=en")
        return page


async def open_chat(page: Page) -> FrameLocator:
    """The widget on the shop's page, open."""
    await page.get_by_role("button", name="Chat with us").click()
    chat = page.frame_locator("iframe")
    await expect(chat.get_by_role("textbox")).to_be_visible()
    return chat


async def write(place: Page | FrameLocator, text: str) -> None:
    """Write in the widget, or in the desktop's composer, and send."""
    box = place.locator("[data-composer]") if isinstance(place, Page) else place.get_by_role("textbox")
    await box.fill(text)
    await box.press("Enter")


async def open_conversation(desk: Page, text: str) -> None:
    """Open the conversation in whose row this text stands. The pointer goes on to the thread, as a reader's does: over the
    list it would hold the order of the rows."""
    await desk.get_by_role("option").filter(has_text=text).click()
    await desk.get_by_role("log").hover()


async def shows(place: Page | FrameLocator, text: str, times: int = 1) -> None:
    """The thread on the desktop, or the widget, comes to show this text so often, in bubbles."""
    await expect(place.get_by_role("log").get_by_text(text, exact=True)).to_have_count(times)


@contextlib.asynccontextmanager
async def open_shop(data: Path, port: int, browser: Browser) -> AsyncIterator[Shop]:
    """Start the house, found the shop by the printed link, connect its inboxes by the API as the settings page does."""
    on_wechat = wechat.Platform(app_id="wx0123456789abcdef", original_id="gh_journeys", **SECRETS["wechat"])
    on_line = line.Platform(**SECRETS["line"])
    given = {name: (guest.settings(), guest.secrets()) for name, guest in GUESTS.items()}
    guests = {name: GUESTS[name].open(*given[name]) for name in GUESTS}
    async with contextlib.AsyncExitStack() as stack:
        platforms = (on_wechat, on_line, *guests.values())
        bases = [await stack.enter_async_context(serve(platform.app)) for platform in platforms]
        house = Process(data, port, tuple(base.removeprefix("http://") for base in bases))
        await house.start()
        stack.push_async_callback(house.kill)
        api = await stack.enter_async_context(httpx.AsyncClient(base_url=house.url, trust_env=False, timeout=30))
        await _found(api, house)
        settings: Mapping[str, Mapping[str, str]] = {
            "wechat": {"app_id": on_wechat.app_id, "mode": "safe", "original_id": "gh_journeys", "api_base": bases[0]},
            "line": {"api_base": bases[1], "data_base": bases[1]},
            "webchat": {"title": "Journeys"},
        }
        inboxes = {channel: await _connect(api, channel, settings[channel], SECRETS[channel]) for channel in settings}
        for base, (name, platform) in zip(bases[2:], guests.items(), strict=True):
            plain, sealed = given[name]
            platform.webhook = (await _connect(api, name, {**plain, "api_base": base}, sealed))["webhook_url"]
        on_wechat.webhook, on_line.webhook = inboxes["wechat"]["webhook_url"], inboxes["line"]["webhook_url"]
        page = shop_page(
            desk=house.url, address=inboxes["webchat"]["address"], identify_secret=SECRETS["webchat"]["identify_secret"]
        )
        site = await stack.enter_async_context(serve(page))
        shop = Shop(house, browser, on_wechat, on_line, site, api.cookies["guanxi"], guests)
        yield shop
        assert shop.trouble == []


async def _found(api: httpx.AsyncClient, house: Process) -> None:
    owner = {"name": "Lin Wei", "email": "lin@shop.example", "password": "quiet-kiln-42", "workspace_name": "Qinghe"}
    answer = await api.post(f"/api/link/{house.link().rpartition('/')[2]}", json={**owner, "language": "en"})
    assert answer.is_success, answer.text
    me = await api.get("/api/me")
    api.headers["x-csrf"] = me.json()["csrf"]
    assert (await api.post("/api/me/presence", json={"presence": "online"})).is_success


async def _connect(
    api: httpx.AsyncClient, channel: str, settings: Mapping[str, str], secrets: Mapping[str, str]
) -> dict[str, Any]:
    told = {"channel": channel, "name": channel, "settings": settings, "secrets": secrets}
    answer = await api.post("/api/inboxes", json=told)
    assert answer.is_success, answer.text
    connected: dict[str, Any] = answer.json()
    return connected
