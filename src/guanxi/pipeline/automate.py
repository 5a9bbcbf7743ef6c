"""AUTOMATE: rules hear what happened, in the lane of its conversation."""

from __future__ import annotations

from collections.abc import Sequence

from guanxi import automation
from guanxi.events import Happened
from guanxi.infra.sql import Tx


async def want_rules(tx: Tx, happened: Sequence[Happened]) -> None:
    """Put these events on their way to the rules that hear them."""
    await automation.wanted_by(tx, happened)
