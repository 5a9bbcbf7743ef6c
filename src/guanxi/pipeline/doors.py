"""The inboxes that addresses name, remembered for a moment, so that accepting asks the database almost never."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from uuid import UUID

from guanxi import inboxes
from guanxi.house import House
from guanxi.inboxes import Door

FRESH = 3.0  # seconds that a found door is believed; a change of an inbox is heard sooner
MOST = 50_000
ADDRESS = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(slots=True)
class _Kept:
    door: Door | None
    until: float


class Doors:
    """One per process. Misses are remembered too, so guessing addresses costs the database little."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._by_address: dict[str, _Kept] = {}
        self._by_id: dict[tuple[UUID, UUID], _Kept] = {}

    async def find(self, address: str) -> Door | None:
        """The inbox that this address belongs to, or None. What cannot be an address is not even looked for."""
        if not ADDRESS.fullmatch(address):
            return None
        now = asyncio.get_running_loop().time()
        kept = self._by_address.get(address)
        if kept is None or kept.until < now:
            async with self._house.db.directory() as directory:
                door = await inboxes.find_door_by_address(directory, address, self._house.sealer)
            if len(self._by_address) >= MOST:
                self._by_address.clear()
            kept = self._by_address[address] = _Kept(door, now + FRESH)
        return kept.door

    async def get(self, workspace_id: UUID, inbox_id: UUID) -> Door | None:
        """The inbox of that id, also a removed one, or None."""
        now = asyncio.get_running_loop().time()
        kept = self._by_id.get((workspace_id, inbox_id))
        if kept is None or kept.until < now:
            async with self._house.db.directory() as directory:
                door = await inboxes.find_door_across(directory, workspace_id, inbox_id, self._house.sealer)
            if len(self._by_id) >= MOST:
                self._by_id.clear()
            kept = self._by_id[workspace_id, inbox_id] = _Kept(door, now + FRESH)
        return kept.door

    def forget(self) -> None:
        """An inbox has changed somewhere: look again."""
        self._by_address.clear()
        self._by_id.clear()
