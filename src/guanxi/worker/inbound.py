"""Read what arrived: claim inboxes, parse their events, thread them, a batch at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from guanxi import inboxes
from guanxi.house import House
from guanxi.inboxes import Batch, Door, Raw
from guanxi.infra.sql import is_about_data, is_passing
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.parse import Read, parse
from guanxi.pipeline.thread import thread

log = structlog.get_logger(__name__)
AT_ONCE = 3  # inboxes
LARGEST = 200  # events in a batch
BATCHES = 20  # of one inbox before others get their turn
LOOK_AGAIN = 1.0  # seconds after which we look for new events while a slow inbox is being read
PAUSES = (0.05, 0.5, 1.5, 3.0, 3.0)  # seconds; an embedded server that was killed is back within about eight


class LeaseLost(Exception):
    """Another hand took the inbox over; what this one did is rolled back."""


async def work(house: House, doors: Doors) -> int:
    """Read everything new there is, several inboxes at once; returns how many events were read.

    A slow inbox keeps its own place busy, and no other waits for it.
    """
    total = 0
    running: set[asyncio.Task[int]] = set()
    waking = asyncio.create_task(house.bus.sleep("inbound", LOOK_AGAIN))
    try:
        while True:
            if room := AT_ONCE - len(running):
                batches = await inboxes.started(house.db, most=room, lease=house.settings.lease_seconds)
                running |= {asyncio.create_task(_work_inbox(house, doors, batch)) for batch in batches}
            if not running and not waking.done():
                return total
            await asyncio.wait({waking, *running}, return_when=asyncio.FIRST_COMPLETED)
            total += sum(task.result() for task in running if task.done())
            running = {task for task in running if not task.done()}
            if waking.done():
                waking = asyncio.create_task(house.bus.sleep("inbound", LOOK_AGAIN))
    finally:
        for task in (waking, *running):
            task.cancel()
        await asyncio.gather(waking, *running, return_exceptions=True)


async def _work_inbox(house: House, doors: Doors, batch: Batch) -> int:
    """Read one inbox for a while. Whatever is wrong with it stays with it: its lease runs out, then it is tried again."""
    try:
        return await _read_batches(house, doors, batch)
    except asyncio.CancelledError:  # a restart is nobody's fault: the next worker begins at once, not after the lease
        async with house.db.transaction(batch.workspace_id, durable=False) as tx:
            await inboxes.let_go(tx, batch)
        raise
    except LeaseLost:
        log.warning("inbound.lease_lost", inbox=str(batch.inbox_id))
    except Exception:
        log.exception("inbound.failed", inbox=str(batch.inbox_id))
    return 0


async def _read_batches(house: House, doors: Doors, batch: Batch) -> int:
    total = 0
    lease = float(house.settings.lease_seconds)
    for _ in range(BATCHES):
        async with house.db.transaction(batch.workspace_id, durable=False) as tx:
            raws = await inboxes.begin_batch(tx, batch, LARGEST, lease)
        if not raws:
            return total
        is_last = len(raws) < LARGEST
        read = await _work_batch(house, doors, batch, raws, is_last)
        total += read
        if read < len(raws):  # it takes its time: others get their turn
            break
        if is_last:  # what came meanwhile has woken us again
            return total
    async with house.db.transaction(batch.workspace_id, durable=False) as tx:
        await inboxes.let_go(tx, batch)
    return total


async def _work_batch(house: House, doors: Doors, batch: Batch, raws: Sequence[Raw], is_last: bool) -> int:
    """Returns how many of these were read: fewer when reading them takes too long."""
    door = await doors.get(batch.workspace_id, batch.inbox_id)
    if door is None or door.state == "removed":
        removed = [Read(raw=raw, problem="its inbox is removed") for raw in raws]
        await _finish(house, batch, None, removed, is_last)
        return len(raws)
    reads = await parse(door, raws)
    is_last = is_last and len(reads) == len(raws)
    try:
        await _finish(house, batch, door, reads, is_last)
    except LeaseLost:
        raise
    except Exception as error:
        log.warning("inbound.batch_failed", inbox=str(batch.inbox_id), size=len(raws), problem=str(error)[:300])
        if not is_about_data(error):
            raise
        await _one_by_one(house, batch, door, reads, is_last, error)
    return len(reads)


async def _one_by_one(
    house: House, batch: Batch, door: Door, reads: Sequence[Read], is_last: bool, error: Exception
) -> None:
    """One of them breaks the batch: each alone, so only the broken one is put aside."""
    if len(reads) == 1:
        broken = Read(raw=reads[0].raw, problem=f"it could not be threaded: {type(error).__name__}")
        await _finish(house, batch, door, [broken], is_last)
        return
    for read in reads:
        is_end = is_last and read is reads[-1]
        try:
            await _finish(house, batch, door, [read], is_end)
        except LeaseLost:
            raise
        except Exception as alone:
            if not is_about_data(alone):
                raise
            await _one_by_one(house, batch, door, [read], is_end, alone)


async def _finish(house: House, batch: Batch, door: Door | None, reads: Sequence[Read], is_last: bool) -> None:
    """Thread what was read; again, when the database was away for a moment or ended a deadlock with us. Done twice
    it is done once: the epoch and the external ids see to it."""
    for pause in (*PAUSES, None):
        try:
            await _finish_once(house, batch, door, reads, is_last)
            break
        except Exception as error:
            if pause is None or not is_passing(error):
                raise
            await asyncio.sleep(pause)


async def _finish_once(house: House, batch: Batch, door: Door | None, reads: Sequence[Read], is_last: bool) -> None:
    """`is_last`: nothing was waiting behind these, so the inbox is given back together with them."""
    lease = None if is_last else float(house.settings.lease_seconds)
    async with house.db.transaction(batch.workspace_id) as tx:
        if not await inboxes.finish_batch(tx, batch, [read.raw.seq for read in reads], lease):
            raise LeaseLost
        for read in reads:
            if read.problem:
                await inboxes.quarantine(tx, batch.inbox_id, read.raw.seq, read.problem)
        if door is not None:
            await thread(
                tx, door, [r for r in reads if not r.problem], reopen=timedelta(hours=house.settings.reopen_hours)
            )
