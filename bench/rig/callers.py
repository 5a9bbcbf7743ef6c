"""Callers that cost the machine next to nothing: one HTTP connection kept open, and a socket that only listens."""

from __future__ import annotations

import asyncio
import os
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import msgspec

from bench.rig.figure import Missed

Heard = Callable[[bytes, float], None]  # a text frame, or an array of them, and when it came


class Line:
    """One kept-alive HTTP/1.1 connection, for one call after another."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> tuple[int, bytes]:
        """(status, body) of one call. Answers must say how long they are, and ours do."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        assert self._reader is not None
        given = {"host": f"{self._host}:{self._port}", "content-length": str(len(body)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        self._writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        said = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in said.split(b"\r\n"):
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        return int(said[9:12]), await self._reader.readexactly(length) if length else b""

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


async def reply(line: Line, desk: str, headers: Mapping[str, str], conversation: UUID, text: str) -> None:
    """An agent's reply at the HTTP door of `desk`; Missed unless it is taken."""
    body = msgspec.json.encode({"id": uuid4(), "content": {"kind": "text", "text": text}, "force": True})
    status, said = await line.call(
        "POST",
        f"/api/conversations/{conversation}/replies",
        {**headers, "content-type": "application/json", "origin": desk},
        body,
    )
    if status not in (200, 201):
        raise Missed(f"a reply was answered with {status}: {said[:300]!r}")


class Listener(asyncio.Protocol):
    """An open desk: a WebSocket that hands each text frame on with the time at which it came."""

    def __init__(self, hear: Heard) -> None:
        self._hear = hear
        self._kept = b""
        self._open = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]

    def say(self, text: str) -> None:
        """Send one small text frame (masked with zeros, as a client has to mask)."""
        payload = text.encode()
        assert self._transport is not None
        assert len(payload) < 126
        self._transport.write(bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload)

    def data_received(self, data: bytes) -> None:
        at = time.perf_counter()
        if self._kept:
            data = self._kept + data
        if not self._open:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._kept = head
                return
            if b" 101 " not in head[:20]:
                self.ready.set_exception(Missed(f"the socket was refused: {head[:200]!r}"))
                return
            self._open = True
        start = 0
        while len(data) - start >= 2:
            size, begin = data[start + 1], start + 2
            if size == 126:
                size, begin = int.from_bytes(data[start + 2 : start + 4]), start + 4
            elif size == 127:
                size, begin = int.from_bytes(data[start + 2 : start + 10]), start + 10
            if len(data) < begin + size:
                break
            if data[start] & 0x0F == 1:
                self._text(data[begin : begin + size], at)
            start = begin + size
        self._kept = data[start:]

    def _text(self, frame: bytes, at: float) -> None:
        if not self.ready.done():  # the first is the hello
            self.ready.set_result(None)
            return
        self._hear(frame, at)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def listen(base: str, path: str, cookie: str, hear: Heard) -> Listener:
    """Open a socket as a desk does and wait for its hello."""
    parts = urlsplit(base)
    _, listener = await asyncio.get_running_loop().create_connection(
        lambda: Listener(hear), str(parts.hostname), int(parts.port or 80)
    )
    key = b64encode(os.urandom(16)).decode()
    assert listener._transport is not None
    listener._transport.write(
        (
            f"GET {path} HTTP/1.1\r\nhost: {parts.netloc}\r\norigin: {base}\r\ncookie: {cookie}\r\nupgrade: websocket\r\n"
            f"connection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n\r\n"
        ).encode()
    )
    await asyncio.wait_for(listener.ready, 10)
    return listener
