"""The live line of those who wait in a web chat: one look for all of a workspace's visitors, told where it reads otherwise.

Nobody is looked for while nobody waits, and a look takes at most a twentieth of the time, however many wait.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Protocol
from uuid import UUID

import structlog

from guanxi import routing, team, views
from guanxi.house import House
from guanxi.infra.sql import Tx
from guanxi.pipeline import ways
from guanxi.routing import Waiting

log = structlog.get_logger(__name__)
LOOK_EVERY = 3.0  # seconds
SOONEST = 0.5  # seconds between two looks, when something happens all the time
SHARE = 20
AT_ONCE = timedelta(seconds=2)  # whoever is taken within this sees no line flicker
STANDS = timedelta(seconds=150)  # that no message says the same, unless it is said again
AGAIN = timedelta(seconds=60)
MINUTES_STAND = timedelta(seconds=15)  # for so long at least, while the place is the same
MARKED_AT_ONCE = 500

Place = tuple[UUID, str]  # inbox, external id of the identity


class Ear(Protocol):
    """Somebody who listens, at these places: `wait` is what he sees now, None: nothing."""

    wait: Mapping[str, Any] | None
    places: tuple[Place, ...]

    def pass_on(self, frame: Mapping[str, Any]) -> None: ...


@dataclass(slots=True)
class _Shown:
    wait: Mapping[str, Any]
    at: datetime
    since: datetime
    marked_at: datetime | None = None


class WaitingLine:
    """The lines of one workspace's visitors in this process. `ears` are those who listen, by their places; `whose` says whose
    conversations these are."""

    def __init__(
        self,
        house: House,
        workspace_id: UUID,
        ears: Mapping[Place, set[Any]],
        whose: Callable[[Tx, Sequence[UUID]], Awaitable[Mapping[UUID, Place]]],
    ) -> None:
        self._house = house
        self._workspace_id = workspace_id
        self._ears = ears
        self._whose = whose
        self._wake = asyncio.Event()
        self._shown: dict[Place, _Shown] = {}
        self._new: list[Ear] = []
        self._elsewhere = (float("-inf"), False)

    @property
    def stands(self) -> bool:
        """Does anybody see a line?"""
        return bool(self._shown)

    def look_soon(self) -> None:
        self._wake.set()

    def join(self, ear: Ear) -> None:
        """Somebody has come to listen, perhaps back: with the next look he hears how he stands, and that he waits no more."""
        self._new.append(ear)
        self._wake.set()

    async def run(self) -> None:
        """Look as long as somebody waits who listens; else sleep until something happens."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            began = monotonic()
            try:
                somebody_waits = await self._look()
            except Exception as error:  # the database may be away
                log.warning("visitor.waits_failed", problem=repr(error))
                somebody_waits = True
            pause = max(SOONEST, (monotonic() - began) * SHARE)
            await asyncio.sleep(pause)
            if somebody_waits:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, LOOK_EVERY - pause)):
                        await self._wake.wait()
                self._wake.set()

    async def _look(self) -> bool:
        """Read how everybody stands and pass on what reads otherwise; is anybody here who waits?"""
        inboxes, new, self._new = sorted({inbox_id for inbox_id, _ in self._ears}), self._new, []
        async with self._house.db.reading(self._workspace_id) as tx:
            rows, offers = await routing.waiting_at(tx, inboxes)
            whose = await self._whose(tx, [row.id for row in rows])
            here = [(whose[row.id], row) for row in rows if whose.get(row.id) in self._ears]
            anyone = bool(here) and await team.is_anyone_online(tx)
            elsewhere = bool(here) and offers and await self._goes_on_elsewhere(tx)
            now = tx.now
        seen: dict[Place, _Shown] = {}
        for place, row in here:
            if now - row.waiting_since < AT_ONCE or not (anyone or row.is_closed):
                continue
            before, wait = self._shown.get(place), _wait(row, offers, elsewhere)
            if before is None or _is_news(before, wait, now):
                marked = before.marked_at if before is not None and before.since == row.waiting_since else None
                before = _Shown(wait, now, row.waiting_since, marked)
            seen[place] = before
        await self._mark([(seen[place], row) for place, row in here if place in seen], now)
        gone, self._shown = self._shown.keys() - seen.keys(), seen
        for place, shown in seen.items():
            self._tell(place, shown.wait)
        for place in gone:
            self._tell(place, None)
        for ear in new:
            if not any(place in seen for place in ear.places):
                ear.pass_on({"type": "wait", "wait": None})
        return bool(here)

    async def _goes_on_elsewhere(self, tx: Tx) -> bool:
        """Is there an account of another channel to which a conversation can go? Looked up once a minute."""
        until, found = self._elsewhere
        if monotonic() > until:
            found = any(one.channel != "webchat" for one in ways.places(await views.connected_inboxes(tx)))
            self._elsewhere = (monotonic() + 60, found)
        return found

    async def _mark(self, shown: Sequence[tuple[_Shown, Waiting]], now: datetime) -> None:
        """Say in the database, now and then, that these see how they stand: then no message says it, too."""
        due = [(one, row) for one, row in shown if one.marked_at is None or now - one.marked_at >= AGAIN]
        for start in range(0, len(due), MARKED_AT_ONCE):
            some = due[start : start + MARKED_AT_ONCE]
            async with self._house.db.transaction(self._workspace_id, durable=False) as tx:
                await routing.line_stands(tx, [row for _, row in some], now + STANDS)
            for one, _ in some:
                one.marked_at = now

    def _tell(self, place: Place, wait: Mapping[str, Any] | None) -> None:
        for ear in list(self._ears.get(place, ())):
            if ear.wait != wait:
                ear.wait = wait
                ear.pass_on({"type": "wait", "wait": wait})


def _wait(row: Waiting, offers: bool, elsewhere: bool) -> Mapping[str, Any]:
    """What a visitor is told of his wait: where he stands, or that it is closed, and whether he may choose another way."""
    return {
        "ahead": row.ahead,
        "minutes": routing.about(row.minutes) if row.minutes is not None and row.ahead else None,
        "closed": row.is_closed,
        "opens": row.opens_at.isoformat() if row.opens_at is not None else None,
        "asks": offers and row.wish in ("", "asked", "number"),
        "elsewhere": elsewhere,
        "wish": row.wish if row.wish in ("call_back", "later") else "",
    }


def _is_news(before: _Shown, wait: Mapping[str, Any], now: datetime) -> bool:
    was = before.wait
    if routing.reads_otherwise(was["ahead"], wait["ahead"]):
        return True
    if any(was[what] != wait[what] for what in ("closed", "opens", "asks", "elsewhere", "wish")):
        return True
    return was["minutes"] != wait["minutes"] and now - before.at >= MINUTES_STAND
