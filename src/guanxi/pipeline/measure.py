"""MEASURE: events become report rows and search entries, each exactly once, a moment after they happened."""

from __future__ import annotations

from collections.abc import Sequence

from guanxi import reports
from guanxi.events import Happened
from guanxi.infra.sql import Tx


async def count(tx: Tx, happened: Sequence[Happened]) -> None:
    """Add these events to the day rows that every report reads."""
    await reports.count(tx, happened)
