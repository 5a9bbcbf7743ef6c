"""The front door: one ASGI application that sends each request to the door it knocks at."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import MutableMapping
from functools import cache, partial
from pathlib import Path
from time import perf_counter
from typing import Any

import structlog

from guanxi.house import House
from guanxi.http import health, media, openapi, static
from guanxi.http.api.app import litestar
from guanxi.http.auth import SignIns, sign, signed_in
from guanxi.http.introduction import introductions
from guanxi.http.live_socket import Desks
from guanxi.http.plain import JSON, TEXT, App, Receive, Scope, Send, respond
from guanxi.http.typing import Typing
from guanxi.http.visitor import visitor
from guanxi.http.webhooks import webhooks
from guanxi.infra.metrics import ACK_SECONDS, ACKS
from guanxi.infra.sql import is_passing
from guanxi.live import Hub
from guanxi.pipeline.accept import Ingest
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender

log = structlog.get_logger(__name__)
document = cache(openapi.document)


def build(
    house: House, doors: Doors | None = None, lender: Lender | None = None, *, desktop: Path | None = None
) -> App:
    """The application of one process. `doors` and `lender` are shared with the hands when both live in it;
    `desktop` is the folder of the built desktop. Started and stopped by the server's lifespan."""
    doors = doors or Doors(house)
    lender = lender or Lender(house)
    ingest = Ingest(house)
    sign_ins = SignIns(house)
    house.bus.on_passing.append(sign_ins.hear)
    house.bus.on_passing.append(sign_ins.bearers.hear)
    hub = Hub(house.bus, house.db.reading, partial(sign, house))
    typing = Typing(house, doors, lender)
    desks = Desks(house, hub, sign_ins, typing)

    webhook_door = _counted(webhooks(doors, ingest))
    who_door = introductions(house, doors, lender)
    visitor_door = visitor(house, doors, ingest, hub, lender)
    api_door = signed_in(litestar(house, sign_ins, hub, lender, typing), house, sign_ins)  # type: ignore[arg-type]
    media_door, health_door = media.files(house), health.health(house)
    desktop_door = static.desktop(desktop or static.built("desktop"), house.settings.public_url)
    live_door = desks.door()

    def door_of(scope: Scope) -> App | None:
        path: str = scope["path"]
        if scope["type"] == "websocket":
            if path == "/api/live":
                return live_door
            return visitor_door if path.startswith("/chat/") else None
        if path.startswith("/in/"):
            return webhook_door
        if path.startswith("/chat/"):
            return visitor_door
        if path.startswith("/who/"):
            return who_door
        if path == "/api/openapi.json":
            return _describe
        if path.startswith("/api/") or path == "/api":
            return api_door
        if path.startswith("/media/"):
            return media_door
        return health_door if path in ("/livez", "/readyz", "/metrics") else desktop_door

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send, ingest, hub, desks)
            return
        door = door_of(scope)
        if door is None:
            await send({"type": "websocket.close", "code": 4404})
            return
        started = gone = False

        async def watched(message: MutableMapping[str, Any]) -> None:
            nonlocal started, gone
            started = started or message["type"] in ("http.response.start", "websocket.accept")
            try:
                await send(message)
            except OSError:  # ASGI's word for a caller who has hung up
                gone = True
                raise

        try:
            await door(scope, receive, watched)
        except Exception as error:  # the last one who can answer; the caller hears nothing of it
            if gone:
                return
            log.error("http.broken", door=scope["path"].split("/")[1], problem=repr(error), exc_info=error)
            if not started and scope["type"] == "http":
                status = 503 if is_passing(error) or isinstance(error, TimeoutError) else 500
                await respond(send, status, b"Something is broken on our side.", [TEXT, (b"retry-after", b"1")])

    return front


def _counted(door: App) -> App:
    """Count acknowledgements, and how long they take."""

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        begun = perf_counter()

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                ACKS.labels(message["status"]).inc()
                ACK_SECONDS.observe(perf_counter() - begun)
            await send(message)

        await door(scope, receive, answer)

    return counted


async def _describe(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, 200, document(), [JSON, (b"cache-control", b"no-cache")], only_head=scope["method"] == "HEAD")


async def _live(receive: Receive, send: Send, ingest: Ingest, hub: Hub, desks: Desks) -> None:
    """The server says when to start and when to stop."""
    await receive()
    await ingest.start()
    order = asyncio.create_task(desks.keep_order())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    order.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await order
    await desks.typing.stop()
    await hub.stop()
    await ingest.stop()
    await send({"type": "lifespan.shutdown.complete"})
