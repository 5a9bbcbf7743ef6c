"""What stands around the shop: the simulated platforms and the shop's site on ports nearby, and where customers are."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from guanxi import channels, inboxes
from guanxi.demo import memory as memories
from guanxi.demo import scripts
from guanxi.demo.guests import GUESTS, OnGuest
from guanxi.demo.memory import Memory
from guanxi.demo.places import OnKakao, OnLine, OnSite, OnWeChat, Place
from guanxi.demo.platforms import kakao, line, serve, wechat
from guanxi.demo.shop import shop as shop_page
from guanxi.house import House
from guanxi.inboxes import Door
from guanxi.infra.clock import system_clock
from guanxi.pipeline.accept import Ingest
from guanxi.pipeline.doors import Doors
from guanxi.settings import Settings

NEARBY = 16  # ports behind our own among which those of the stage are chosen
NAMES = ("wechat", "line", "shop", "kakao", *GUESTS)


@dataclass(slots=True)
class Stage:
    """`places` by channel: an inbox that somebody has removed has none."""

    on_wechat: wechat.Platform
    on_line: line.Platform
    on_kakao: kakao.Platform
    places: dict[str, Place]
    guests: dict[str, Any]

    def play_at(self, clock: Callable[[], float] | None) -> None:
        """Every platform lives at this time; None: at the time that it is."""
        for _, platform in self.pushing():
            platform.clock = clock or time.time

    def pushing(self) -> list[tuple[str, Any]]:
        """Every platform, by its channel."""
        here = [("wechat", self.on_wechat), ("line", self.on_line), ("kakao", self.on_kakao)]
        return [*here, *self.guests.items()]

    def face(self, origin: str) -> None:
        """From now on the platforms push what customers say to the house at this origin."""
        for channel, platform in self.pushing():
            if channel in self.places:
                platform.webhook = f"{origin}/in/{self.places[channel].door.address}"


def nearby_ports(settings: Settings) -> range:
    """The ports that the demo may take: the next ones behind the desk's."""
    first = settings.port + 1 if settings.port + NEARBY < 65536 else settings.port - NEARBY
    return range(first, first + NEARBY)


def free_ports(settings: Settings) -> dict[str, int]:
    """The first ports nearby that are free, by what goes there. Raises ValueError when there are too few."""
    free: list[int] = []
    for port in nearby_ports(settings):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                free.append(port)
    if len(free) < len(NAMES):
        near = nearby_ports(settings)
        raise ValueError(f"The demo needs {len(NAMES)} free ports between {near[0]} and {near[-1]}.")
    return dict(zip(NAMES, free, strict=False))


def base_of(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def open_stage(
    house: House, doors: Doors, settings: Settings, memory: Memory, ports: Mapping[str, int], keep: Callable[[], None]
) -> AsyncIterator[Stage]:
    """Serve the platforms as the memory knows them, and the shop's site. `keep` writes the memory down."""
    found = await _move_inboxes(house, doors, memory, ports)
    kakao_phone = _on_kakao(found.get("kakao"))
    stage = Stage(_on_wechat(found.get("wechat")), _on_line(found.get("line")), kakao_phone, {}, {})
    stage.on_kakao.address = base_of(ports["kakao"])
    memories.remind(memory, stage.on_wechat, stage.on_line, stage.on_kakao)
    automatic = scripts.shop().automatic()
    async with contextlib.AsyncExitStack() as stack:
        if door := found.get("wechat"):
            stage.places["wechat"] = OnWeChat(stage.on_wechat, door, automatic)
        if door := found.get("line"):
            stage.places["line"] = OnLine(stage.on_line, door, automatic)
        if door := found.get("kakao"):
            stage.places["kakao"] = OnKakao(stage.on_kakao, door, automatic)
        if door := found.get("webchat"):
            ingest = Ingest(house)
            await ingest.start()
            stack.push_async_callback(ingest.stop)
            stage.places["webchat"] = OnSite(house, ingest, door, base_of(ports["shop"]))
            site = shop_page(
                desk=settings.public_url, address=door.address, identify_secret=door.secrets.get("identify_secret", "")
            )
            await stack.enter_async_context(serve(site, ports["shop"]))
        for name, guest in GUESTS.items():
            if door := found.get(name):
                platform = stage.guests[name] = guest.open(door.settings, door.secrets)
                platform.kept = memory.guests[name] = _kept(memory.guests.get(name), guest.kept)
                stage.places[name] = OnGuest(name, guest, platform, door, automatic)
        for name, platform in stage.pushing():
            await stack.enter_async_context(serve(memories.remembering(platform.app, keep), ports[name]))
        yield stage


def _kept(remembered: Any, kind: type[Any]) -> Any:
    """What a platform keeps, as it was read from the file, or new."""
    if isinstance(remembered, kind):
        return remembered
    return msgspec.json.decode(msgspec.json.encode(remembered or {}), type=kind)


async def _move_inboxes(house: House, doors: Doors, memory: Memory, ports: Mapping[str, int]) -> Mapping[str, Door]:
    """The demo's inboxes that still are; their platforms may be on other ports than last time."""
    found = {}
    for channel, inbox_id in memory.inboxes.items():
        door = await doors.get(memory.workspace_id, inbox_id)
        if door is None or door.state == "removed":
            continue
        base = base_of(ports.get(channel, 0))
        wanted = {name: base for name in ("api_base", "data_base") if name in door.settings}
        if any(door.settings[name] != base for name in wanted):
            manifest = channels.get(channel).manifest
            async with house.db.transaction(memory.workspace_id) as tx:
                await inboxes.change(tx, manifest, inbox_id, sealer=house.sealer, by=None, settings=wanted)
        found[channel] = door
    doors.forget()
    return found


def _on_wechat(door: Door | None) -> wechat.Platform:
    if door is None:
        return wechat.Platform(app_id="", app_secret="", token="", mode="plain")
    return wechat.Platform(
        app_id=door.settings["app_id"],
        app_secret=door.secrets["app_secret"],
        token=door.secrets["token"],
        encoding_aes_key=door.secrets["encoding_aes_key"],
        original_id=door.settings["original_id"],
        next_id=_number(),
    )


def _on_line(door: Door | None) -> line.Platform:
    if door is None:
        return line.Platform(channel_secret="", channel_access_token="")
    return line.Platform(
        channel_secret=door.secrets["channel_secret"],
        channel_access_token=door.secrets["channel_access_token"],
        next_id=_number(),
    )


def _on_kakao(door: Door | None) -> kakao.Platform:
    if door is None:
        return kakao.Platform(inbound_key="")
    return kakao.Platform(
        inbound_key=door.secrets["inbound_key"],
        sender_key=door.settings["sender_key"],
        client_id=door.settings["client_id"],
        client_secret=door.secrets["client_secret"],
        next_id=_number(),
    )


def _number() -> int:
    """Numbers of messages go on from the time, so that after a restart none comes twice."""
    return int(system_clock().timestamp() * 1_000_000)
