"""When who waits hears of his place, and how long it may still take. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Literal
from uuid import UUID

import msgspec

Wish = Literal["", "asked", "number", "call_back", "later", "stay"]
MOST_WORDS = 3  # of one wait
QUIET = timedelta(minutes=3)  # between two of them
FEW = 5  # paces that say something
LATELY = timedelta(hours=1)
SOONEST = timedelta(minutes=15)  # a call that we promise
NUMBER = re.compile(r"\+?\d[\d\s().-]{4,18}\d")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody stands who waits: so many of his queue have their turn before him. What he was told last of this wait;
    `times` 0: nothing yet. `taken_at`: when the last ones of his queue were given to somebody."""

    id: UUID
    queue_id: UUID
    ahead: int
    waiting_since: datetime
    taken_at: Sequence[datetime]
    told_at: datetime | None
    told_ahead: int
    told_minutes: int | None
    times: int
    wish: Wish


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody stands who looks on: so many before him, about so many minutes if that is known, or closed until then."""

    id: UUID
    ahead: int
    minutes: int | None
    is_closed: bool
    opens_at: datetime | None
    waiting_since: datetime
    wish: Wish


def minutes_left(ahead: int, taken_at: Sequence[datetime], now: datetime) -> int | None:
    """About how many minutes until his turn, by the median pace of late; None where too little is known to be honest. A pace
    is never quicker than what has passed since the last one was taken."""
    lately = sorted(at for at in taken_at if at > now - LATELY)
    gaps = [(after - before).total_seconds() for before, after in pairwise(lately)]
    if len(gaps) < FEW:
        return None
    usual = median(gaps)
    idle = (now - lately[-1]).total_seconds()
    pace = idle if idle > 3 * max(usual, 1.0) else usual
    return max(1, math.ceil((ahead + 1) * pace / 60))


def has_word(one: Standing, minutes: int | None, now: datetime) -> bool:
    """Is there something new to say: for the first time, because it got clearly worse, or because it is his turn soon? Who
    need not wait, and who was told enough, hears nothing."""
    if one.wish in ("call_back", "later") or one.times >= MOST_WORDS:
        return False
    if one.times == 0 or one.told_at is None:
        return True
    if now - one.told_at < QUIET:
        return False
    worse = minutes is not None and one.told_minutes is not None and minutes >= one.told_minutes * 1.5 + 5
    return worse or one.ahead > one.told_ahead + 5 or (one.ahead <= 1 and one.told_ahead >= 4)


def about(minutes: int) -> int:
    """As people say it: whole minutes, then fives, then tens; never less than it is."""
    step = 1 if minutes <= 10 else 5 if minutes <= 30 else 10
    return math.ceil(minutes / step) * step


def reads_otherwise(before: int, now: int) -> bool:
    """Is the place in a line so different that it is worth another look? Far behind, one more or less is not."""
    return before != now and (min(before, now) <= 10 or abs(before - now) * 10 >= before)


def phone_in(text: str) -> str:
    """The telephone number that a text says; '' for none."""
    found = NUMBER.search(text)
    plain = re.sub(r"[\s().-]+", "", found[0]) if found else ""
    return plain if 6 <= len(plain.lstrip("+")) <= 15 else ""
