"""Answers of the raw ASGI doors, and reading their requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

JSON: Header = (b"content-type", b"application/json")
TEXT: Header = (b"content-type", b"text/plain; charset=utf-8")
NOSNIFF: Header = (b"x-content-type-options", b"nosniff")


def header(scope: Scope, name: bytes) -> str:
    """A request header's value ('' without one); the last one when it is repeated."""
    value = b""
    for key, given in scope["headers"]:
        if key == name:
            value = given
    return value.decode("latin-1")


def cookie(scope: Scope, name: str) -> str:
    """A cookie's value, '' without it."""
    for key, given in scope["headers"]:
        if key == b"cookie":
            for pair in given.decode("latin-1").split(";"):
                found, _, value = pair.strip().partition("=")
                if found == name:
                    return str(value)
    return ""


async def respond(send: Send, status: int, body: bytes, headers: Iterable[Header], *, only_head: bool = False) -> None:
    """One complete answer."""
    given = [*headers, NOSNIFF, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": b"" if only_head else body})
