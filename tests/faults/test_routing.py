"""Agents come and go, wrap up, take what they are offered or do not, workers are killed, customers write and are served:
nobody is given more than he can hold, nothing twice, nothing waits while somebody fit is free, and no offer stays."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import psutil
import pytest

from guanxi import conversations, inboxes, routing, team
from guanxi.inboxes import Door
from guanxi.infra.migrations import migrate
from guanxi.infra.postgres import start_embedded
from tests.databases import open_folder
from tests.stories.test_line_message import SECRETS, line_request
from tests.world import Shop, open_world

KILLS = 30 if os.environ.get("GUANXI_TEST_LONG") == "1" else 2
CUSTOMERS, AGENTS = 60, 12
SKILLS = ("lang:ja", "lang:ko", "refunds")
TOO_LONG = 30.0  # seconds on a machine with much else to do; `bin/bench routing` tells how long it really is
pytestmark = pytest.mark.asyncio

FIT = """a.workspace_id = c.workspace_id and a.presence = 'online' and a.removed_at is null and a.load + c.weight <= a.capacity
  and a.skills @> string_to_array(c.needs, ' ') and (q.everybody or exists (
    select from queue_agent s where s.workspace_id = c.workspace_id and s.queue_id = c.queue_id and s.agent_id = a.id))
  and (coalesce(q.offer_seconds, 0) = 0 or not exists (
    select from conversation o where o.assignee_id = a.id and o.offered_until is not null))"""
WAITING = f"""select c.id from conversation c join queue q on q.id = c.queue_id
  where c.state = 0 and c.assignee_id is null and c.waiting_since is not null and exists (select from agent a where {FIT})"""
BEYOND = "select id from agent where load > capacity"
MISCOUNTED = """select a.id from agent a where a.load <> (
  select coalesce(sum(c.weight), 0) from conversation c where c.assignee_id = a.id and c.state = 0)"""
STALE = f"select id from conversation where offered_until < now() - interval '{TOO_LONG} seconds'"
OFFERED = """select count(*) filter (where payload ? 'offered') as offered,
    count(*) filter (where kind = 'conversation.accepted') as taken from event"""
GIVEN = """select conversation_id, kind, payload ->> 'to' as whom from event
  where kind in ('conversation.assigned', 'conversation.resolved') order by conversation_id, version"""


@dataclass
class Watch:
    """What was seen while all this went on: who held too much, and how long anything waited beside somebody free."""

    beyond: set[UUID] = field(default_factory=set)
    since: dict[UUID, float] = field(default_factory=dict)
    longest: float = 0.0
    looks: int = 0

    def look(self, at: float, waiting: Sequence[UUID], beyond: Sequence[UUID]) -> None:
        self.looks += 1
        self.beyond |= set(beyond)
        self.since = {one: self.since.get(one, at) for one in waiting}
        self.longest = max([self.longest, *(at - since for since in self.since.values())])


def given_twice(told: Sequence[tuple[UUID, str, str | None]]) -> list[UUID]:
    """Conversations that were given to somebody while somebody else had them; `told` in the order of each's versions."""
    return [
        one[0]
        for before, one in pairwise(told)
        if before[0] == one[0] and before[1] == one[1] == "conversation.assigned" and before[2] and one[2]
    ]


async def test_nobody_is_given_too_much_nothing_twice_and_nothing_waits_beside_a_free_agent() -> None:
    chance = random.Random(5)
    with open_folder() as data:
        embedded = await start_embedded(data)
        try:
            await migrate(embedded.server)
            owner: Any = await asyncpg.connect(**embedded.server.connect_args("guanxi_owner"))
            async with open_world(embedded.server, data) as world:
                shop = await world.shop("Kotori", *(f"a{n}" for n in range(AGENTS)))
                doors = await _set_up(shop, chance)
                watch, stop = Watch(), asyncio.Event()
                async with asyncio.TaskGroup() as group:
                    watcher = group.create_task(_watch(embedded.server.connect_args("guanxi_owner"), watch, stop))
                    busy = [group.create_task(one) for one in _life(shop, doors, chance, stop)]
                    async with AsyncExitStack() as one, AsyncExitStack() as other:
                        for n in range(KILLS + 2):  # in turn, so that one of them always lives
                            await (hands := (one, other)[n % 2]).aclose()
                            await hands.enter_async_context(_worker(data))
                            await _until(owner, watch.looks + 10, watch)
                        stop.set()
                        await asyncio.gather(watcher, *busy)
                async with _worker(data):
                    for agent in shop.agents.values():
                        await _presence(shop, agent, "online")
                    while await owner.fetch(WAITING) or await owner.fetchval(
                        "select exists (select from inbound_event where state = 0)"
                    ):
                        await asyncio.sleep(0.05)
                assert watch.beyond == set()
                assert watch.longest < TOO_LONG
                assert await owner.fetch(BEYOND) == []
                assert await owner.fetch(MISCOUNTED) == []
                assert await owner.fetch(STALE) == []
                # Both happened. That an offer runs out is tested by its clock.
                assert all((await owner.fetchrow(OFFERED)).values())
                rows = [(row["conversation_id"], row["kind"], row["whom"]) for row in await owner.fetch(GIVEN)]
                assert given_twice(rows) == []
                assert len(rows) > CUSTOMERS
            await owner.close()
        finally:
            await embedded.stop()


