"""What a process stands on, opened once: database, bus, time, secrets, files, the way out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from guanxi.infra.bus import Bus
from guanxi.infra.clock import Clock, system_clock
from guanxi.infra.fetch import Fetcher
from guanxi.infra.files import files_at
from guanxi.infra.media import MediaStore
from guanxi.infra.postgres import Server
from guanxi.infra.secrets import Sealer, load_sealer
from guanxi.infra.sql import Db, open_db
from guanxi.settings import Settings


@dataclass(frozen=True, slots=True)
class House:
    """Handed to doors and hands; nothing in it changes while the process lives."""

    settings: Settings
    db: Db
    bus: Bus
    clock: Clock
    sealer: Sealer
    media: MediaStore
    fetch: Fetcher


@asynccontextmanager
async def open_house(
    settings: Settings,
    server: Server,
    *,
    wakes: Mapping[str, tuple[str, ...]],
    clock: Clock = system_clock,
    size: int = 10,
    works: bool = True,
    create_key: bool = False,
) -> AsyncIterator[House]:
    """Open everything, and close it again. `size` is how many connections the application may have; `wakes` says
    which sleepers an event of a kind wakes (pipeline/listeners.py); without `works` nobody sleeps here."""
    sealer = load_sealer(settings.master_key_file or settings.data / "master.key", create=create_key)
    bus = Bus(server, works=works)

    def announce(workspace_id: UUID, xid: int, kinds: frozenset[str]) -> None:
        bus.announce(workspace_id, xid)
        for name in {name for kind in kinds for name in wakes.get(kind, ())}:
            bus.wake(name)

    db = await open_db(server, clock, announce, size=size)
    fetch = Fetcher(settings.private_hosts_allowed)
    media = MediaStore(files_at(settings.media_store, settings.data / "media"), sealer, settings.public_url)
    await bus.start()
    try:
        yield House(settings, db, bus, clock, sealer, media, fetch)
    finally:
        await bus.stop()
        await fetch.close()
        await db.close()
