"""Serve an ASGI application in this event loop, with the limits and the quietness that the house wants."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

LARGEST_HEAD = 64_000  # bytes of a request line and its headers


class CannotServe(Exception):
    """The address cannot be served at; the message says why."""


class _Quiet(uvicorn.Server):
    """Signals belong to the command line, which has more to stop than this server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _ShortHeads(HttpToolsProtocol):
    """The parser keeps a head for as long as it grows; whoever sends one without an end is turned away."""

    head = 0
    is_in_head = False

    def on_message_begin(self) -> None:
        self.head, self.is_in_head = 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.is_in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_in_head:
            self.head += len(data)
            if self.head > LARGEST_HEAD:
                self.send_400_response("The head of this request is too long.")


SEND_NOW = "guanxi.send_now"  # an extension of the scope


class _SharedFrames(WebSocketsSansIOProtocol):
    """What goes to many sockets is encoded once and written without a task for each: at 90 sockets and 200 messages a
    second the tasks alone took a third of a core, and the last socket waited for all of them."""

    async def run_asgi(self) -> None:
        extensions: Any = self.scope["extensions"]
        extensions[SEND_NOW] = self.send_now
        await super().run_asgi()

    def send_now(self, frame: bytes) -> bool:
        """Write a frame made by `encoded`. False when the socket cannot take it now: then `send` waits, or raises."""
        can = self.handshake_complete and self.writable.is_set() and not (self.close_sent or self.disconnected)
        if can:
            self.transport.write(frame)
        return can


def encoded(text: bytes) -> bytes:
    """A WebSocket frame of this text, as a server sends it."""
    return Frame(Opcode.TEXT, text).serialize(mask=False)


def open_socket(host: str, port: int) -> socket.socket:
    """A listening socket, bound before anything else is started, so a taken port is known at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise CannotServe(
            f"Port {port} on {host} cannot be used: {error.strerror}. Choose another with --port."
        ) from error
    listening.listen(2048)
    return listening


def web_server(app: Any) -> uvicorn.Server:
    """A server for `app`; run it with `await server.serve(sockets=[…])` and end it by `server.should_exit = True`."""
    return _Quiet(
        uvicorn.Config(
            app,
            loop="none",
            http=_ShortHeads,
            ws=_SharedFrames,
            ws_max_size=1_000_000,
            ws_ping_interval=20,
            ws_ping_timeout=20,
            ws_per_message_deflate=False,
            lifespan="on",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            date_header=True,
            timeout_keep_alive=20,
            timeout_graceful_shutdown=5,
            backlog=2048,
        )
    )
