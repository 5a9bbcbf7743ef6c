"""One believable world, built by verbs: a shop, its people, its inboxes. Tests and the demo begin here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from guanxi import access, channels, inboxes, routing, team
from guanxi.channel_kit import Request
from guanxi.house import House, open_house
from guanxi.inboxes import Door
from guanxi.infra.postgres import Server
from guanxi.pipeline.accept import Ingest
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender
from guanxi.pipeline.listeners import WAKES
from guanxi.settings import Settings
from guanxi.worker import follow, inbound, outbound


@dataclass(slots=True)
class StoppedClock:
    """Domain time that moves only when it is told to."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(slots=True)
class World:
    """A running house without its doors: tests call the steps themselves, one after another."""

    house: House
    doors: Doors
    lender: Lender
    ingest: Ingest
    clock: StoppedClock

    async def shop(self, name: str = "青禾陶作", *agents: str) -> Shop:
        """A shop with an admin called 林薇 and the named agents, all offline."""
        async with self.house.db.directory() as directory:
            person = await access.add_person(
                directory, email=f"lin@{uuid4().hex}.example", name="林薇", password_hash=None, language="zh-CN"
            )
            workspace_id, admin = await team.found_workspace(
                directory, name=name, language="zh-CN", person_id=person, person_name="林薇"
            )
            people = {"林薇": admin}
            for agent in agents:
                one = await access.add_person(
                    directory, email=f"{agent}@{workspace_id}.example", name=agent, password_hash=None, language="zh-CN"
                )
                people[agent] = await team.join(directory, workspace_id, person_id=one, name=agent, role="agent")
        return Shop(self, workspace_id, people)

    async def read_everything(self) -> None:
        """Let the hands read all that has arrived."""
        await inbound.work(self.house, self.doors)

    async def send_everything(self) -> None:
        """Let the hands work in all lanes that are due, and wait for them."""
        while True:
            started = await outbound.work(self.house, self.doors, self.lender)
            if not await outbound.finish() and not started:  # nothing was in flight that could have left more
                return

    async def follow_everything(self, workspace_id: UUID) -> None:
        """Let measuring, indexing and greeting hear what has happened."""
        await follow.catch_up(self.house, workspace_id)


@dataclass(slots=True)
class Shop:
    """One workspace and its people by name."""

    world: World
    id: UUID
    agents: dict[str, UUID]

    async def comes_online(self, name: str = "林薇") -> None:
        async with self.world.house.db.transaction(self.id) as tx:
            await routing.set_presence(tx, self.agents[name], "online")

    async def connects(
        self, channel: str, settings: Mapping[str, str] | None = None, secrets: Mapping[str, str] | None = None
    ) -> Door:
        async with self.world.house.db.transaction(self.id) as tx:
            inbox_id = await inboxes.connect(
                tx,
                channels.get(channel).manifest,
                name=f"{channel} 旗舰店",
                settings=settings or {},
                secrets=secrets or {},
                sealer=self.world.house.sealer,
                by=self.agents["林薇"],
            )
        door = await self.world.doors.get(self.id, inbox_id)
        assert door is not None
        return door

    async def hears(self, door: Door, request: Request) -> None:
        """Something genuine arrives at an inbox and is kept."""
        await self.world.ingest.keep(door, request)


@asynccontextmanager
async def open_world(server: Server, folder: Path, **settings: object) -> AsyncIterator[World]:
    """A house on this database, with its ingest running and its hands still."""
    clock = StoppedClock()
    chosen = Settings(data=folder, **settings)  # type: ignore[arg-type]
    async with open_house(chosen, server, wakes=WAKES, clock=clock, create_key=True) as house:
        doors = Doors(house)
        ingest = Ingest(house)
        await ingest.start()
        try:
            yield World(house, doors, Lender(house), ingest, clock)
        finally:
            await ingest.stop()
