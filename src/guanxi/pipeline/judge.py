"""JUDGE: how urgent it is, and in what mood the customer is, after each thing that is said and when somebody waits long."""

from __future__ import annotations

from collections.abc import Sequence

from guanxi import judging
from guanxi.events import Happened
from guanxi.infra.sql import Tx


async def judge(tx: Tx, happened: Sequence[Happened]) -> None:
    """Judge anew what the contact or an agent spoke in, and where the contact has waited for long."""
    ids = {
        event.conversation_id
        for event in happened
        if event.conversation_id is not None and event.payload.get("author") in ("contact", "agent", None)
    }
    if ids:
        await judging.judge(tx, sorted(ids))
