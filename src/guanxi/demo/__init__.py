"""A shop that is seeded once, simulated platforms, a shop page, and customers who answer: the front door."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Mapping, Sequence

import structlog

from guanxi import access, routing
from guanxi.demo import desk, scripts, seed
from guanxi.demo import memory as memories
from guanxi.demo.guests import GUESTS
from guanxi.demo.live import Life, Pace
from guanxi.demo.memory import Memory
from guanxi.demo.past import PastClock, Teller, in_the_past
from guanxi.demo.places import OnSite
from guanxi.demo.platforms import serve
from guanxi.demo.stage import Stage, base_of, free_ports, nearby_ports, open_stage
from guanxi.house import House
from guanxi.http.webhooks import webhooks
from guanxi.infra.clock import system_clock
from guanxi.pipeline.accept import Ingest
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender
from guanxi.settings import Settings

log = structlog.get_logger(__name__)
NOT_OURS = "This data folder holds a workspace that is no demo, so nothing was seeded. Use another --data for the demo."

__all__ = ["Pace", "allowed_hosts", "open_demo"]


def allowed_hosts(settings: Settings) -> tuple[str, ...]:
    """Where the house may call although it is private: the simulated platforms, on whichever ports they will be."""
    return tuple(f"127.0.0.1:{port}" for port in nearby_ports(settings))


@contextlib.asynccontextmanager
async def open_demo(
    house: House, doors: Doors, settings: Settings, *, pace: Pace | None = None, dice: int | None = None
) -> AsyncIterator[tuple[str, ...]]:
    """The demo, as long as the context is open; gives the lines to print. `dice` makes it repeatable.

    Open it before the hands begin to work: a fresh database is seeded here, with a clock that moves through the
    past week. It keeps what it must remember in demo.json in the data folder.
    """
    kept = memories.path_in(settings.data)
    known = memories.load(kept)
    async with house.db.directory() as directory:
        is_fresh = not await access.anybody(directory)
    if known is None and not is_fresh:
        yield (NOT_OURS,)
        return
    ports = free_ports(settings)
    bases = {name: base_of(port) for name, port in ports.items()}
    memory = known if known is not None and not is_fresh else await seed.found(house, scripts.shop(), bases)

    def keep() -> None:
        memories.save(kept, memory)

    keep()
    async with open_stage(house, doors, settings, memory, ports, keep) as stage:
        if not memory.is_told:
            # A past that was cut off in the middle is not told anew: nobody says the same twice.
            await _tell_the_past(house, doors, memory, scripts.past() if is_fresh else (), stage)
            keep()
        stage.face(f"http://{_reachable(settings.host)}:{settings.port}")
        life = Life(
            house,
            memory,
            stage.places,
            scripts.answers(),
            scripts.newcomers(),
            pace or Pace(),
            random.Random(dice),
            keep,
        )
        living = asyncio.create_task(life.run(scripts.past(), scripts.shop()))
        try:
            yield await _lines(house, settings, memory, bases)
        finally:
            living.cancel()
            (ended,) = await asyncio.gather(living, return_exceptions=True)
            if isinstance(ended, Exception):
                log.error("demo.customers_failed", problem=repr(ended))
            keep()


async def _tell_the_past(
    house: House, doors: Doors, memory: Memory, stories: Sequence[scripts.Story], stage: Stage
) -> None:
    """Everything in it comes in at a door of its own, which lives in the past as the hands do."""
    print("  demo: the shop's past week is being told; this happens once", flush=True)
    clock = PastClock()
    past = in_the_past(house, clock)
    ingest = Ingest(past)
    await ingest.start()
    places = dict(stage.places)
    if isinstance(site := places.get("webchat"), OnSite):
        places["webchat"] = OnSite(past, ingest, site.door, site.origin, site.people)
    try:
        async with serve(webhooks(doors, ingest)) as origin:
            stage.play_at(clock.seconds)
            stage.face(origin)
            teller = Teller(past, doors, Lender(past), clock, memory, places)
            await teller.tell(scripts.shop(), stories, system_clock())
    finally:
        stage.play_at(None)
        await ingest.stop()
    async with house.db.transaction(memory.workspace_id) as tx:
        for one in scripts.shop().agent:
            await routing.set_presence(tx, memory.agents[one.name], one.presence)
        await desk.furnish(tx, memory.agents, by=next(iter(memory.agents.values())))
    memory.is_told = True


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "localhost", "") else host  # noqa: S104 - compared, not served


async def _lines(house: House, settings: Settings, memory: Memory, bases: Mapping[str, str]) -> tuple[str, ...]:
    async with house.db.directory() as directory:
        token = await access.make_link(
            directory, "sign_in", workspace_id=memory.workspace_id, person_id=memory.owner_id
        )
    return (
        "",
        f"The demo shop {scripts.shop().name} is open. Sign in once with this link:",
        f"  {access.link_url(settings.public_url, token)}",
        "",
        "Be a customer yourself:",
        f"  the shop's site with the web chat  {bases['shop']}",
        f"  simulated WeChat                   {bases['wechat']}",
        f"  simulated LINE                     {bases['line']}",
        f"  simulated KakaoTalk                {bases['kakao']}",
        *(f"  {guest.title:34} {bases[name]}" for name, guest in GUESTS.items() if name in memory.inboxes),
        "",
    )
