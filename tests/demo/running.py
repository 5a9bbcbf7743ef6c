"""A demo that runs as `guanxi up --demo` runs it, on the tests' database: web, hands, platforms, shop page, customers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from guanxi import demo, worker
from guanxi.demo import Pace, memory
from guanxi.demo.memory import Memory
from guanxi.house import House, open_house
from guanxi.http.app import build
from guanxi.http.server import open_socket, web_server
from guanxi.infra.postgres import Server
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender
from guanxi.pipeline.listeners import WAKES
from guanxi.settings import Settings

QUIET = Pace(first=3600.0, answers=(0.0, 0.0), reads=(0.0, 0.0))  # nobody comes; who is there answers at once
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Running:
    house: House
    lines: tuple[str, ...]
    settings: Settings

    def remembered(self) -> Memory:
        """What the demo has written down: the customers' phones are in it."""
        found = memory.load(memory.path_in(self.settings.data))
        assert found is not None
        return found

    async def rows(self, sql: str, *args: Any) -> list[Any]:
        """Rows of the shop; $1 is the workspace."""
        workspace_id = self.remembered().workspace_id
        async with self.house.db.reading(workspace_id) as tx:
            return await tx.fetch(sql, workspace_id, *args)


@contextlib.asynccontextmanager
async def running_demo(
    server: Server, folder: Path, *, port: int, pace: Pace = QUIET, desktop: Path | None = None
) -> AsyncIterator[Running]:
    settings = Settings(data=folder, port=port, public_url=f"http://127.0.0.1:{port}")
    settings = msgspec.structs.replace(settings, private_hosts_allowed=demo.allowed_hosts(settings))
    async with contextlib.AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(settings, server, wakes=WAKES, create_key=True))
        doors, lender = Doors(house), Lender(house)
        lines = await stack.enter_async_context(demo.open_demo(house, doors, settings, pace=pace, dice=7))
        serving = web_server(build(house, doors=doors, lender=lender, desktop=desktop or folder))
        web = asyncio.create_task(serving.serve(sockets=[open_socket(settings.host, port)]))
        hands = asyncio.create_task(worker.run(house, doors, lender))
        while not serving.started:
            await asyncio.sleep(0.01)
        try:
            yield Running(house, lines, settings)
        finally:
            serving.should_exit = serving.force_exit = True
            hands.cancel()
            await asyncio.gather(web, hands, return_exceptions=True)


def free_port() -> int:
    """A port with nine free ones behind it."""
    while True:
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            first = stack.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            for after in range(port + 1, port + 10):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", after))
            return port


async def eventually(look: Callable[[], Awaitable[Found]], seconds: float = 60.0) -> Found:
    """What `look` returns as soon as it is something; fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while not (found := await look()):
            await asyncio.sleep(0.05)
        return found
