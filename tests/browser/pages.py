"""The built desk in a real Chromium, in front of a real server: what tests of its pages stand on."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, open_front
from tests.run import BROWSERS

FRONTEND = Path(__file__).parents[2] / "frontend"
PATIENCE = 60_000  # milliseconds; the machine may be busy, and what a killed hand held is free when its lease ends
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


@dataclass(slots=True)
class Pages:
    """A server with the built desk, and the browser. Errors of any page are kept in `errors`."""

    front: Front
    browser: Browser
    errors: list[str]

    async def open(
        self,
        path: str,
        agent: Agent | None = None,
        *,
        width: int = 1280,
        height: int = 860,
        language: str = "en",
        worker: bool = False,
    ) -> Page:
        """A new browser profile at `path`, signed in as `agent` when given. With `worker` the desk's own answers beside the
        network, which tests that stand in its way would not notice."""
        context: BrowserContext = await self.browser.new_context(
            viewport={"width": width, "height": height},
            locale=language,
            reduced_motion="reduce",
            service_workers="allow" if worker else "block",
        )
        context.set_default_timeout(PATIENCE)
        if agent is not None:
            await context.add_cookies([{"name": "guanxi", "value": agent.cookie, "url": self.front.base}])
        page = await context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        await page.goto(self.front.base + path)
        return page


@contextlib.asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """A browser, closed afterwards."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=find_browser(), args=list(QUIET))
        try:
            yield running
        finally:
            await running.close()


def find_browser() -> str | None:
    """The program, or None where only Playwright's own can be there. Chromium without a window comes first: the same
    engine, and a page in a new profile costs it a third less."""
    return os.environ.get("GUANXI_TEST_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)


@contextlib.asynccontextmanager
async def open_pages(server: Server, browser: Browser, **settings: Any) -> AsyncIterator[Pages]:
    """Build the desk from what lies in the checkout, and serve it."""
    with open_folder() as folder:
        shutil.copytree(built_desk(), folder / "desktop")
        async with open_front(server, folder, **settings) as front:
            errors: list[str] = []
            yield Pages(front, browser, errors)
            assert errors == []


@functools.cache
def built_desk() -> Path:
    """The desktop as it lies in the checkout: a test never looks at yesterday's build. `bin/test` has built it by now and
    says where; without it, it is built here, once a run."""
    target = Path(tempfile.mkdtemp(prefix="gx-desk-"))
    atexit.register(shutil.rmtree, target, ignore_errors=True)
    if made := os.environ.get("GUANXI_TEST_DESK"):
        return Path(shutil.copytree(made, target, dirs_exist_ok=True))
    node = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    assert node, "Node is missing: start the tests with bin/test"
    vite = FRONTEND / "node_modules" / "vite" / "bin" / "vite.js"
    ran = subprocess.run(
        [node, str(vite), "build", "desktop", "--outDir", str(target), "--logLevel", "error"],
        cwd=FRONTEND,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return target
