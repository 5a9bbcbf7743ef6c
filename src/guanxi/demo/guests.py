"""Platforms that the demo plays besides WeChat, LINE and the shop's own site: one entry each, everything else follows.

A guest's platform has `webhook`, `clock`, `script`, `app` and `kept`, which is what it must not forget.
"""

from __future__ import annotations

import hashlib
import secrets as randomness
import string
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any, Protocol

from guanxi.content import Content
from guanxi.demo.platforms import wechat_mini, wecom, wecom_words, weibo, weibo_words
from guanxi.demo.platforms.asgi import App, Script
from guanxi.demo.scripts import Step, Story
from guanxi.inboxes import Door
from guanxi.infra.clock import system_clock

Given = Mapping[str, str]


class Platform(Protocol):
    webhook: str
    clock: Callable[[], float]
    script: Script
    kept: Any

    @property
    def app(self) -> App: ...

    def add_customer(self, person: str, name: str = ...) -> Any: ...

    async def customer_says(self, person: str, content: Content | str, file: bytes = ...) -> bool: ...

    def received(self, person: str) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Guest:
    """One platform: how its inbox is set up, how it is opened from that inbox's settings and secrets, who enters it, and what it is called.

    `prefix` begins the ids that it gives to people; `kept` is the type of what it remembers.
    """

    settings: Callable[[], dict[str, str]]
    secrets: Callable[[], dict[str, str]]
    open: Callable[[Given, Given], Any]
    kept: type[Any]
    prefix: str
    title: str
    scans: Callable[[Any, str, str], Any] | None = None


@dataclass(slots=True)
class OnGuest:
    """Customers on such a platform."""

    key: str
    guest: Guest
    platform: Platform
    door: Door
    automatic: Set[str]

    def external_id(self, person: str) -> str:
        return external_id(self.key, person)

    def add(self, story: Story) -> None:
        self.platform.add_customer(self.external_id(story.person), story.name)

    async def says(self, person: str, content: Content, file: bytes) -> None:
        await self.platform.customer_says(self.external_id(person), content, file)

    async def does(self, person: str, step: Step) -> None:
        if step.does == "scans" and self.guest.scans is not None:
            await self.guest.scans(self.platform, self.external_id(person), step.scene)

    async def heard(self, person: str) -> int:
        got = self.platform.received(self.external_id(person))
        return sum(message.get("text", {}).get("content") not in self.automatic for message in got)


def external_id(key: str, person: str) -> str:
    """The id by which the platform and the inbox know a person."""
    return GUESTS[key].prefix + hashlib.sha256(f"{key}:{person}".encode()).hexdigest()[:27]


def _random() -> str:
    return randomness.token_hex(16)


def _aes_key() -> str:
    letters = string.ascii_letters + string.digits
    return "".join(randomness.choice(letters) for _ in range(42)) + "A"  # the last holds four bits only


def _on_wecom(settings: Given, secrets: Given) -> wecom.Platform:
    return wecom.Platform(
        corp_id=settings["corp_id"],
        secret=secrets["secret"],
        token=secrets["token"],
        encoding_aes_key=secrets["encoding_aes_key"],
        kfids=(settings["open_kfid"],),
    )


def _on_mini(settings: Given, secrets: Given) -> wechat_mini.Platform:
    return wechat_mini.Platform(
        app_id=settings["app_id"],
        app_secret=secrets["app_secret"],
        token=secrets["token"],
        encoding_aes_key=secrets["encoding_aes_key"],
        original_id=settings["original_id"],
        next_id=int(system_clock().timestamp() * 1_000_000),  # after a restart none comes twice
    )


def _on_weibo(settings: Given, secrets: Given) -> weibo.Platform:
    return weibo.Platform(
        uid=settings["uid"],
        app_secret=secrets["app_secret"],
        message_token=secrets["message_token"],
        user_token=secrets["user_token"],
    )


GUESTS: Mapping[str, Guest] = {
    "wecom": Guest(
        settings=lambda: {"corp_id": f"ww{randomness.token_hex(8)}", "open_kfid": f"wk{randomness.token_hex(14)}"},
        secrets=lambda: {"secret": _random(), "token": _random(), "encoding_aes_key": _aes_key()},
        open=_on_wecom,
        kept=wecom_words.Kept,
        prefix="wm",
        title="simulated WeCom",
        scans=wecom.Platform.customer_enters,
    ),
    "wechat_mini": Guest(
        settings=lambda: {"app_id": f"wx{randomness.token_hex(8)}", "original_id": f"gh_{randomness.token_hex(6)}"},
        secrets=lambda: {"app_secret": _random(), "token": _random(), "encoding_aes_key": _aes_key()},
        open=_on_mini,
        kept=wechat_mini.Kept,
        prefix="o",
        title="simulated mini program",
        scans=wechat_mini.Platform.customer_enters,
    ),
    "weibo": Guest(
        settings=lambda: {
            "uid": str(5_000_000_000 + randomness.randbelow(10**9)),
            "closed_codes": str(weibo.TOO_LATE),
            "poll_seconds": "15",
        },
        secrets=lambda: {"app_secret": _random(), "message_token": _random(), "user_token": _random()},
        open=_on_weibo,
        kept=weibo_words.Kept,
        prefix="6",
        title="simulated Weibo",
        scans=weibo.Platform.customer_mentions,  # the scene is a post of his that names the shop
    ),
}
