"""Who writes to the shop, and what: the stories that are seeded and played, read from the files in stories/."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from guanxi.content import Content, Image, Link, Location, Sticker, Text, Unsupported, Voice
from guanxi.demo import drawings
from guanxi.routing import Priority, Skills

FOLDER = Path(__file__).parent / "stories"
Channel = Literal["wechat", "line", "webchat", "kakao", "wecom", "wechat_mini", "weibo"]
PAST = ("wechat", "line", "webchat", "kakao", "guests")


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Read from a file in which a word that we do not know is a mistake."""


class Step(Written, frozen=True, kw_only=True):
    """One thing that the customer, or (`by`) an agent, says or does, `after` so many minutes.

    `fails` plans a misfortune at the platform for the reply. A `note`, `tags` and `does` are said to nobody.
    """

    by: str = ""
    after: float = 1.0
    says: str = ""
    picture: str = ""
    voice: str = ""
    place: tuple[float, float, str, str] | None = None
    link: tuple[str, str, str] | None = None
    sticker: tuple[str, str, str] | None = None
    unsupported: str = ""
    does: Literal["", "follows", "leaves", "scans", "reads", "resolve", "snooze"] = ""
    scene: str = ""
    hours: float = 0.0
    note: str = ""
    tags: tuple[str, ...] = ()
    fails: Literal["", "accept_then_drop"] = ""


class Contact(Written, frozen=True, kw_only=True):
    """What the agents have written down about the customer."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    note: str | None = None
    tags: tuple[str, ...] | None = None
    vip: bool = False
    attributes: dict[str, str] | None = None


class SignedIn(Written, frozen=True, kw_only=True):
    """A customer whom the shop's own site knows."""

    id: str
    email: str


class Story(Written, frozen=True, kw_only=True):
    """One conversation. `who` names the customer where two stories share one; `agent` got it ('': nobody yet);
    `then` is what the customer goes on to answer while the demo runs. `unheard`: he came when nobody was there.
    `priority`: a supervisor has made it more or less urgent."""

    key: str
    name: str
    on: Channel
    steps: tuple[Step, ...]
    who: str = ""
    language: str = ""
    agent: str = ""
    ended: str = "0m"
    unheard: bool = False
    page: str = "/"
    customer: SignedIn | None = None
    contact: Contact | None = None
    priority: Priority = 0
    then: tuple[str, ...] = ()

    @property
    def person(self) -> str:
        return self.who or self.key


class AgentLine(Written, frozen=True, kw_only=True):
    name: str
    email: str
    language: str
    role: Literal["admin", "supervisor", "agent", "viewer"] = "agent"
    presence: Literal["online", "busy"]
    capacity: int
    skills: Skills = {}


class QueueLine(Written, frozen=True, kw_only=True):
    """A queue; everybody serves there. `overflow`: into which queue after how many minutes."""

    name: str
    needs: Skills = {}
    priority: Priority = 0
    sticky_days: int = 30
    overflow: tuple[str, int] | None = None


class PolicyLine(Written, frozen=True, kw_only=True):
    """What is promised, in minutes; in these queues, or (without any) everywhere."""

    name: str
    first: int
    next: int
    resolve: int
    queues: tuple[str, ...] = ()


class InboxLine(Written, frozen=True, kw_only=True):
    channel: Channel
    name: str
    queue: str
    greeting: str = ""
    away_text: str = ""


class Phrase(Written, frozen=True, kw_only=True):
    shortcut: str
    text: str


class Shop(Written, frozen=True, kw_only=True):
    """The shop as it is set up before anybody has written."""

    name: str
    language: str
    greeting: str
    away_text: str
    agent: tuple[AgentLine, ...]
    queue: tuple[QueueLine, ...]
    policy: tuple[PolicyLine, ...]
    inbox: tuple[InboxLine, ...]
    phrase: tuple[Phrase, ...]

    def automatic(self) -> frozenset[str]:
        """Everything that is said without anybody saying it."""
        inboxes = [text for inbox in self.inbox for text in (inbox.greeting, inbox.away_text)]
        return frozenset({self.greeting, self.away_text, *inboxes} - {""})


class _Stories(Written, frozen=True):
    story: tuple[Story, ...]


@cache
def shop() -> Shop:
    return msgspec.convert(tomllib.loads((FOLDER / "qinghe.toml").read_text("utf-8")), Shop)


@cache
def stories(name: str) -> tuple[Story, ...]:
    """The stories of one file, in its order."""
    return msgspec.convert(tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")), _Stories).story


def past() -> tuple[Story, ...]:
    """What has happened before the demo begins."""
    return tuple(story for name in PAST for story in stories(name))


def newcomers() -> tuple[Story, ...]:
    """Who comes in while it runs."""
    return stories("newcomers")


def answers() -> Mapping[str, tuple[str, ...]]:
    """What each person goes on to say, by person."""
    return {story.person: story.then for story in (*past(), *newcomers()) if story.then}


def span(text: str) -> timedelta:
    """'2d4h', '36m' as a span of time. Raises ValueError."""
    found = re.fullmatch(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?", text)
    if found is None or not text:
        raise ValueError(f"{text!r} is no span of time")
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def said(step: Step) -> tuple[Content, bytes] | None:
    """What is said in this step, with its file; None when something is done and nothing said."""
    if step.picture:
        media, file = drawings.picture(step.picture)
        return Image(media), file
    if step.voice:
        media, file = drawings.voice(step.voice)
        return Voice(media, text=step.voice), file
    if step.place:
        latitude, longitude, title, address = step.place
        return Location(latitude, longitude, title, address), b""
    if step.link:
        url, title, text = step.link
        return Link(url, title, text), b""
    if step.sticker:
        package, sticker, text = step.sticker
        return Sticker(sticker, package, text), b""
    if step.unsupported:
        return Unsupported(step.unsupported, step.says), b""
    return (Text(step.says), b"") if step.says else None
