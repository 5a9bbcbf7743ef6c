"""Run all loops of the hands until told to stop. A loop that fails says so and goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from guanxi.house import House
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender
from guanxi.worker import follow, inbound, keep_time, outbound

log = structlog.get_logger(__name__)
LAST_MOMENT = 5.0  # seconds


async def run(house: House, doors: Doors, lender: Lender) -> None:
    """Work until cancelled. State is rows: cancelled at any point, nothing is lost, and the leases run out.

    What is on its way to a platform then has a moment to arrive, so that a restart leaves nothing unknown.
    """
    try:
        await asyncio.gather(
            _again(house, "inbound", lambda: inbound.work(house, doors), 1.0),
            _again(house, "lanes", lambda: outbound.work(house, doors, lender), 0.5),
            follow.work(house),
            _again(house, "routing", lambda: keep_time.route(house), 2.0),
            _again(house, "doors", lambda: _forget(doors), 60.0),
            _again(house, "polls", lambda: keep_time.poll(house, doors), 3.0),
            _again(house, "promises", lambda: keep_time.promises_pass(house), 1.0),
            _again(house, "waits", lambda: keep_time.tell_waits(house), 5.0),
            _again(house, "time", lambda: keep_time.tick(house), 20.0),
            _again(house, "cleaning", lambda: keep_time.clean(house), 3600.0),
        )
    finally:
        await outbound.stop(LAST_MOMENT)


async def _forget(doors: Doors) -> None:
    doors.forget()


async def _again(house: House, name: str, work: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Work, then sleep until woken by `name` or until `seconds` have passed."""
    trouble = 0
    while True:
        try:
            await work()
            trouble = 0
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            trouble += 1
            log.warning("worker.trouble", loop=name, problem=f"{type(error).__name__}: {error}")
            await asyncio.sleep(min(5.0, 0.2 * 2**trouble))
        except Exception:
            trouble += 1
            log.exception("worker.failed", loop=name)
            await asyncio.sleep(min(5.0, 0.2 * 2**trouble))
        await house.bus.sleep(name, seconds)
