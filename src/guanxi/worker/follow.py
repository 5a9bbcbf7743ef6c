"""Follow what happened: after each commit, measuring, indexing and greeting hear of it, each event once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import structlog

from guanxi import events, team
from guanxi.events import Happened
from guanxi.house import House
from guanxi.infra.sql import Tx
from guanxi.pipeline.listeners import FOLLOWERS, Follower

log = structlog.get_logger(__name__)
MOST = 500
SWEEP = 30.0  # seconds after which every workspace is looked at, for hints may be lost
PAUSE = 0.05  # seconds in which events gather


async def work(house: House) -> None:
    """Follow every workspace until cancelled: at once where a hint says so, all of them now and then."""
    dirty: set[UUID] = set()
    heard = asyncio.Event()

    def hear(workspace_id: UUID, xid: int) -> None:
        dirty.add(workspace_id)
        heard.set()

    house.bus.on_commit.append(hear)
    next_sweep = 0.0
    loop = asyncio.get_running_loop()
    while True:
        try:
            if loop.time() >= next_sweep:
                dirty |= await _all_workspaces(house)
                next_sweep = loop.time() + SWEEP
            while dirty:
                await catch_up(house, dirty.pop())
        except Exception as error:  # also what asyncpg raises of its own when the server dies in mid-call
            log.warning("worker.trouble", loop="follow", problem=f"{type(error).__name__}: {error}")
            next_sweep = 0.0
            await asyncio.sleep(1.0)
        try:
            async with asyncio.timeout(max(0.05, next_sweep - loop.time())):  # wait_for may lose a cancellation
                await heard.wait()
        except TimeoutError:
            continue
        heard.clear()
        await asyncio.sleep(PAUSE)


async def _all_workspaces(house: House) -> set[UUID]:
    async with house.db.directory() as directory:
        return set(await team.all_workspaces(directory))


async def catch_up(house: House, workspace_id: UUID) -> None:
    """Hear everything that has happened in one workspace since the cursor."""
    while True:
        async with house.db.transaction(workspace_id) as tx:
            happened = await events.follow(tx, MOST)
            await hear_all(tx, happened)
        if len(happened) < MOST:
            return


async def hear_all(tx: Tx, happened: Sequence[Happened]) -> None:
    """Hand each follower what it listens to, in one savepoint each; one that fails is logged and hinders nobody."""
    heard: dict[Follower, list[Happened]] = {}
    for event in happened:
        for follower in FOLLOWERS.get(event.kind, ()):
            heard.setdefault(follower, []).append(event)
    for follower, its in heard.items():
        try:
            async with tx.savepoint():
                await follower(tx, its)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError, KeyError):
            log.exception("follow.failed", follower=follower.__name__, first=its[0].id)
