"""A small client for Guanxi: read conversations, answer them, and verify what comes back. Needs httpx and msgspec.

Copy this file into your program. Everything it can do is in the class `Guanxi` and the two `verify_…` functions.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
import msgspec

T = TypeVar("T")
FRESH = 300  # seconds; an older signature may be somebody's recording


class Refused(Exception):
    """The server said no. `code` is a word for machines: scope, not_found, window_closed, newer_reply …"""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code = status, code


class Named(msgspec.Struct):
    id: UUID
    name: str


class Conversation(msgspec.Struct, kw_only=True):
    """A row of the conversation list. `state` is open, snoozed or resolved."""

    id: UUID
    version: int
    state: str
    channel: str
    inbox_name: str
    contact: Named
    assignee: Named | None
    last_at: datetime
    last_text: str
    unread: int
    tags: list[str]


class Message(msgspec.Struct, kw_only=True):
    """One thing that was said. `author` is contact, agent, bot or system; `content` depends on its `kind`."""

    seq: int
    id: UUID
    author: str
    kind: str
    content: dict[str, Any]
    is_note: bool
    sent_at: datetime
    state: str

    @property
    def text(self) -> str:
        return str(self.content.get("text", ""))


class _Conversations(msgspec.Struct):
    rows: list[Conversation]
    next: str | None


class _Messages(msgspec.Struct):
    rows: list[Message]
    has_more: bool


class Guanxi:
    """Speaks for the agent whose access token this is. Raises Refused, and httpx's own errors when nobody answers."""

    def __init__(self, url: str, token: str, *, timeout: float = 20.0) -> None:
        self._http = httpx.Client(
            base_url=url.rstrip("/"), headers={"authorization": f"Bearer {token}"}, timeout=timeout
        )

    def __enter__(self) -> Guanxi:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def conversations(self, view: str = "all", *, channel: str = "", q: str = "") -> Iterator[Conversation]:
        """The conversations of a view (mine, queue, all, snoozed, resolved), newest first, page by page as you go on."""
        after: str | None = None
        while True:
            asked = {"view": view, "channel": channel, "q": q, "after": after or ""}
            page = self._ask("GET", "/api/conversations", _Conversations, query=asked)
            yield from page.rows
            if page.next is None:
                return
            after = page.next

    def conversation(self, conversation_id: UUID) -> Conversation:
        return self._ask("GET", f"/api/conversations/{conversation_id}", Conversation)

    def messages(self, conversation_id: UUID, *, after: int = 0) -> Iterator[Message]:
        """The thread behind message number `after`, in order of arrival. Keep the last `seq` to go on from there."""
        while True:
            page = self._ask(
                "GET", f"/api/conversations/{conversation_id}/messages", _Messages, query={"after": str(after)}
            )
            yield from page.rows
            if not page.rows or not page.has_more:
                return
            after = page.rows[-1].seq

    def reply(self, conversation_id: UUID, text: str, *, id: UUID | None = None) -> Message:
        """Answer. Give your own `id` and repeat with it after a broken connection: it is one message."""
        body = {"id": id or uuid4(), "content": {"kind": "text", "text": text}}
        return self._ask("POST", f"/api/conversations/{conversation_id}/replies", Message, body=body)

    def note(self, conversation_id: UUID, text: str, *, id: UUID | None = None) -> Message:
        """Write something that only the team sees."""
        body = {"id": id or uuid4(), "text": text}
        return self._ask("POST", f"/api/conversations/{conversation_id}/notes", Message, body=body)

    def resolve(self, conversation_id: UUID) -> Conversation:
        return self._ask("POST", f"/api/conversations/{conversation_id}/resolve", Conversation)

    def _ask(
        self, method: str, path: str, shape: type[T], *, query: Mapping[str, str] | None = None, body: Any = None
    ) -> T:
        asked = {name: value for name, value in (query or {}).items() if value}
        content = None if body is None else msgspec.json.encode(body)
        answer = self._http.request(
            method, path, params=asked, content=content, headers={"content-type": "application/json"} if content else {}
        )
        if answer.is_success:
            return msgspec.json.decode(answer.content, type=shape)
        try:
            told = msgspec.json.decode(answer.content, type=dict[str, Any])
        except msgspec.DecodeError:
            told = {}
        raise Refused(answer.status_code, str(told.get("error", "")), str(told.get("message", "")))


class Event(msgspec.Struct, kw_only=True):
    """What a webhook tells. `id` is the same when it is told again; `conversation` may be newer than the event."""

    id: str
    kind: str
    at: datetime
    payload: dict[str, Any]
    conversation_id: UUID | None = None
    version: int | None = None
    conversation: Conversation | None = None
    messages: list[Message] = []


def verify_webhook(secret: str, signature: str, body: bytes, *, now: float | None = None) -> Event | None:
    """The event in a webhook's raw body, or None when it is not genuine: `signature` is the header x-guanxi-signature."""
    parts = [part.partition("=") for part in signature.split(",")]
    moment = next((value for name, _, value in parts if name == "t"), "")
    if not (moment.isascii() and moment.isdigit()) or len(moment) > 12:
        return None
    if abs((time.time() if now is None else now) - int(moment)) > FRESH:
        return None
    wanted = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not any(name == "v1" and hmac.compare_digest(value.encode(), wanted.encode()) for name, _, value in parts):
        return None
    return msgspec.json.decode(body, type=Event)


def verify_reply(secret: str, signature: str, body: bytes) -> bool:
    """Does a reply to your application (the api channel) come from Guanxi? `signature` is x-guanxi-signature."""
    wanted = "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature.encode("utf-8", "replace"), wanted.encode())
