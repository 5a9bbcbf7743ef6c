"""The door for platforms: /in/ADDRESS. A raw ASGI callable, because here every microsecond is on the hot path."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from guanxi.channel_kit import Reply, Request
from guanxi.pipeline.accept import LARGEST_BODY, Ingest, accept
from guanxi.pipeline.doors import Doors

TOO_LARGE = Reply(status=413, body=b"the body is too large")


class BrokenOff(Exception):
    """The caller has hung up before its body was complete: there is nothing to keep, and nobody to answer."""


def webhooks(doors: Doors, ingest: Ingest) -> Any:
    """The ASGI application for addresses under /in/."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] not in ("GET", "POST", "HEAD"):
            await _answer(send, Reply(status=405, body=b"post events here"))
            return
        try:
            body = await _read(receive)
        except BrokenOff:
            return
        if body is None:
            await _answer(send, TOO_LARGE, close=True)
            return
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key = name.decode("latin-1")
            text = value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        request = Request(
            method="GET" if scope["method"] == "HEAD" else scope["method"],
            query=_query(scope["query_string"]),
            headers=headers,
            body=body,
        )
        address = scope["path"].removeprefix("/in/").strip("/").rsplit("/", 1)[-1]
        await _answer(send, await accept(doors, ingest, address, request))

    return app


def _query(raw: bytes) -> dict[str, str]:
    """Doubled parameters are joined by ', ', as doubled headers are: a doubled signature then matches nothing."""
    query: dict[str, str] = {}
    if not raw:
        return query
    try:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return {}
    for name, value in pairs:
        query[name] = f"{query[name]}, {value}" if name in query else value
    return query


async def _read(receive: Any) -> bytes | None:
    """The whole body, or None when it is too large. Raises BrokenOff."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BrokenOff
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _answer(send: Any, reply: Reply, *, close: bool = False) -> None:
    headers = [
        (b"content-type", reply.type.encode()),
        (b"content-length", str(len(reply.body)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    if reply.status == 503:
        headers.append((b"retry-after", b"2"))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
