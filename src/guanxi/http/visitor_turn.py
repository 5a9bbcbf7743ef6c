"""One call at the visitor door: what it brings, within limits, and the answer to it."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from guanxi.access import caller_address
from guanxi.channel_kit import Malformed
from guanxi.channel_kit.json import clean, read_object
from guanxi.channels.webchat import sites_of
from guanxi.inboxes import Door

LARGEST_FRAME = 64 * 1024
_encode = msgspec.json.Encoder().encode


class Problem(Exception):
    """A refusal as it is answered. `after` is in seconds, for Retry-After."""

    def __init__(self, status: int, code: str, sentence: str, *, after: float = 0) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.after = after


class Turn:
    """A request or a socket, with its headers read once. Header names are lower-case."""

    def __init__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self._headers: dict[str, str] = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }

    def header(self, name: str) -> str:
        return self._headers.get(name, "")

    def query(self) -> dict[str, str]:
        pairs = parse_qsl(self.scope["query_string"].decode("latin-1"), max_num_fields=20, errors="replace")
        return {name: clean(value) for name, value in pairs}

    def token(self) -> str:
        """Of the header `authorization: Visitor TOKEN`; '' without it."""
        scheme, _, token = self.header("authorization").partition(" ")
        return token.strip() if scheme.lower() == "visitor" else ""

    def file_name(self) -> str:
        return clean(unquote(self.header("x-file-name"), errors="replace"))[:300]

    def caller(self, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
        """The address that calls, seen through trusted proxies."""
        peer = (self.scope.get("client") or ("", 0))[0]
        return caller_address(peer, self.header("x-forwarded-for"), trusted)

    def is_from_here(self, door: Door, public_url: str) -> bool:
        """Do no page's orders stand behind this call but our own frame's, or those of a site that the inbox names?"""
        origin = self.header("origin").lower()
        if not origin:
            return True
        return (
            urlsplit(origin).netloc == self.header("host").lower()
            or origin == public_url.lower().rstrip("/")
            or origin in sites_of(door.settings.get("sites", ""))
        )

    async def body(self, largest: int) -> bytes:
        """The body. Raises Problem 413 as soon as it is too large."""
        declared = self.header("content-length")
        if declared.isdigit() and int(declared) > largest:
            raise Problem(413, "too_large", f"At most {largest} bytes can be sent at once.")
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Problem(400, "gone", "The caller has gone.")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > largest:
                raise Problem(413, "too_large", f"At most {largest} bytes can be sent at once.")
            if not message.get("more_body"):
                return b"".join(parts)

    async def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises Problem 400 or 413."""
        try:
            return read_object(await self.body(LARGEST_FRAME))
        except Malformed as error:
            raise Problem(400, "unreadable", f"This cannot be read: {error}") from error

    async def answer(self, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
        start = [*headers, (b"content-length", str(len(body)).encode()), (b"x-content-type-options", b"nosniff")]
        await self.send({"type": "http.response.start", "status": status, "headers": start})
        is_head = self.scope["method"] == "HEAD"
        await self.send({"type": "http.response.body", "body": b"" if is_head else body})

    async def answer_json(self, status: int, body: Mapping[str, Any], *more: tuple[bytes, bytes]) -> None:
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *more]
        await self.answer(status, _encode(body), headers)

    async def refuse(self, problem: Problem) -> None:
        after = [(b"retry-after", str(math.ceil(problem.after)).encode())] if problem.after else []
        await self.answer_json(problem.status, {"error": problem.code, "message": problem.sentence}, *after)
