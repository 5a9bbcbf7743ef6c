"""Customers who are lively: they answer what agents write, new ones come in, and colleagues stay at their desks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import structlog

from guanxi import routing, team
from guanxi.content import Content, Text
from guanxi.demo.memory import Memory, Person
from guanxi.demo.places import OnSite, Place
from guanxi.demo.scripts import Shop, Story, said
from guanxi.house import House
from guanxi.infra.group_commit import Full, Unwritten

log = structlog.get_logger(__name__)
TROUBLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, Full, Unwritten)
SEEN_EVERY = 60.0  # seconds; colleagues who give no sign of life for three minutes are taken to be away


@dataclass(frozen=True, slots=True)
class Pace:
    """How lively, in seconds. The first `quick` newcomers come `soon` apart, the others `late` apart."""

    reads: tuple[float, float] = (1.0, 2.5)
    answers: tuple[float, float] = (4.0, 9.0)
    first: float = 25.0
    soon: tuple[float, float] = (35.0, 55.0)
    late: tuple[float, float] = (480.0, 900.0)
    quick: int = 5


@dataclass(slots=True)
class Life:
    """Runs until cancelled. What was answered is remembered, so that a restart repeats nobody."""

    house: House
    memory: Memory
    places: Mapping[str, Place]
    answers: Mapping[str, Sequence[str]]
    newcomers: Sequence[Story]
    pace: Pace
    dice: random.Random
    keep: Callable[[], None]

    async def run(self, people: Sequence[Story], shop: Shop) -> None:
        """Everybody of `people` is there; newcomers come."""
        known = [story for story in (*people, *self.newcomers[: self.memory.came]) if story.on in self.places]
        for story in known:
            self.places[story.on].add(story)
        here = {story.person: self.places[story.on] for story in known if story.person in self.answers}
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(here))
            group.create_task(self._come(here))
            group.create_task(self._stay(shop))

    async def _listen(self, here: dict[str, Place]) -> None:
        """After each change in the workspace: has somebody been written to?"""
        changed = asyncio.Event()

        def hear(workspace_id: UUID, xid: int) -> None:
            if workspace_id == self.memory.workspace_id:
                changed.set()

        answering: dict[str, asyncio.Task[None]] = {}
        self.house.bus.on_commit.append(hear)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    for person, place in list(here.items()):
                        if (person not in answering or answering[person].done()) and await self._was_written_to(
                            person, place
                        ):
                            answering[person] = group.create_task(self._answer(person, place))
                    await changed.wait()
                    changed.clear()
                    await asyncio.sleep(0.5)
        finally:
            self.house.bus.on_commit.remove(hear)

    async def _was_written_to(self, person: str, place: Place) -> bool:
        known = self.memory.people.setdefault(person, Person())
        try:
            return known.answered < len(self.answers[person]) and await place.heard(person) > known.heard
        except TROUBLE:
            return False  # the database is away for a moment; the next change asks again

    async def _answer(self, person: str, place: Place) -> None:
        """Read, think, answer. Everything that an agent writes meanwhile is answered with it."""
        known = self.memory.people[person]
        await asyncio.sleep(self.dice.uniform(*self.pace.reads))
        try:
            if isinstance(place, OnSite):
                await place.reads(person)
            await asyncio.sleep(self.dice.uniform(*self.pace.answers))
            known.heard = await place.heard(person)
        except TROUBLE as error:
            log.warning("demo.not_answered", person=person, problem=f"{type(error).__name__}: {error}")
            return
        text = self.answers[person][known.answered]
        known.answered += 1
        self.keep()
        await self._say(person, place, Text(text), b"")

    async def _come(self, here: dict[str, Place]) -> None:
        pause = self.pace.first
        for story in self.newcomers[self.memory.came :]:
            await asyncio.sleep(pause)
            self.memory.came += 1
            self.keep()
            place = self.places.get(story.on)
            if place is None:
                continue
            place.add(story)
            for step in story.steps:
                await asyncio.sleep(min(step.after * 60, 6.0) if step is not story.steps[0] else 0.0)
                if (what := said(step)) is not None:
                    await self._say(story.person, place, *what)
            if story.person in self.answers:
                here[story.person] = place
            pause = self.dice.uniform(*(self.pace.soon if self.memory.came < self.pace.quick else self.pace.late))

    async def _say(self, person: str, place: Place, content: Content, file: bytes) -> None:
        try:
            await place.says(person, content, file)
        except Exception as error:  # a customer whose word does not arrive is a pity, and no reason to stop the demo
            log.warning("demo.not_said", person=person, problem=f"{type(error).__name__}: {error}")
        self.keep()

    async def _stay(self, shop: Shop) -> None:
        """Colleagues (not the one whom the person who tries the demo plays) are at their desks, though nobody looks."""
        colleagues = shop.agent[1:]
        ids = {line.name: self.memory.agents[line.name] for line in colleagues}
        have_come = False
        while True:
            try:
                async with self.house.db.transaction(self.memory.workspace_id) as tx:
                    if have_come:
                        await team.seen(tx, list(ids.values()))
                    else:
                        for line in colleagues:
                            await routing.set_presence(tx, ids[line.name], line.presence)
                have_come = True
            except TROUBLE as error:
                log.warning("demo.nobody_seen", problem=type(error).__name__)
            await asyncio.sleep(SEEN_EVERY)
