"""A house of a figure's own: embedded PostgreSQL as it comes, and the product's own processes beside it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from bench.rig.figure import Missed
from guanxi.house import House, open_house
from guanxi.infra.migrations import migrate
from guanxi.infra.postgres import Server, start_embedded
from guanxi.pipeline.listeners import WAKES
from guanxi.settings import Settings
from tests.databases import open_folder

SLOWEST_START = 30.0
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True, slots=True)
class Site:
    """A running database with a house opened on it, and the folder that both live in."""

    folder: Path
    server: Server
    house: House
    owner: Any  # connections that may do everything: seeding, counting across workspaces, checkpoints

    async def calm(self) -> None:
        """Begin a run with clean buffers, so that none pays for what another left behind."""
        await self.owner.execute("checkpoint")

    async def durability(self) -> dict[str, Any]:
        """That every commit is on disk when it is answered, and how fast this disk can do that."""
        settings = {name: await self.owner.fetchval(f"show {name}") for name in DURABLE}
        if any(value != "on" for value in settings.values()):
            raise Missed(f"the database is not durable: {settings}")
        return settings | {"fdatasync_per_s": await asyncio.to_thread(fdatasyncs, self.folder)}


@contextlib.asynccontextmanager
async def open_site(
    *,
    connections: int = 60,
    folder: Path | None = None,
    postgres: Mapping[str, str] | None = None,
    migrated: Callable[[Server], Awaitable[object]] = migrate,
    **settings: Any,
) -> AsyncIterator[Site]:
    """A new house with nobody in it, removed afterwards; or the one in `folder`, which stays. PostgreSQL has the settings
    of `guanxi up`, except that a reference may need more `connections`, and loading other settings."""
    with contextlib.ExitStack() as held:
        place = folder or held.enter_context(open_folder())
        options = {"max_connections": str(connections), **(postgres or {})}
        embedded = await start_embedded(place, options=options)
        try:
            await migrated(embedded.server)
            owner = asyncpg.create_pool(**embedded.server.connect_args("guanxi_owner"), min_size=1, max_size=3)
            chosen = Settings(data=place, **settings)
            async with owner, open_house(chosen, embedded.server, wakes=WAKES, create_key=True) as house:
                yield Site(place, embedded.server, house, owner)
        finally:
            await embedded.stop()


@contextlib.asynccontextmanager
async def process(site: Site, command: str, *words: str, **environment: str) -> AsyncIterator[int]:
    """`guanxi COMMAND` as a process of its own on this site, from its ready line to its end; gives its pid."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "guanxi", command, "--data", str(site.folder), *words,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"GUANXI_LOG_LEVEL": "error"} | environment,
        start_new_session=True,
    )  # fmt: skip
    try:
        await asyncio.wait_for(_until_ready(started), SLOWEST_START)
        yield started.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(started.communicate(), 15)
        except TimeoutError:
            started.kill()
            await started.communicate()


async def _until_ready(started: asyncio.subprocess.Process) -> None:
    assert started.stdout is not None
    while line := await started.stdout.readline():
        if b"Guanxi is ready" in line:
            return
    raise Missed(f"a process of the house ended with {await started.wait()} before it was ready")


@contextlib.asynccontextmanager
async def web(site: Site, **environment: str) -> AsyncIterator[str]:
    """`guanxi web` on a free port; gives its base URL."""
    port = free_port()
    async with process(site, "web", "--port", str(port), **environment):
        yield f"http://127.0.0.1:{port}"


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


async def answers(url: str, patience: float) -> float:
    """Seconds until this address answers 200."""
    began = time.monotonic()
    async with httpx.AsyncClient(trust_env=False) as caller:
        while time.monotonic() - began < patience:
            with contextlib.suppress(httpx.TransportError):
                if (await caller.get(url)).status_code == 200:
                    return time.monotonic() - began
            await asyncio.sleep(0.01)
    raise Missed(f"{url} did not answer within {patience} s")


def fdatasyncs(folder: Path, seconds: float = 1.0) -> int:
    """How many times a second one page can be written and forced to this folder's disk."""
    path = folder / "fdatasync"
    page = os.urandom(8192)
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        os.pwrite(handle, page * 16, 0)
        os.fsync(handle)
        began, many = time.monotonic(), 0
        while time.monotonic() - began < seconds:
            os.pwrite(handle, page, (many % 16) * 8192)
            os.fdatasync(handle)
            many += 1
        return round(many / (time.monotonic() - began))
    finally:
        os.close(handle)
        path.unlink()
