"""A plan of who serves when, set against opening hours: where it is open and nobody who is fit is planned. Pure.

It is reckoned by the clock on the wall, in minutes of the local day: a plan says nine, whatever a clock change does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Literal, TypeVar
from uuid import UUID

import msgspec

from guanxi.promises import Hours, Span

MIDNIGHT = 24 * 60
S = TypeVar("S", bound=Span)


class Shift(Span, frozen=True, kw_only=True):
    """Somebody is planned from then to then; what closes no later than it opens goes on past midnight."""

    agent_id: UUID


class WeekShift(Shift, frozen=True, kw_only=True):
    """The same on one day of every week, Monday is 0."""

    day: Literal[0, 1, 2, 3, 4, 5, 6]


class Otherwise(msgspec.Struct, frozen=True, kw_only=True):
    """A date on which this holds instead of the week's plan; none: nobody."""

    date: date
    planned: Annotated[list[Shift], msgspec.Meta(max_length=100)] = []


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of a queue. `version` is the queue's."""

    week: list[WeekShift]
    otherwise: list[Otherwise]
    version: int


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A part of one day, in minutes since its midnight."""

    begins: int
    ends: int


class PlannedPiece(Piece, frozen=True, kw_only=True):
    agent_id: UUID


class Gap(Piece, frozen=True, kw_only=True):
    """Open, and nobody is planned; or nobody of those who are has the skills that the queue needs."""

    why: Literal["nobody", "unskilled"]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One local date. `otherwise`: another plan than the week's holds."""

    date: date
    otherwise: bool
    open: list[Piece]
    planned: list[PlannedPiece]
    gaps: list[Gap]


def days(plan: Plan, hours: Hours | None, fit: Mapping[UUID, bool], first: date, count: int = 7) -> list[Day]:
    """The days from `first`. Without `hours` it never closes. `fit`: whether each agent who serves here has the skills; who
    is not among them does not count."""
    return [_day(plan, hours, fit, first + timedelta(days=n)) for n in range(count)]


def _day(plan: Plan, hours: Hours | None, fit: Mapping[UUID, bool], day: date) -> Day:
    opened = _open_on(hours, day)
    planned = [
        PlannedPiece(begins=begins, ends=ends, agent_id=shift.agent_id)
        for shift, begins, ends in _both_days(day, lambda on: _shifts_on(plan, on))
        if shift.agent_id in fit
    ]
    planned.sort(key=lambda one: (one.begins, one.ends, one.agent_id))
    return Day(
        date=day,
        otherwise=any(one.date == day for one in plan.otherwise),
        open=opened,
        planned=planned,
        gaps=gaps(opened, planned, {agent_id for agent_id, is_fit in fit.items() if is_fit}),
    )


def gaps(opened: Sequence[Piece], planned: Sequence[PlannedPiece], able: Collection[UUID]) -> list[Gap]:
    """Where it is open and nobody, or nobody able, is planned; neighbours of one kind made one."""
    edges = sorted({edge for one in (*opened, *planned) for edge in (one.begins, one.ends)})
    found: list[Gap] = []
    for begins, ends in pairwise(edges):
        if not any(one.begins <= begins and ends <= one.ends for one in opened):
            continue
        here = [one.agent_id for one in planned if one.begins <= begins and ends <= one.ends]
        if any(agent_id in able for agent_id in here):
            continue
        why: Literal["nobody", "unskilled"] = "unskilled" if here else "nobody"
        if found and found[-1].ends == begins and found[-1].why == why:
            found[-1] = Gap(begins=found[-1].begins, ends=ends, why=why)
        else:
            found.append(Gap(begins=begins, ends=ends, why=why))
    return found


def _open_on(hours: Hours | None, day: date) -> list[Piece]:
    if hours is None:
        return [Piece(begins=0, ends=MIDNIGHT)]
    pieces = sorted((begins, ends) for _, begins, ends in _both_days(day, lambda on: _spans_on(hours, on)))
    merged: list[Piece] = []
    for begins, ends in pieces:
        if merged and begins <= merged[-1].ends:
            merged[-1] = Piece(begins=merged[-1].begins, ends=max(ends, merged[-1].ends))
        else:
            merged.append(Piece(begins=begins, ends=ends))
    return merged


def _spans_on(hours: Hours, day: date) -> Sequence[Span]:
    special = next((one.spans for one in hours.holidays if one.date == day), None)
    return special if special is not None else [one for one in hours.week if one.day == day.weekday()]


def _shifts_on(plan: Plan, day: date) -> Sequence[Shift]:
    special = next((one.planned for one in plan.otherwise if one.date == day), None)
    return special if special is not None else [one for one in plan.week if one.day == day.weekday()]


def _both_days(day: date, of: Callable[[date], Sequence[S]]) -> list[tuple[S, int, int]]:
    """What begins on this day, and what has come over from the day before, cut at midnight."""
    today = [(span, _minute(span.opens), _minute(span.closes)) for span in of(day)]
    over = [(span, 0, _minute(span.closes)) for span in of(day - timedelta(days=1)) if _goes_on(span)]
    return [(span, begins, ends if ends > begins else MIDNIGHT) for span, begins, ends in today] + over


def _goes_on(span: Span) -> bool:
    return 0 < _minute(span.closes) <= _minute(span.opens)


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)
