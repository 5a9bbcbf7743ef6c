"""AUTOMATE: rules hear what happened, in the lane of its conversation; and when somebody has waited for so long."""

from __future__ import annotations

from collections.abc import Sequence

from guanxi import automation
from guanxi.events import Happened
from guanxi.infra.sql import Tx
from guanxi.judging import LONG_WAIT


async def want_rules(tx: Tx, happened: Sequence[Happened]) -> None:
    """Put these events on their way to the rules that hear them."""
    await automation.wanted_by(tx, happened)


async def want_waits(tx: Tx, happened: Sequence[Happened]) -> None:
    """Who begins to wait is looked at again when rules, or whoever judges how urgent it is, want to know."""
    await automation.want_waits(tx, happened, LONG_WAIT)
