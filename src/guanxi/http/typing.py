"""While an agent writes, the customer sees it, where the channel can show it. Throttled; a failure is silent."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any
from uuid import UUID

import structlog

from guanxi import channels, conversations
from guanxi.house import House
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender

log = structlog.get_logger(__name__)
EVERY = 5.0  # seconds between two signs of one conversation
PATIENCE = 6.0
MOST = 200  # calls at once; more are left out


class Typing:
    """One per web process: hears every keystroke of its desks, and passes few of them on."""

    def __init__(self, house: House, doors: Doors, lender: Lender) -> None:
        self._house, self._doors, self._lender = house, doors, lender
        self._shown: dict[tuple[UUID, UUID], float] = {}
        self._calls: set[asyncio.Task[None]] = set()

    def say(self, workspace_id: UUID, conversation_id: UUID, *, on: bool) -> None:
        """An agent of this workspace writes there, or has stopped. Returns at once."""
        key, now = (workspace_id, conversation_id), monotonic()
        shown = self._shown.get(key)
        if (shown is None) if not on else (shown is not None and now - shown < EVERY):
            return
        if on:
            self._shown = {known: at for known, at in self._shown.items() if now - at < 60} | {key: now}
        else:
            self._shown.pop(key, None)
        if len(self._calls) < MOST:
            task = asyncio.create_task(self._show(workspace_id, conversation_id, on))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def stop(self) -> None:
        for task in list(self._calls):
            task.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _show(self, workspace_id: UUID, conversation_id: UUID, on: bool) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                async with self._house.db.reading(workspace_id) as tx:
                    whom: Any = await conversations.whom_to_show(tx, conversation_id)
                door = await self._doors.get(workspace_id, whom["inbox_id"]) if whom else None
                if door is None or door.state != "active":
                    return
                channel = channels.all_channels().get(door.channel)
                if channel is not None and channel.typing is not None:
                    await channel.typing(whom["external_id"], on, self._lender.lend(door))
        except Exception as error:  # nobody waits for it
            log.info("typing.not_shown", problem=repr(error))
