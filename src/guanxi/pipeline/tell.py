"""TELL: outside systems hear what happened, each in its own lane, each event once."""

from __future__ import annotations

from collections.abc import Sequence

from guanxi import integrations
from guanxi.events import Happened
from guanxi.infra.sql import Tx


async def tell_webhooks(tx: Tx, happened: Sequence[Happened]) -> None:
    """Put these events on their way to the webhooks that want them."""
    await integrations.tell(tx, happened)
