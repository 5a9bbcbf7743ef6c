"""Follow what happened: after each commit, measuring, indexing and greeting hear of it, each event once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog

from guanxi import conversations, events, team
from guanxi.events import Happened
from guanxi.house import House
from guanxi.infra.sql import Tx, is_about_data, is_passing
from guanxi.pipeline.listeners import FOLLOWERS, Follower

log = structlog.get_logger(__name__)
MOST = 500
SWEEP = 30.0  # seconds after which every workspace is looked at, for hints may be lost
PAUSE = 0.2  # seconds in which events gather: what follows takes a dozen statements, however many there are


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
            behind = set()
            while dirty:
                workspace_id = dirty.pop()
                if not await _catch_up_alone(house, workspace_id):
                    behind.add(workspace_id)
            if behind:
                dirty |= behind
                heard.set()
        except Exception as error:  # the database is away
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


async def _catch_up_alone(house: House, workspace_id: UUID) -> bool:
    """One workspace's trouble is nobody else's: it is tried again at the next hint or sweep."""
    try:
        return await catch_up(house, workspace_id)
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("follow.stuck", workspace=str(workspace_id))
        return True


async def catch_up(house: House, workspace_id: UUID) -> bool:
    """Hear everything that has happened in one workspace since the cursor; False when some of it still hides behind
    a running transaction."""
    while True:
        async with house.db.transaction(workspace_id) as tx:
            happened, is_all = await events.follow(tx, MOST)
            await hear_all(tx, happened)
        if is_all or not happened:
            return is_all


async def hear_all(tx: Tx, happened: Sequence[Happened]) -> None:
    """Hand each follower what it listens to. What it cannot read is logged, and hinders nothing else."""
    happened = await conversations.as_they_stand(tx, happened)
    heard: dict[Follower, list[Happened]] = {}
    for event in happened:
        for follower in FOLLOWERS.get(event.kind, ()):
            heard.setdefault(follower, []).append(event)
    for follower, its in heard.items():
        if not await _hear(tx, follower, its, is_last_try=len(its) == 1) and len(its) > 1:
            for event in its:
                await _hear(tx, follower, [event], is_last_try=True)


async def _hear(tx: Tx, follower: Follower, its: Sequence[Happened], *, is_last_try: bool) -> bool:
    try:
        async with tx.savepoint():
            await follower(tx, its)
    except Exception as error:
        if not is_about_data(error):
            raise
        if is_last_try:
            log.exception("follow.failed", follower=follower.__name__, first=its[0].id)
        return False
    return True