async def _set_up(shop: Shop, chance: random.Random) -> list[Door]:
    """Three queues, one for some agents, one that needs a skill; agents who can something and hold little."""
    by = shop.agents["林薇"]
    doors = [await shop.connects("line", secrets=SECRETS) for _ in range(3)]
    agents = [id_ for name, id_ in shop.agents.items() if name != "林薇"]
    async with shop.world.house.db.transaction(shop.id) as tx:
        for agent_id in agents:
            await routing.set_skills(tx, agent_id, dict.fromkeys(chance.sample(SKILLS, 2), 1), by=by)
            await team.change(tx, agent_id, by=by, capacity=chance.randint(1, 3))
        few = await routing.add_queue(tx, routing.QueueWishes(name="few", everybody=False), agents[:4], by=by)
        skilled = await routing.add_queue(
            tx, routing.QueueWishes(name="ja", needs={"lang:ja": 1}, offer_seconds=1), [], by=by
        )
        await routing.set_ways(tx, busy_reasons=[], wrap_up_seconds=1, offer_seconds=0, by=by)
        await inboxes.lead_to(tx, doors[1].inbox_id, few, by=by)
        await inboxes.lead_to(tx, doors[2].inbox_id, skilled, by=by)
    return doors


def _life(shop: Shop, doors: Sequence[Door], chance: random.Random, stop: asyncio.Event) -> list[Any]:
    async def customers() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            who = chance.randrange(CUSTOMERS)
            request = line_request("hi", f"m{number}", f"U{who:032d}")
            await shop.hears(doors[who % 3], request)
            await asyncio.sleep(0.03)

    async def flapping() -> None:
        agents = list(shop.agents.values())
        while not stop.is_set():
            await _presence(shop, chance.choice(agents), chance.choice(["online", "online", "busy", "offline"]))
            await asyncio.sleep(0.02)

    async def serving() -> None:
        while not stop.is_set():
            async with shop.world.house.db.transaction(shop.id) as tx:
                rows = await tx.fetch(
                    "select id, assignee_id from conversation where workspace_id = $1 and state = 0 and assignee_id is not null",
                    shop.id,
                )
                if rows:
                    one = chance.choice(rows)
                    with suppress(conversations.Refused):
                        await conversations.resolve(tx, one["id"], agent_id=one["assignee_id"])
            await asyncio.sleep(0.02)

    async def taking() -> None:
        while not stop.is_set():
            shop.world.clock.at = datetime.now(UTC)
            async with shop.world.house.db.transaction(shop.id) as tx:
                rows = await tx.fetch(
                    "select id, assignee_id from conversation where workspace_id = $1 and offered_until is not null",
                    shop.id,
                )
                if rows:
                    one = chance.choice(rows)
                    with suppress(routing.Refused):
                        await routing.accept(tx, one["id"], by=one["assignee_id"])
            await asyncio.sleep(0.3)

    return [customers(), flapping(), serving(), taking()]


async def _presence(shop: Shop, agent_id: UUID, presence: Any) -> None:
    async with shop.world.house.db.transaction(shop.id) as tx:
        await routing.set_presence(tx, agent_id, presence)


async def _watch(connect: dict[str, Any], watch: Watch, stop: asyncio.Event) -> None:
    connection: Any = await asyncpg.connect(**connect)
    while not stop.is_set():
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            waiting, beyond = await connection.fetch(WAITING), await connection.fetch(BEYOND)
        watch.look(time.monotonic(), [row["id"] for row in waiting], [row["id"] for row in beyond])
        await asyncio.sleep(0.05)
    await connection.close()


async def _until(owner: Any, looks: int, watch: Watch) -> None:
    """So many looks later, and something new was given meanwhile."""
    before = await owner.fetchval("select count(*) from event where kind = 'conversation.assigned'")
    while (
        watch.looks < looks
        or await owner.fetchval("select count(*) from event where kind = 'conversation.assigned'") < before + 10
    ):
        await asyncio.sleep(0.05)


@asynccontextmanager
async def _worker(data: Path) -> AsyncIterator[None]:
    """One that is killed in the end, wherever it is."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "guanxi", "worker", "--data", str(data),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        while b"Guanxi is ready" not in (line := await asyncio.wait_for(process.stdout.readline(), 60)):
            assert line, "it ended before it was ready"
        yield
    finally:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(process.pid).send_signal(signal.SIGKILL)
        await process.wait()


async def test_the_watch_sees_each_planted_fault() -> None:
    one, other = UUID(int=1), UUID(int=2)
    watch = Watch()
    for at in (0.0, 3.0, 5.0):
        watch.look(at, [one], [other] if at else [])
    watch.look(6.0, [], [])
    watch.look(7.0, [one], [])
    assert (watch.longest, watch.beyond) == (5.0, {other})
    assert given_twice([(one, "conversation.assigned", "a"), (one, "conversation.assigned", "b")]) == [one]
    fine = [
        (one, "conversation.assigned", "a"),
        (one, "conversation.assigned", None),
        (one, "conversation.assigned", "b"),
    ]
    assert given_twice(fine) == []
    served = [
        (one, "conversation.assigned", "a"),
        (one, "conversation.resolved", None),
        (one, "conversation.assigned", "b"),
    ]
    assert given_twice(served) == []
