"""Where the demo's customers are: on the simulated WeChat, LINE and KakaoTalk, on the shop's own site. One face."""

from __future__ import annotations

import hashlib
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from uuid import uuid4

import msgspec

from guanxi import content as contents
from guanxi import views
from guanxi.channels import webchat
from guanxi.content import Content
from guanxi.demo.platforms import kakao, line, wechat
from guanxi.demo.scripts import Step, Story
from guanxi.house import House
from guanxi.inboxes import Door
from guanxi.pipeline.accept import Ingest

SIGNED_IN = timedelta(days=1)


class Place(Protocol):
    """A customer is named by his story's `person`."""

    door: Door

    def add(self, story: Story) -> None:
        """From now on this person is here."""

    def external_id(self, person: str) -> str:
        """The id by which the inbox knows the person."""

    async def says(self, person: str, content: Content, file: bytes) -> None:
        """Returns when the shop has kept it."""

    async def does(self, person: str, step: Step) -> None:
        """Follows, leaves, scans or reads, as far as there is such a thing here."""

    async def heard(self, person: str) -> int:
        """How many messages of agents have reached this person."""


@dataclass(slots=True)
class OnWeChat:
    platform: wechat.Platform
    door: Door
    automatic: Set[str]

    def external_id(self, person: str) -> str:
        return "o" + _folded("wechat", person)[:27]

    def add(self, story: Story) -> None:
        self.platform.add_customer(self.external_id(story.person), story.name)

    async def says(self, person: str, content: Content, file: bytes) -> None:
        await self.platform.customer_says(self.external_id(person), content, file)

    async def does(self, person: str, step: Step) -> None:
        match step.does:
            case "follows":
                await self.platform.customer_follows(self.external_id(person), step.scene)
            case "leaves":
                await self.platform.customer_leaves(self.external_id(person))
            case "scans":
                await self.platform.customer_scans(self.external_id(person), step.scene)

    async def heard(self, person: str) -> int:
        got = self.platform.received(self.external_id(person))
        return sum(message.get("text", {}).get("content") not in self.automatic for message in got)


@dataclass(slots=True)
class OnLine:
    platform: line.Platform
    door: Door
    automatic: Set[str]

    def external_id(self, person: str) -> str:
        return "U" + _folded("line", person)[:32]

    def add(self, story: Story) -> None:
        self.platform.add_customer(self.external_id(story.person), story.name, story.language or "ja")

    async def says(self, person: str, content: Content, file: bytes) -> None:
        await self.platform.customer_says(self.external_id(person), content, file)

    async def does(self, person: str, step: Step) -> None:
        match step.does:
            case "follows":
                await self.platform.customer_follows(self.external_id(person))
            case "leaves":
                await self.platform.customer_leaves(self.external_id(person))

    async def heard(self, person: str) -> int:
        got = self.platform.received(self.external_id(person))
        return sum(message.get("text") not in self.automatic for message in got)


@dataclass(slots=True)
class OnKakao:
    platform: kakao.Platform
    door: Door
    automatic: Set[str]

    def external_id(self, person: str) -> str:
        return _folded("kakao", person)[:20]

    def add(self, story: Story) -> None:
        self.platform.add_customer(self.external_id(story.person), story.name)

    async def says(self, person: str, content: Content, file: bytes) -> None:
        await self.platform.customer_says(self.external_id(person), content, file)

    async def does(self, person: str, step: Step) -> None:
        match step.does:
            case "scans":
                await self.platform.customer_begins(self.external_id(person), title=step.scene)
            case "leaves":
                await self.platform.customer_leaves(self.external_id(person))

    async def heard(self, person: str) -> int:
        got = self.platform.received(self.external_id(person))
        return sum(message.get("message") not in self.automatic for message in got)


@dataclass(slots=True)
class OnSite:
    """Visitors whose frames are handed in as the visitor door hands them in; they need no browser."""

    house: House
    ingest: Ingest
    door: Door
    origin: str  # of the shop's site
    people: dict[str, Story] = field(default_factory=dict)

    def external_id(self, person: str) -> str:
        return webchat.external_ids(self._visitor(person))[0]

    def add(self, story: Story) -> None:
        self.people.setdefault(story.person, story)

    async def says(self, person: str, content: Content, file: bytes) -> None:
        said: dict[str, Any] = contents.to_builtins(content)
        media = contents.media_of(content)
        if media is not None:
            stored = await self.house.media.put(self.door.workspace_id, file, media.name, media.type)
            said["media"] = msgspec.to_builtins(stored)
        await self._hand_in(person, {"type": "message", "id": str(uuid4()), "content": said})

    async def does(self, person: str, step: Step) -> None:
        if step.does == "reads":
            await self.reads(person)

    async def reads(self, person: str) -> None:
        """The person has seen everything that is there now."""
        await self._hand_in(person, {"type": "read", "at": self.house.clock().isoformat()})

    async def heard(self, person: str) -> int:
        ids = webchat.external_ids(self._visitor(person))
        async with self.house.db.reading(self.door.workspace_id) as tx:
            rows, _ = await views.visitor_messages(tx, self.door.inbox_id, ids, limit=200)
        return sum(msgspec.json.decode(row)["author"] == "agent" for row in rows)

    def _visitor(self, person: str) -> webchat.Visitor:
        story = self.people[person]
        number = person.removeprefix("visitor-") if person.startswith("visitor-") else ""
        folded = _folded("webchat", person)
        browser = folded[: 32 - len(number)] + number
        if story.customer is None:
            return webchat.Visitor(id=browser)
        known = webchat.Customer(id=story.customer.id, name=story.name, email=story.customer.email)
        return webchat.Visitor(id=browser, customer=known, until=int((self.house.clock() + SIGNED_IN).timestamp()))

    async def _hand_in(self, person: str, frame: dict[str, Any]) -> None:
        story = self.people[person]
        page = {"url": self.origin + story.page, "language": story.language or "zh-CN"}
        request = webchat.frame_request(self._visitor(person), frame, self.house.clock(), page, self.door.secrets)
        await self.ingest.keep(self.door, request)


def _folded(place: str, person: str) -> str:
    return hashlib.sha256(f"{place}:{person}".encode()).hexdigest()
