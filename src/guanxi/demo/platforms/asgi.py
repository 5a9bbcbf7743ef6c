"""The little of HTTP that a simulated platform needs: one call in, one answer out, or a connection that breaks."""

from __future__ import annotations

import ssl
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser
from typing import Any, Literal
from urllib.parse import parse_qsl

import msgspec

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
LARGEST = 12 * 1024 * 1024
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # shops are on loopback; loading every authority is slow


@dataclass(frozen=True, slots=True)
class Call:
    """One request at the platform. Header names are lower-case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    peer: str = ""

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def file(self, name: str) -> tuple[str, bytes, str] | None:
        """The multipart file of that name: (file name, bytes, type)."""
        head = f"content-type: {self.headers.get('content-type', '')}\r\n\r\n".encode()
        for part in BytesParser(policy=policy.HTTP).parsebytes(head + self.body).iter_parts():
            if part.get_param("name", header="content-disposition") == name:
                body = part.get_payload(decode=True)
                return part.get_filename() or name, bytes(body or b""), part.get_content_type()
        return None


@dataclass(frozen=True, slots=True)
class Response:
    status: int = 200
    body: bytes = b""
    type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: Any, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(status, msgspec.json.encode(value), headers=named)


class Dropped(Exception):
    """The connection breaks off without an answer."""


class Hung(Exception):
    """No answer comes until the caller gives up."""


Misfortune = Literal["answer", "hang", "drop_before", "accept_then_drop"]


@dataclass(slots=True)
class Script:
    """What goes wrong next, by door: `script.next("send", status=503)`, `script.next("send", "accept_then_drop")`.

    hang and drop_before do nothing at the platform; accept_then_drop does what was asked, and only the answer is lost.
    """

    planned: dict[str, deque[tuple[Misfortune, Response | None]]] = field(default_factory=lambda: defaultdict(deque))

    def next(
        self,
        door: str,
        misfortune: Misfortune = "answer",
        *,
        status: int = 200,
        errcode: int | None = None,
        json: Any = None,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        times: int = 1,
    ) -> None:
        """Plan a misfortune for the next `times` calls at the door."""
        told = {"errcode": errcode, "errmsg": "scripted"} if errcode is not None else json
        answer = Response(status, msgspec.json.encode(told) if told is not None else body, headers=headers or {})
        self.planned[door].extend([(misfortune, answer)] * times)

    def play(self, door: str, perform: Callable[[], Response]) -> Response:
        """Answer the call, or let happen to it what was planned."""
        if not self.planned[door]:
            return perform()
        misfortune, answer = self.planned[door].popleft()
        if misfortune == "hang":
            raise Hung
        if misfortune == "accept_then_drop":
            perform()
        if misfortune != "answer" or answer is None:
            raise Dropped
        return answer


def application(handle: Callable[[Call], Awaitable[Response]]) -> App:
    """The raw ASGI callable around a function from call to answer."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body") or len(body) > LARGEST:
                break
        call = Call(
            method=scope["method"],
            path=scope["path"],
            query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
            headers={name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]},
            body=body,
            peer=(scope.get("client") or ("", 0))[0],
        )
        try:
            response = await handle(call)
        except Hung:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        except Dropped:
            # A promised body that never comes makes the server close the connection.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
            return
        headers = {"content-type": response.type, "content-length": str(len(response.body)), **response.headers}
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": raw})
        await send({"type": "http.response.body", "body": response.body})

    return app
