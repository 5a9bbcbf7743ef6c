"""A visitor's socket: hello first, then frames both ways. Whatever is wrong with one socket ends that socket only."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any
from uuid import UUID

import msgspec

from guanxi import views
from guanxi.channel_kit import Malformed
from guanxi.channel_kit.fields import text
from guanxi.channel_kit.json import read_object
from guanxi.channels import webchat
from guanxi.channels.webchat import Visitor
from guanxi.http.visitor_exchange import Exchange
from guanxi.http.visitor_limits import Limiter
from guanxi.http.visitor_live import Listener, VisitorRooms
from guanxi.http.visitor_turn import LARGEST_FRAME, Problem, Turn
from guanxi.inboxes import Door
from guanxi.live import Hub

HELLO_WITHIN = 10.0  # seconds
MOST_SOCKETS = 8  # of one visitor
UNREADABLE, TOO_MUCH, TOO_LARGE = 1003, 1008, 1009  # close codes of RFC 6455


class _Ended(Exception):
    """The visitor has gone, or (with a code) has to go."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.code = code


async def serve_socket(exchange: Exchange, rooms: VisitorRooms, hub: Hub, door: Door, turn: Turn) -> None:
    """Serve one socket until it ends."""
    await turn.receive()  # websocket.connect
    await turn.send({"type": "websocket.accept"})
    try:
        frames = Limiter([(60, 10.0)])
        hello = await asyncio.wait_for(_read(turn, frames), HELLO_WITHIN)
        if hello.get("type") != "hello":
            raise _Ended(UNREADABLE)
        try:
            visitor = exchange.visitor(door, text(hello, "visitor"))
        except Problem:
            await _say(turn, {"type": "who"})
            raise _Ended(TOO_MUCH) from None
        if rooms.count(door, visitor.id) >= MOST_SOCKETS:
            raise _Ended(TOO_MUCH)
        with rooms.listening(door, webchat.external_ids(visitor)) as listener:
            await _both_ways(exchange, hub, door, visitor, listener, turn, frames, text(hello, "after"))
    except TimeoutError:
        await turn.send({"type": "websocket.close", "code": TOO_MUCH})
    except Problem:
        await turn.send({"type": "websocket.close", "code": UNREADABLE})
    except _Ended as end:
        if end.code:
            await turn.send({"type": "websocket.close", "code": end.code})


async def _both_ways(
    exchange: Exchange,
    hub: Hub,
    door: Door,
    visitor: Visitor,
    listener: Listener,
    turn: Turn,
    frames: Limiter,
    after: str,
) -> None:
    down = asyncio.create_task(_down(exchange, door, visitor, listener, turn, after))
    up = asyncio.create_task(_up(exchange, hub, door, visitor, turn, frames))
    try:
        done, _ = await asyncio.wait((down, up), return_when=asyncio.FIRST_COMPLETED)
    finally:
        down.cancel()
        up.cancel()
        await asyncio.gather(down, up, return_exceptions=True)
    for task in done:
        task.result()


async def _down(exchange: Exchange, door: Door, visitor: Visitor, listener: Listener, turn: Turn, after: str) -> None:
    """Whatever happened, the messages are read again and those that are new to this socket go down."""
    await _say(turn, {"type": "welcome"})
    first = True
    while True:
        if listener.stale:
            listener.stale = False
            rows = await exchange.newest(door, visitor, after if first else "")
            for frame in listener.fresh(rows):
                await turn.send({"type": "websocket.send", "text": frame.decode()})
            if first:
                await _say(turn, await exchange.rating(door, visitor))
            first = False
        passing, listener.passing = listener.passing, {}
        for small in passing.values():
            await _say(turn, small)
        if not listener.stale and not listener.passing:
            await listener.wake.wait()
        listener.wake.clear()


async def _up(exchange: Exchange, hub: Hub, door: Door, visitor: Visitor, turn: Turn, frames: Limiter) -> None:
    typing_in: UUID | None = None
    looked = -60.0
    while True:
        frame = await _read(turn, frames)
        match frame.get("type"):
            case "typing":
                if monotonic() - looked > (60 if typing_in else 5):
                    looked = monotonic()
                    async with exchange.reading(door.workspace_id) as tx:
                        typing_in = await views.current_conversation(
                            tx, door.inbox_id, webchat.external_ids(visitor)[0]
                        )
                if typing_in is not None:
                    hub.typing(door.workspace_id, typing_in, by="contact", on=frame.get("on") is True)
            case "message":
                try:
                    kept = await exchange.take_message(door, {**frame, "visitor": exchange.token(door, visitor)})
                    await _say(turn, {"type": "kept", "id": kept})
                except Problem as problem:
                    refusal = {
                        "type": "refused",
                        "id": text(frame, "id"),
                        "error": problem.code,
                        "after": problem.after,
                    }
                    await _say(turn, refusal)
            case "read":
                await exchange.take_read(door, {**frame, "visitor": exchange.token(door, visitor)})
            case "ping":
                await _say(turn, {"type": "pong"})
            case _:
                raise _Ended(UNREADABLE)


async def _read(turn: Turn, frames: Limiter) -> dict[str, Any]:
    message = await turn.receive()
    if message["type"] != "websocket.receive":
        raise _Ended
    raw = message.get("text")
    if raw is None:
        raise _Ended(UNREADABLE)
    if len(raw) > LARGEST_FRAME:
        raise _Ended(TOO_LARGE)
    if frames.take("", monotonic()):
        raise _Ended(TOO_MUCH)
    try:
        return read_object(raw.encode("utf-8", "replace"))
    except Malformed as error:
        raise _Ended(UNREADABLE) from error


async def _say(turn: Turn, frame: Any) -> None:
    await turn.send({"type": "websocket.send", "text": msgspec.json.encode(frame).decode()})
