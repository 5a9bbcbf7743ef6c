"""Read what arrived: claim inboxes, parse their events, thread them, a batch at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from guanxi import inboxes
from guanxi.house import House
from guanxi.inboxes import Batch, Door
from guanxi.infra.sql import Tx, is_about_data, is_passing
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.parse import Read, parse
from guanxi.pipeline.thread import thread

log = structlog.get_logger(__name__)
AT_ONCE = 3  # inboxes
LARGEST = 200  # events in a batch
LOOK_AGAIN = 1.0  # seconds after which we look for new events while a slow inbox is being read
PAUSES = (0.05, 0.5, 1.5, 3.0, 3.0)  # seconds; an embedded server that was killed is back within about eight


class LeaseLost(Exception):
    """Another hand took the inbox over; what this one did is rolled back."""


async def work(house: House, doors: Doors) -> int:
    """Read everything new there is, several inboxes at once; returns how many events were read.

    A slow inbox keeps its own place busy, and no other waits for it.
    """
    total = 0
    running: dict[asyncio.Task[int], Batch] = {}
    waking = asyncio.create_task(house.bus.sleep("inbound", LOOK_AGAIN))
    try:
        while True:
            if room := AT_ONCE - len(running):
                for batch in await _claim(house, room):
                    running[asyncio.create_task(_work_inbox(house, doors, batch))] = batch
            if not running and not waking.done():
                return total
            await asyncio.wait({waking, *running}, return_when=asyncio.FIRST_COMPLETED)
            total += sum(task.result() for task in running if task.done())
            running = {task: batch for task, batch in running.items() if not task.done()}
            if waking.done():
                waking = asyncio.create_task(house.bus.sleep("inbound", LOOK_AGAIN))
    finally:
        for task in (waking, *running):
            task.cancel()
        await asyncio.gather(waking, *running, return_exceptions=True)
        await _give_back(house, [batch for task, batch in running.items() if task.cancelled()])


async def _claim(house: House, most: int) -> list[Batch]:
    """Take inboxes. Who is stopped at this moment gives back what the database has already written down as his."""
    claiming = asyncio.ensure_future(
        inboxes.claim(house.db, most=most, largest=LARGEST, lease=house.settings.lease_seconds)
    )
    try:
        return await asyncio.shield(claiming)
    except asyncio.CancelledError:
        (claimed,) = await asyncio.gather(claiming, return_exceptions=True)
        if not isinstance(claimed, BaseException):
            await _give_back(house, claimed)
        raise


async def _give_back(house: House, batches: Sequence[Batch]) -> None:
    """A restart is nobody's fault: the next worker begins at once, not after the lease."""
    for batch in batches:
        async with house.db.transaction(batch.workspace_id, durable=False) as tx:
            await inboxes.let_go(tx, batch)


async def _work_inbox(house: House, doors: Doors, batch: Batch) -> int:
    """Read one batch. Whatever is wrong with its inbox stays with it: its lease runs out, then it is tried again."""
    try:
        if batch.is_unfinished:
            async with house.db.transaction(batch.workspace_id, durable=False) as tx:
                await inboxes.count_unfinished(tx, batch)
            return 0
        return await _read_batch(house, doors, batch)
    except LeaseLost:
        log.warning("inbound.lease_lost", inbox=str(batch.inbox_id))
    except Exception:
        log.exception("inbound.failed", inbox=str(batch.inbox_id))
    return 0


async def _read_batch(house: House, doors: Doors, batch: Batch) -> int:
    """Read it; again, when the database was away for a moment or ended a deadlock with us. Done twice it is done
    once: the epoch and the external ids see to it. Returns how many events were read."""
    for pause in (*PAUSES, None):
        try:
            return await _read_together(house, doors, batch)
        except Exception as error:
            if is_about_data(error) and not isinstance(error, LeaseLost):
                log.warning("inbound.batch_failed", inbox=str(batch.inbox_id), problem=str(error)[:300])
                return await _read_one_by_one(house, doors, batch, error)
            if pause is None or not is_passing(error):
                raise
            await asyncio.sleep(pause)
    raise AssertionError


async def _read_together(house: House, doors: Doors, batch: Batch) -> int:
    """All of it in one transaction; fewer when it is heavy or reading it takes long: then others get their turn."""
    door = await doors.get(batch.workspace_id, batch.inbox_id)
    async with house.db.transaction(batch.workspace_id) as tx:
        reads = await _parse(tx, door, batch)
        await _finish(tx, house, batch, door, reads, lease=None)
    return len(reads)


async def _read_one_by_one(house: House, doors: Doors, batch: Batch, error: Exception) -> int:
    """One of them breaks the batch: each alone, so only the broken one is put aside."""
    door = await doors.get(batch.workspace_id, batch.inbox_id)
    async with house.db.reading(batch.workspace_id) as tx:
        reads = await _parse(tx, door, batch)
    for read in reads:
        lease = None if read is reads[-1] else float(house.settings.lease_seconds)
        try:
            if len(reads) == 1:
                raise error
            await _finish_alone(house, batch, door, read, lease)
        except LeaseLost:
            raise
        except Exception as alone:
            if not is_about_data(alone):
                raise
            broken = Read(raw=read.raw, problem=f"it could not be threaded: {type(alone).__name__}")
            await _finish_alone(house, batch, door, broken, lease)
    return len(reads)


async def _parse(tx: Tx, door: Door | None, batch: Batch) -> list[Read]:
    raws = await inboxes.raws_of(tx, batch)
    if door is None or door.state == "removed":
        return [Read(raw=raw, problem="its inbox is removed") for raw in raws]
    return await parse(door, raws)


async def _finish_alone(house: House, batch: Batch, door: Door | None, read: Read, lease: float | None) -> None:
    for pause in (*PAUSES, None):
        try:
            async with house.db.transaction(batch.workspace_id) as tx:
                await _finish(tx, house, batch, door, [read], lease=lease)
            return
        except Exception as error:
            if pause is None or not is_passing(error):
                raise
            await asyncio.sleep(pause)


async def _finish(
    tx: Tx, house: House, batch: Batch, door: Door | None, reads: Sequence[Read], *, lease: float | None
) -> None:
    """Thread what was read, and give the inbox back or keep it for `lease` seconds. Raises LeaseLost."""
    if not await inboxes.finish_batch(tx, batch, [read.raw.seq for read in reads], lease=lease):
        raise LeaseLost
    for read in reads:
        if read.problem:
            await inboxes.quarantine(tx, batch.inbox_id, read.raw.seq, read.problem)
    if door is not None:
        reopen = timedelta(hours=house.settings.reopen_hours)
        await thread(tx, door, [read for read in reads if not read.problem], reopen=reopen)
