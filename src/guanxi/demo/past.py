"""The shop's past, told through the real pipeline with a clock that moves: every word is signed, kept, read, answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from guanxi import contacts, conversations, routing, team
from guanxi.contacts import Identity, Seen
from guanxi.content import Content, Image, Media, with_media
from guanxi.conversations import Conversation
from guanxi.demo.memory import Memory, Person
from guanxi.demo.places import OnWeChat, Place
from guanxi.demo.scripts import Shop, Step, Story, said, span
from guanxi.house import House
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender
from guanxi.worker import follow, inbound, outbound

MANY = 1000


@dataclass(slots=True)
class PastClock:
    """Domain time while the past is told."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()


def in_the_past(house: House, clock: PastClock) -> House:
    """The same house at another time."""
    return replace(house, clock=clock, db=replace(house.db, clock=clock))


def timeline(stories: Iterable[Story], now: datetime) -> list[tuple[datetime, Story, int]]:
    """(when, story, number of its step) of everything that happened until `now`, in order."""
    moments = []
    for story in stories:
        at = now - span(story.ended) - timedelta(minutes=sum(step.after for step in story.steps))
        for number, step in enumerate(story.steps):
            at += timedelta(minutes=step.after)
            moments.append((at, story, number))
    return sorted(moments, key=lambda moment: moment[0])


@dataclass(slots=True)
class Teller:
    """Plays stories step by step; after each step the hands do what they would have done at that time."""

    house: House
    doors: Doors
    lender: Lender
    clock: PastClock
    memory: Memory
    places: Mapping[str, Place]
    _begun: set[str] = field(default_factory=set)

    async def tell(self, shop: Shop, stories: Sequence[Story], now: datetime) -> None:
        """Play all of them, and leave every agent as busy as the shop's file says."""
        async with self._tx() as tx:
            for agent_id in self.memory.agents.values():
                # Until all is told nobody is given anything by chance: each story says whose it was.
                await team.change(tx, agent_id, by=agent_id, capacity=0)
        await self._presence("online")
        for story in stories:
            self.places[story.on].add(story)
        for at, story, number in timeline(stories, now):
            self.clock.at = at
            await self._play(story, story.steps[number])
        self.clock.at = now
        await self._follow()
        async with self._tx() as tx:
            for line in shop.agent:
                await team.change(tx, self.memory.agents[line.name], by=self._owner, capacity=line.capacity)
        for story in stories:
            self.memory.people[story.person] = Person(heard=await self.places[story.on].heard(story.person))

    async def _play(self, story: Story, step: Step) -> None:
        if step.by:
            await self._agent(story, step)
            return
        if story.key in self._begun or (said(step) is None and step.does != "scans"):
            await self._comes(story, step)
            await self._hands()
        else:
            self._begun.add(story.key)
            await self._opens(story, step)

    async def _comes(self, story: Story, step: Step) -> None:
        place, what = self.places[story.on], said(step)
        if what is None:
            await place.does(story.person, step)
        else:
            await place.says(story.person, *what)

    async def _opens(self, story: Story, step: Step) -> None:
        """The first word, or a scan. The agent of the story is the one who is free; or nobody is there at all."""
        if story.unheard:
            await self._presence("offline")
        if story.agent:
            await self._capacity(story.agent, MANY)
        await self._comes(story, step)
        await self._hands()
        await self._follow()
        await self._hands()
        if story.agent:
            await self._capacity(story.agent, 0)
        if story.unheard:
            await self._presence("online")
        if story.contact is not None:
            one = story.contact
            async with self._tx() as tx:
                identity = await self._identity(tx, story)
                await contacts.change(
                    tx, identity.contact_id, by=self.memory.agents.get(story.agent, self._owner), name=one.name,
                    email=one.email, phone=one.phone, note=one.note, tags=one.tags, attributes=one.attributes,
                    is_vip=one.vip or None,
                )  # fmt: skip
                await routing.stand_anew(tx, identity.contact_id)
        if story.priority:
            async with self._tx() as tx:
                found = await self._conversation(tx, story)
                await routing.prioritise(tx, found.id, story.priority, by=self._owner)

    async def _agent(self, story: Story, step: Step) -> None:
        agent_id, what = self.memory.agents[step.by], said(step)
        content = await self._kept(*what) if what is not None else None
        place = self.places[story.on]
        if step.fails and isinstance(place, OnWeChat):
            place.platform.script.next("send", step.fails)
        async with self._tx() as tx:
            conversation = await self._conversation(tx, story)
            await conversations.mark_read(tx, conversation.id, agent_id=agent_id, seq=conversation.last_seq)
            if content is not None:
                await conversations.reply(tx, conversation.id, id=new_id(), content=content, agent_id=agent_id)
            if step.note:
                await conversations.note(tx, conversation.id, id=new_id(), text=step.note, agent_id=agent_id)
            if step.tags:
                await conversations.tag(tx, conversation.id, step.tags, agent_id=agent_id)
            if step.does == "resolve":
                await conversations.resolve(tx, conversation.id, agent_id=agent_id)
            if step.does == "snooze":
                until = tx.now + timedelta(hours=step.hours)
                await conversations.snooze(tx, conversation.id, until=until, agent_id=agent_id)
        await self._hands()

    async def _kept(self, content: Content, file: bytes) -> Content:
        """What an agent sends, with its file in our store."""
        if not isinstance(content, Image):
            return content
        stored = await self.house.media.put(self.memory.workspace_id, file, content.media.name, content.media.type)
        async with self._tx() as tx:
            await conversations.keep_media(tx, stored)
        kept = Media(
            key=stored.key,
            name=stored.name,
            type=stored.type,
            size=stored.size,
            width=stored.width,
            height=stored.height,
        )
        return with_media(content, kept)

    async def _identity(self, tx: Tx, story: Story) -> Identity:
        place = self.places[story.on]
        seen = Seen(inbox_id=place.door.inbox_id, external_id=place.external_id(story.person))
        return (await contacts.recognise(tx, [seen]))[seen.inbox_id, seen.external_id]

    async def _conversation(self, tx: Tx, story: Story) -> Conversation:
        """The one that is not resolved. Raises ValueError where the story goes on after its end."""
        (found,) = await conversations.lock_current(tx, [(await self._identity(tx, story)).id])
        return found

    async def _capacity(self, name: str, capacity: int) -> None:
        async with self._tx() as tx:
            await team.change(tx, self.memory.agents[name], by=self._owner, capacity=capacity)

    async def _presence(self, presence: Literal["online", "offline"]) -> None:
        async with self._tx() as tx:
            for agent_id in self.memory.agents.values():
                await routing.set_presence(tx, agent_id, presence)

    async def _hands(self) -> None:
        """Until nothing is left: what was fetched has to be read, too."""
        worked = True
        while worked:
            await inbound.work(self.house, self.doors)
            started = await outbound.work(self.house, self.doors, self.lender)
            worked = await outbound.finish() or started > 0

    async def _follow(self) -> None:
        await follow.catch_up(self.house, self.memory.workspace_id)

    def _tx(self) -> AbstractAsyncContextManager[Tx]:
        return self.house.db.transaction(self.memory.workspace_id)

    @property
    def _owner(self) -> UUID:
        return next(iter(self.memory.agents.values()))
