"""A shop that a simulated platform can reach: it listens, and lends its channel a real way out over loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from guanxi.channel_kit import Access, Answer, Channel, Forged, MaybeSent, NotSent, Parsed, Request
from guanxi.demo.platforms import serve
from guanxi.demo.platforms.asgi import App, Call, Response, application
from guanxi.infra import fetch


@dataclass(slots=True)
class Shop:
    """What the shop heard, and how it calls out. `failing`: so many next webhooks are answered with 503."""

    channel: Channel
    access: Access
    heard: list[Parsed] = field(default_factory=list)
    refused: int = 0
    failing: int = 0

    async def listen(self, call: Call) -> Response:
        if self.failing:
            self.failing -= 1
            return Response(status=503)
        request = Request(method=call.method, query=call.query, headers=call.headers, body=call.body)
        try:
            self.channel.verify(request, self.access)
        except Forged:
            self.refused += 1
            return Response(status=401)
        self.heard += self.channel.parse(request, self.access)
        reply = self.channel.acknowledge(request, self.access)
        return Response(status=reply.status, body=reply.body, type=reply.type)


@asynccontextmanager
async def beside(
    platform: Any, channel: Channel, settings: Mapping[str, str], secrets: Mapping[str, str], *, patience: float = 5.0
) -> AsyncIterator[Shop]:
    """A shop and a platform that reach each other over HTTP. `patience` is how long the shop waits for an answer."""
    app: App = platform.app
    async with serve(app) as base:
        fetcher = fetch.Fetcher(allowed=[urlsplit(base).netloc])
        access = Access(
            settings={**settings, "api_base": base, "data_base": base},
            secrets=secrets,
            http=_way_out(fetcher, patience),
            token=_purse(),
        )
        shop = Shop(channel, access)
        try:
            async with serve(application(shop.listen)) as address:
                platform.webhook = f"{address}/hook"
                yield shop
        finally:
            await fetcher.close()


def _way_out(fetcher: fetch.Fetcher, patience: float) -> Any:
    async def http(method: str, url: str, **given: Any) -> Answer:
        try:
            got = await fetcher(method, url, **given, seconds=patience)
        except fetch.NotSent as error:
            raise NotSent(str(error)) from error
        except fetch.MaybeSent as error:
            raise MaybeSent(str(error)) from error
        return Answer(status=got.status, headers=got.headers, body=got.body)

    return http


def _purse() -> Any:
    """Tokens in memory, fetched by one at a time."""
    held: dict[str, str] = {}
    lock = asyncio.Lock()

    async def token(name: str, fetch: Callable[[], Awaitable[tuple[str, float]]], *, stale: str = "") -> str:
        async with lock:
            if name not in held or held[name] == stale:
                held[name] = (await fetch())[0]
            return held[name]

    return token
