"""Opening hours: what is open when, in the local time of a place, across clock changes and holidays. Pure.

A week is a list of spans of local time. A span that closes no later than it opens goes on past midnight; "24:00" is
midnight at the end of the day. Local times that a clock change skips are read as if the clock had not changed yet, so a
span never loses its day; times that come twice are the first of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

Clock = Annotated[str, msgspec.Meta(pattern=r"^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$")]
FAR = 400  # days within which something opens, or nothing does


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when something is open, in local time."""

    opens: Clock
    closes: Clock


class DaySpan(Span, frozen=True, kw_only=True):
    """The same on one day of the week, Monday is 0."""

    day: Literal[0, 1, 2, 3, 4, 5, 6]


class Holiday(msgspec.Struct, frozen=True, kw_only=True):
    """A date on which other spans hold than its day of the week has; none: closed."""

    date: date
    name: Annotated[str, msgspec.Meta(max_length=60)] = ""
    spans: Annotated[list[Span], msgspec.Meta(max_length=6)] = []


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """When somebody serves. `time_zone` is an IANA name that this machine knows."""

    id: UUID
    name: str
    time_zone: str
    week: list[DaySpan]
    holidays: list[Holiday]
    version: int


def is_zone(name: str) -> bool:
    """Is this a time zone that we can reckon in?"""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def is_open(hours: Hours, at: datetime) -> bool:
    """Does somebody serve at this moment?"""
    return any(opens <= at < closes for opens, closes in _around(hours, at))


def next_opening(hours: Hours, at: datetime) -> datetime | None:
    """When it opens next after `at`, even if it is open now; None when nothing opens for more than a year."""
    return next((opens for opens, _ in _from(hours, at) if opens > at), None)


def open_between(hours: Hours, start: datetime, end: datetime) -> timedelta:
    """How much of the time from `start` to `end` it was open."""
    total = timedelta()
    for opens, closes in _from(hours, start):
        if opens >= end:
            break
        total += max(timedelta(), min(closes, end) - max(opens, start))
    return total


def after(hours: Hours, start: datetime, span: timedelta) -> datetime | None:
    """The moment at which it has been open for `span` since `start`; None when that is more than a year ahead."""
    left = span
    for opens, closes in _from(hours, start):
        begins = max(opens, start)
        if closes <= begins:
            continue
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
    return None


def last_closing(hours: Hours, at: datetime) -> datetime | None:
    """Of the closings within two weeks from now the one before the longest break; None when it never closes, or never opens."""
    spans = []
    for opens, closes in _from(hours, at):
        if opens > at + timedelta(days=14):
            break
        spans.append((opens, closes))
    breaks = [(after_it[0] - before[1], before[1]) for before, after_it in pairwise(spans)]
    return max(breaks, default=(None, None), key=lambda pair: pair[0])[1]


def _around(hours: Hours, at: datetime) -> list[tuple[datetime, datetime]]:
    today = at.astimezone(ZoneInfo(hours.time_zone)).date()
    return [span for days in (-1, 0) for span in _spans(hours, today + timedelta(days=days))]


def _from(hours: Hours, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Spans in their order that end after `at`, those that overlap or touch made one."""
    today = at.astimezone(ZoneInfo(hours.time_zone)).date()
    held: tuple[datetime, datetime] | None = None
    for days in range(-1, FAR):
        for opens, closes in _spans(hours, today + timedelta(days=days)):
            if held is not None and opens <= held[1]:
                held = (held[0], max(held[1], closes))
                continue
            if held is not None and held[1] > at:
                yield held
            held = (opens, closes)
    if held is not None and held[1] > at:
        yield held


def _spans(hours: Hours, day: date) -> list[tuple[datetime, datetime]]:
    """What opens on this local date, in UTC, in order. A holiday's own spans stand for those of its weekday."""
    special = next((one.spans for one in hours.holidays if one.date == day), None)
    spans: list[Span] = [*special] if special is not None else [one for one in hours.week if one.day == day.weekday()]
    zone = ZoneInfo(hours.time_zone)
    found = []
    for span in spans:
        closes_on = day if span.closes > span.opens else day + timedelta(days=1)
        opens, closes = _moment(day, span.opens, zone), _moment(closes_on, span.closes, zone)
        if closes > opens:
            found.append((opens, closes))
    return sorted(found)


def _moment(day: date, clock: str, zone: ZoneInfo) -> datetime:
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=zone).astimezone(UTC)
