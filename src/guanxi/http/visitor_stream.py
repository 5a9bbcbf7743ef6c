"""What a visitor's socket would bring, as a stream of server-sent events: for networks that cut sockets off."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from guanxi import views
from guanxi.channel_kit.fields import text
from guanxi.channels import webchat
from guanxi.channels.webchat import Visitor
from guanxi.http.visitor_exchange import Exchange
from guanxi.http.visitor_live import Listener, VisitorRooms
from guanxi.http.visitor_socket import MOST_SOCKETS
from guanxi.http.visitor_turn import Problem, Turn
from guanxi.inboxes import Door
from guanxi.live import Hub

BEAT = 15.0  # seconds of silence after which a comment goes down, so that nobody takes the stream for dead
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx holds back what it may still collect
    (b"x-content-type-options", b"nosniff"),
]


async def serve_stream(exchange: Exchange, rooms: VisitorRooms, door: Door, turn: Turn) -> None:
    """Serve one stream until the visitor goes. Raises Problem before it has begun."""
    visitor = exchange.visitor(door, turn.token())
    if rooms.count(door, visitor.id) >= MOST_SOCKETS:
        raise Problem(429, "too_many", "This visitor listens in too many places.", after=30)
    after = turn.query().get("after", "")
    with rooms.listening(door, webchat.external_ids(visitor)) as listener:
        rows = await exchange.newest(door, visitor, after)  # an `after` that is no time is refused here
        listener.stale = False
        await turn.send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await _say(turn, b'{"type":"welcome"}')
        for frame in listener.fresh(rows):
            await _say(turn, frame)
        await _say(turn, msgspec.json.encode(await exchange.rating(door, visitor)))
        down = asyncio.create_task(_down(exchange, door, visitor, listener, turn))
        gone = asyncio.create_task(_gone(turn))
        try:
            done, _ = await asyncio.wait((down, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            down.cancel()
            gone.cancel()
            await asyncio.gather(down, gone, return_exceptions=True)
        for task in done:
            task.result()


async def take_typing(exchange: Exchange, hub: Hub, door: Door, body: Mapping[str, Any]) -> None:
    """The visitor writes, or has stopped; told by a call where there is no socket to tell it."""
    visitor = exchange.visitor(door, text(body, "visitor"))
    exchange.allow_typing(door, visitor)
    async with exchange.reading(door.workspace_id) as tx:
        writing_in = await views.current_conversation(tx, door.inbox_id, webchat.external_ids(visitor)[0])
    if writing_in is not None:
        hub.typing(door.workspace_id, writing_in, by="contact", on=body.get("on") is True)


async def _down(exchange: Exchange, door: Door, visitor: Visitor, listener: Listener, turn: Turn) -> None:
    while True:
        if listener.stale:
            listener.stale = False
            for frame in listener.fresh(await exchange.newest(door, visitor)):
                await _say(turn, frame)
        passing, listener.passing = listener.passing, {}
        for small in passing.values():
            await _say(turn, msgspec.json.encode(small))
        if not listener.stale and not listener.passing:
            try:
                async with asyncio.timeout(BEAT):
                    await listener.wake.wait()
            except TimeoutError:
                await turn.send({"type": "http.response.body", "body": b":\n\n", "more_body": True})
        listener.wake.clear()


async def _say(turn: Turn, frame: bytes) -> None:
    line = frame.replace(b"\n", b" ")  # a line end in JSON stands between its parts, never inside a text
    await turn.send({"type": "http.response.body", "body": b"data: " + line + b"\n\n", "more_body": True})


async def _gone(turn: Turn) -> None:
    while (await turn.receive())["type"] != "http.disconnect":
        pass
