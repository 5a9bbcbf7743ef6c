"""Simulated platforms: they speak the real protocols on loopback, so that tests and the demo need no account anywhere."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator

import uvicorn

from guanxi.demo.platforms.asgi import App


class _Guest(uvicorn.Server):
    """A server inside somebody else's process, whose signals are not its own."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.leaving = asyncio.Event()

    async def main_loop(self) -> None:
        await self.leaving.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextlib.asynccontextmanager
async def serve(app: App, port: int = 0) -> AsyncIterator[str]:
    """Serve the app on loopback while the context is open, and give its base URL. Port 0 takes a free one."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", port))
        # critical: a dropped connection, which tests ask for, is an error to uvicorn
        config = uvicorn.Config(
            app, lifespan="off", log_level="critical", access_log=False, timeout_graceful_shutdown=1, ws="none"
        )
        server = _Guest(config)
        serving = asyncio.create_task(server.serve(sockets=[door]))
        try:
            while not server.started and not serving.done():
                await asyncio.sleep(0.005)
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            server.leaving.set()
            await serving
