"""By when something is due: the clocks of a conversation, from its facts, a policy and opening hours. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from guanxi.promises.hours import Hours, after, open_between
from guanxi.promises.model import IN_TIME, MISSED, WARNED, Clock, Facts, Policy, PolicyWishes, Promise

MOST_POLICIES = 50


def reckon(
    facts: Facts, policy: Policy | None, hours: Hours | None, clocks: Sequence[Clock], now: datetime
) -> list[Clock]:
    """The clocks as they have to be now, from those that there were.

    What was promised since a moment is reckoned from that moment, by the policy and the hours that hold now; what has
    been missed stays as it is. A matter that was settled keeps its clocks, and they go on when it is opened again.
    """
    if policy is None:
        return []
    before = {one.promise: one for one in clocks}
    answer: Promise = "next" if facts.was_answered else "first"
    answers: tuple[Promise, ...] = ("first", "next")
    found = [_answer(facts, policy, hours, before.get(one), one, one == answer) for one in answers]
    found.append(_resolve(facts, policy, hours, before.get("resolve"), now))
    return [one for one in found if one is not None]


def _answer(
    facts: Facts, policy: Policy, hours: Hours | None, before: Clock | None, promise: Promise, is_asked: bool
) -> Clock | None:
    """Runs while somebody waits. When he waits on since the same moment, it is the same clock."""
    target = minutes_of(policy, promise)
    if target is None:
        return None
    if facts.is_resolved:
        return None if before is None else _still(before)
    if facts.waiting_since is None or not is_asked:
        return None
    if before is None or before.since != facts.waiting_since:
        before = Clock(promise=promise, policy_id=policy.id, since=facts.waiting_since)
    return _running(before, policy, hours, target)


def _resolve(facts: Facts, policy: Policy, hours: Hours | None, before: Clock | None, now: datetime) -> Clock | None:
    """Runs until the matter is settled; where the policy pauses, only while the customer waits."""
    target = minutes_of(policy, "resolve")
    if target is None:
        return None
    runs = not facts.is_resolved and (facts.waiting_since is not None or not policy.pauses)
    since = facts.waiting_since or now
    if before is None:
        if not runs or facts.waiting_since is None:  # it begins with what the customer wants
            return None
        return _running(Clock(promise="resolve", policy_id=policy.id, since=since), policy, hours, target)
    if runs:
        if not before.runs:
            before = msgspec.structs.replace(before, since=max(before.since, since))
        return _running(before, policy, hours, target)
    if before.runs:
        spent = before.spent + open_for(hours, before.since, now).total_seconds()
        before = msgspec.structs.replace(before, spent=spent, since=max(before.since, now))
    return _still(before)


def _running(clock: Clock, policy: Policy, hours: Hours | None, minutes: int) -> Clock:
    if clock.missed_at is not None:
        return msgspec.structs.replace(clock, runs=True)
    share = {"amber_at": policy.amber_percent, "warn_at": policy.warn_percent, "due_at": 100}
    moments = {name: due(hours, clock.since, minutes * part * 0.6 - clock.spent) for name, part in share.items()}
    return msgspec.structs.replace(clock, runs=True, policy_id=policy.id, **moments)


def _still(clock: Clock) -> Clock:
    return msgspec.structs.replace(
        clock, runs=False, amber_at=None, warn_at=None, due_at=clock.due_at if clock.missed_at else None
    )


def minutes_of(policy: PolicyWishes, promise: Promise) -> int | None:
    """What is promised, in minutes."""
    minutes: int | None = getattr(policy, f"{promise}_minutes")
    return minutes


def due(hours: Hours | None, since: datetime, seconds: float) -> datetime | None:
    """When so many seconds of open time have passed since then; at once, when none are left. None: never within a year."""
    span = timedelta(seconds=seconds)
    if hours is None or span <= timedelta():
        return since + max(span, timedelta())
    return after(hours, since, span)


def open_for(hours: Hours | None, start: datetime, end: datetime) -> timedelta:
    """The open time from `start` to `end`."""
    return max(timedelta(), end - start) if hours is None else open_between(hours, start, end)


def pass_time(clocks: Sequence[Clock], now: datetime) -> tuple[list[Clock], list[Clock], list[Clock]]:
    """(the clocks as they are now, those to warn of, those that are missed): each is told once. What is late is not
    warned of any more."""
    after_it: list[Clock] = []
    warned: list[Clock] = []
    missed: list[Clock] = []
    for clock in clocks:
        told = clock
        if not clock.runs or clock.missed_at is not None or clock.due_at is None:
            pass
        elif clock.due_at <= now:
            told = msgspec.structs.replace(clock, missed_at=now)
            missed.append(told)
        elif clock.warned_at is None and clock.warn_at is not None and clock.warn_at <= now:
            told = msgspec.structs.replace(clock, warned_at=now)
            warned.append(told)
        after_it.append(told)
    return after_it, warned, missed


def next_moment(clocks: Sequence[Clock]) -> datetime | None:
    """When time changes something next."""
    moments = [
        one.due_at if one.warned_at is not None or one.warn_at is None else min(one.warn_at, one.due_at)
        for one in clocks
        if one.runs and one.missed_at is None and one.due_at is not None
    ]
    return min(moments, default=None)


def due_first(clocks: Sequence[Clock]) -> datetime | None:
    """What is due first, or is the longest overdue."""
    return min((one.due_at for one in clocks if one.runs and one.due_at is not None), default=None)


def state_of(clocks: Sequence[Clock]) -> int:
    """How the worst of the running clocks stands."""
    running = [one for one in clocks if one.runs]
    if any(one.missed_at is not None for one in running):
        return MISSED
    return WARNED if any(one.warned_at is not None for one in running) else IN_TIME


def never_opens(hours: Hours, now: datetime) -> bool:
    """Would nothing ever be due by these?"""
    return after(hours, now, timedelta(minutes=1)) is None


def together(of_each: Sequence[Sequence[Any]], waiting_since: datetime | None, was_answered: bool) -> list[Clock]:
    """The clocks of conversations that become one. What was promised to who has waited longest is promised on, as the
    answer that is asked for now: a wait that was warned of, or missed, is not told of once more."""
    clocks = [msgspec.convert(one, Clock) for each in of_each for one in each]
    asked: Promise = "next" if was_answered else "first"
    answers = [one for one in clocks if one.promise != "resolve" and one.since == waiting_since]
    settling = [one for one in clocks if one.promise == "resolve"]
    found = [msgspec.structs.replace(_worst(answers), promise=asked)] if answers else []
    return [*found, _worst(settling)] if settling else found


def moments(clocks: Sequence[Clock]) -> dict[str, Any]:
    """What the row of a conversation with these clocks says of time, by its columns."""
    return {"due_at": due_first(clocks), "promise_at": next_moment(clocks), "promise_state": state_of(clocks)}


def _worst(clocks: Sequence[Clock]) -> Clock:
    """The one that has been missed, or warned of; else the one that has run for longest."""
    return min(clocks, key=lambda one: (one.missed_at is None, one.warned_at is None, not one.runs, one.since))
