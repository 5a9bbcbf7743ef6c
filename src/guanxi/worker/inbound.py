"""Read what arrived: claim inboxes, parse their events, thread them, a batch at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from guanxi import inboxes
from guanxi.house import House
from guanxi.inboxes import Batch, Door, Raw
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.parse import Read, parse
from guanxi.pipeline.thread import thread

log = structlog.get_logger(__name__)
AT_ONCE = 3  # inboxes
LARGEST = 200  # events in a batch
BATCHES = 20  # of one inbox before others get their turn


class LeaseLost(Exception):
    """Another hand took the inbox over; what this one did is rolled back."""


async def work(house: House, doors: Doors) -> int:
    """Read everything new there is, several inboxes at once; returns how many events were read."""
    total = 0
    while batches := await inboxes.started(house.db, most=AT_ONCE, lease=house.settings.lease_seconds):
        total += sum(await asyncio.gather(*[_work_inbox(house, doors, batch) for batch in batches]))
    return total


async def _work_inbox(house: House, doors: Doors, batch: Batch) -> int:
    total = 0
    lease = float(house.settings.lease_seconds)
    try:
        for _ in range(BATCHES):
            async with house.db.transaction(batch.workspace_id, durable=False) as tx:
                raws = await inboxes.begin_batch(tx, batch, LARGEST, lease)
            if not raws:
                return total
            is_last = len(raws) < LARGEST
            await _work_batch(house, doors, batch, raws, is_last)
            total += len(raws)
            if is_last:  # what came meanwhile has woken us again
                return total
        async with house.db.transaction(batch.workspace_id, durable=False) as tx:
            await inboxes.let_go(tx, batch)
    except LeaseLost:
        log.warning("inbound.lease_lost", inbox=str(batch.inbox_id))
    return total


async def _work_batch(house: House, doors: Doors, batch: Batch, raws: Sequence[Raw], is_last: bool) -> None:
    door = await doors.get(batch.workspace_id, batch.inbox_id)
    if door is None or door.state == "removed":
        removed = [Read(raw=raw, problem="its inbox is removed") for raw in raws]
        await _finish(house, batch, None, removed, is_last)
        return
    reads = await parse(door, raws)
    try:
        await _finish(house, batch, door, reads, is_last)
    except LeaseLost:
        raise
    except Exception as error:
        log.warning("inbound.batch_failed", inbox=str(batch.inbox_id), size=len(raws), problem=str(error)[:300])
        if not is_about_data(error):
            raise
        await _one_by_one(house, batch, door, reads, is_last, error)


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


def is_about_data(error: Exception) -> bool:
    """Would the same rows fail again? Lost connections, deadlocks and our own faulty statements are not about them."""
    state = getattr(error, "sqlstate", "") or ""
    if isinstance(error, OSError | TimeoutError) or type(error).__module__.startswith("asyncpg.exceptions._base"):
        return False
    return not state.startswith(("08", "40", "42", "53", "55", "57", "58"))


async def _finish(house: House, batch: Batch, door: Door | None, reads: Sequence[Read], is_last: bool) -> None:
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
