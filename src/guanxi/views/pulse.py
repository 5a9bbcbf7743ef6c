"""How the house does as a whole, for /readyz and /metrics: ages and capped counts, read by the directory's role."""

from __future__ import annotations

from guanxi.infra.sql import Tx


async def can_write(directory: Tx) -> bool:
    """Is this a database that takes writes?"""
    found: bool = await directory.fetchval(
        "select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off'"
    )
    return found


async def inbound_lag(directory: Tx) -> float:
    """Seconds that the oldest request waits to be read."""
    lag = await directory.fetchval(
        "select extract(epoch from now() - min(received_at))::float from inbound_event where state = 0"
    )
    return float(lag or 0.0)


async def quarantined(directory: Tx) -> int:
    """Requests in quarantine, counted to 1000."""
    return int(
        await directory.fetchval("select count(*) from (select 1 from inbound_event where state = 2 limit 1000) few")
    )


async def lanes_due(directory: Tx) -> int:
    """Lanes with work that is due and that nobody holds, counted to 1000."""
    return int(
        await directory.fetchval(
            """select count(*) from (select 1 from lane where next_at <= now()
                 and (locked_until is null or locked_until <= now()) limit 1000) few"""
        )
    )


async def pools_held(directory: Tx) -> int:
    """Ways out that wait, or are paused."""
    return int(await directory.fetchval("select count(*) from pool_hold where until is null or until > now()"))
