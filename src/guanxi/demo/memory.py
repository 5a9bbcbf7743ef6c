"""What the demo remembers between two starts: whom it set up, and what the simulated platforms know."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from guanxi.demo.platforms import kakao, kakao_rules, line, line_chat, wechat, wechat_words
from guanxi.demo.platforms.asgi import App, Receive, Scope, Send


class Person(msgspec.Struct):
    """How far the talk with a customer is: messages of agents that he has heard, and what he has answered."""

    heard: int = 0
    answered: int = 0


class OnWeChat(msgspec.Struct):
    customers: dict[str, wechat_words.Customer] = {}
    files: dict[str, tuple[str, bytes, str]] = {}


class OnLine(msgspec.Struct):
    chats: dict[str, line_chat.Chat] = {}
    files: dict[str, tuple[bytes, str]] = {}
    accepted: dict[str, tuple[str, list[dict[str, str]]]] = {}
    reply_tokens: dict[str, tuple[str, float]] = {}
    quota: int = 1000


class OnKakao(msgspec.Struct):
    chats: dict[str, kakao_rules.Chat] = {}
    files: dict[str, tuple[bytes, str]] = {}
    uploaded: set[str] = set()
    serials: set[str] = set()


class Memory(msgspec.Struct, kw_only=True):
    """`inboxes` by channel, `agents` by name. `is_told`: the shop's past is complete. `guests`: what each of the other
    platforms keeps."""

    workspace_id: UUID
    owner_id: UUID
    inboxes: dict[str, UUID]
    agents: dict[str, UUID]
    is_told: bool = False
    people: dict[str, Person] = {}
    came: int = 0
    guests: dict[str, Any] = {}
    wechat: OnWeChat = msgspec.field(default_factory=OnWeChat)
    line: OnLine = msgspec.field(default_factory=OnLine)
    kakao: OnKakao = msgspec.field(default_factory=OnKakao)


def path_in(data: Path) -> Path:
    return data / "demo.json"


def load(path: Path) -> Memory | None:
    """What was remembered, or None when nothing was, or nothing legible."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Memory)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def save(path: Path, memory: Memory) -> None:
    """In one step: a process that is killed leaves the old or the new."""
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(memory))
    part.replace(path)


def remind(memory: Memory, on_wechat: wechat.Platform, on_line: line.Platform, on_kakao: kakao.Platform) -> None:
    """Give the platforms what they knew; from then on they and the memory share it."""
    on_wechat.customers, on_wechat.files = memory.wechat.customers, memory.wechat.files
    on_line.chats, on_line.files = memory.line.chats, memory.line.files
    on_line.accepted, on_line.reply_tokens = memory.line.accepted, memory.line.reply_tokens
    on_kakao.chats, on_kakao.files = memory.kakao.chats, memory.kakao.files
    on_kakao.uploaded, on_kakao.serials = memory.kakao.uploaded, memory.kakao.serials


def remembering(app: App, keep: Callable[[], None]) -> App:
    """The platform's app, which answers a change only after it is remembered: it forgets nothing it has promised."""

    async def remembers(scope: Scope, receive: Receive, send: Send) -> None:
        async def then_send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and scope["method"] == "POST":
                keep()
            await send(message)

        await app(scope, receive, then_send)

    return remembers
