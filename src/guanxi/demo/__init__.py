"""A shop that is seeded once, simulated WeChat and LINE, a shop page, and customers who answer: the front door."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Mapping, Sequence

from guanxi import access, channels, inboxes, routing
from guanxi.demo import memory as memories
from guanxi.demo import scripts, seed
from guanxi.demo.live import Life, Pace
from guanxi.demo.memory import Memory
from guanxi.demo.past import PastClock, Teller, in_the_past
from guanxi.demo.places import OnLine, OnSite, OnWeChat, Place
from guanxi.demo.platforms import line, serve, wechat
from guanxi.demo.platforms.asgi import App
from guanxi.demo.shop import shop as shop_page
from guanxi.house import House
from guanxi.http.webhooks import webhooks
from guanxi.inboxes import Door
from guanxi.infra.clock import system_clock
from guanxi.pipeline.accept import Ingest
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender
from guanxi.settings import Settings

NEARBY = 9  # ports behind our own among which the three are chosen
NOT_OURS = "This data folder holds a workspace that is no demo, so nothing was seeded. Use another --data for the demo."

__all__ = ["Pace", "allowed_hosts", "open_demo"]


def nearby_ports(settings: Settings) -> range:
    """The ports that the demo may take: the next ones behind the desk's."""
    first = settings.port + 1 if settings.port + NEARBY < 65536 else settings.port - NEARBY
    return range(first, first + NEARBY)


def allowed_hosts(settings: Settings) -> tuple[str, ...]:
    """Where the house may call although it is private: the simulated platforms, on whichever ports they will be."""
    return tuple(f"127.0.0.1:{port}" for port in nearby_ports(settings))


@contextlib.asynccontextmanager
async def open_demo(
    house: House, doors: Doors, lender: Lender, settings: Settings, *, pace: Pace | None = None, dice: int | None = None
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
    async with contextlib.AsyncExitStack() as stack:
        ports = dict(zip(("wechat", "line", "shop"), free_ports(settings), strict=False))
        bases = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        memory = known if known is not None and not is_fresh else await seed.found(house, scripts.shop(), bases)
        await _move_inboxes(house, doors, memory, bases)
        found = {channel: await _door(doors, memory, channel) for channel in memory.inboxes}
        on_wechat, on_line = _platforms(found["wechat"], found["line"])
        memories.remind(memory, on_wechat, on_line)

        def keep() -> None:
            memories.save(kept, memory)

        ingest = Ingest(house)
        await ingest.start()
        stack.push_async_callback(ingest.stop)
        for name, app in (
            ("wechat", on_wechat.app),
            ("line", on_line.app),
            ("shop", _shop(settings, found["webchat"])),
        ):
            await stack.enter_async_context(serve(memories.remembering(app, keep), ports[name]))
        automatic = scripts.shop().automatic()
        places: dict[str, Place] = {
            "wechat": OnWeChat(on_wechat, found["wechat"], automatic),
            "line": OnLine(on_line, found["line"], automatic),
            "webchat": OnSite(house, ingest, found["webchat"], bases["shop"]),
        }
        if not memory.is_told:
            keep()
            # A past that was cut off in the middle is not told anew: nobody says the same twice.
            stories = scripts.past() if is_fresh else ()
            await _tell_the_past(house, doors, memory, stories, places, on_wechat, on_line)
            keep()
        here = f"http://{_reachable(settings.host)}:{settings.port}/in/"
        on_wechat.webhook, on_line.webhook = here + found["wechat"].address, here + found["line"].address
        life = Life(
            house, memory, places, scripts.answers(), scripts.newcomers(), pace or Pace(), random.Random(dice), keep
        )
        living = asyncio.create_task(life.run(scripts.past(), scripts.shop()))
        stack.push_async_callback(_end, living)
        stack.callback(keep)
        yield await _lines(house, settings, memory, bases)


def free_ports(settings: Settings) -> list[int]:
    """The first three ports nearby that are free. Raises ValueError when there are not three."""
    free: list[int] = []
    for port in nearby_ports(settings):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                free.append(port)
    if len(free) < 3:
        raise ValueError(
            f"The demo needs three free ports between {nearby_ports(settings)[0]} and {nearby_ports(settings)[-1]}."
        )
    return free[:3]


async def _move_inboxes(house: House, doors: Doors, memory: Memory, bases: Mapping[str, str]) -> None:
    """The platforms may be on other ports than last time."""
    for channel, names in (("wechat", ("api_base",)), ("line", ("api_base", "data_base"))):
        door = await _door(doors, memory, channel)
        wanted = dict.fromkeys(names, bases[channel])
        if any(door.settings.get(name) != base for name, base in wanted.items()):
            async with house.db.transaction(memory.workspace_id) as tx:
                await inboxes.change(
                    tx, channels.get(channel).manifest, door.inbox_id, sealer=house.sealer, by=None, settings=wanted
                )
    doors.forget()


async def _door(doors: Doors, memory: Memory, channel: str) -> Door:
    door = await doors.get(memory.workspace_id, memory.inboxes[channel])
    if door is None or door.state == "removed":
        raise ValueError(f"The demo's {channel} inbox was removed. Use another --data for a fresh demo.")
    return door


def _platforms(for_wechat: Door, for_line: Door) -> tuple[wechat.Platform, line.Platform]:
    """The other side of the two accounts. Numbers of messages go on from the time, so that none comes twice."""
    number = int(system_clock().timestamp() * 1_000_000)
    return wechat.Platform(
        app_id=for_wechat.settings["app_id"],
        app_secret=for_wechat.secrets["app_secret"],
        token=for_wechat.secrets["token"],
        encoding_aes_key=for_wechat.secrets["encoding_aes_key"],
        original_id=for_wechat.settings["original_id"],
        next_id=number,
    ), line.Platform(
        channel_secret=for_line.secrets["channel_secret"],
        channel_access_token=for_line.secrets["channel_access_token"],
        next_id=number,
    )


def _shop(settings: Settings, door: Door) -> App:
    return shop_page(desk=settings.public_url, address=door.address, identify_secret=door.secrets["identify_secret"])


async def _tell_the_past(
    house: House,
    doors: Doors,
    memory: Memory,
    stories: Sequence[scripts.Story],
    places: Mapping[str, Place],
    on_wechat: wechat.Platform,
    on_line: line.Platform,
) -> None:
    clock = PastClock()
    past = in_the_past(house, clock)
    ingest = Ingest(past)
    await ingest.start()
    today = on_wechat.clock
    site = places["webchat"]
    assert isinstance(site, OnSite)
    try:
        async with serve(webhooks(doors, ingest)) as base:
            on_wechat.clock = on_line.clock = clock.seconds
            on_wechat.webhook = f"{base}/in/{places['wechat'].door.address}"
            on_line.webhook = f"{base}/in/{places['line'].door.address}"
            then = {**places, "webchat": OnSite(past, ingest, site.door, site.origin, site.people)}
            teller = Teller(past, doors, Lender(past), clock, memory, then)
            await teller.tell(scripts.shop(), stories, system_clock())
    finally:
        on_wechat.clock = on_line.clock = today
        await ingest.stop()
    async with house.db.transaction(memory.workspace_id) as tx:
        for one in scripts.shop().agent:
            await routing.set_presence(tx, memory.agents[one.name], one.presence)
    memory.is_told = True


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "localhost", "") else host  # noqa: S104 - compared, not served


async def _end(living: asyncio.Task[None]) -> None:
    living.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await living


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
        "",
    )
