"""The clocks of a conversation against a plain count of open minutes, whatever happens, over clock changes and years."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from guanxi.promises import Clock, DaySpan, Facts, Hours, Policy, is_open, pass_time, reckon

MINUTE = timedelta(minutes=1)
EVER = datetime(2000, 1, 1, tzinfo=UTC)


def hours_of(zone: str, opens: str, closes: str, days: list[int]) -> Hours:
    week = [DaySpan(day=day, opens=opens, closes=closes) for day in days]  # type: ignore[arg-type]
    return Hours(id=UUID(int=1), name="h", time_zone=zone, week=week, holidays=[], version=1)


def policy_of(first: int | None, following: int | None, resolve: int | None, *, pauses: bool) -> Policy:
    return Policy(
        id=UUID(int=2), name="p", version=1, is_default=True, pauses=pauses,
        first_minutes=first, next_minutes=following, resolve_minutes=resolve,
    )  # fmt: skip


def counted(hours: Hours | None, start: datetime, end: datetime) -> int:
    """Open minutes, each looked at by itself."""
    minutes = int((end - start) / MINUTE)
    return sum(hours is None or is_open(hours, start + n * MINUTE) for n in range(minutes))


def due_by_counting(hours: Hours | None, start: datetime, minutes: int) -> datetime:
    at = start
    while minutes > 0:
        minutes -= hours is None or is_open(hours, at)
        at += MINUTE
    return at


@dataclass
class Talk:
    """A conversation as the rules see it, and beside it what a plain person would note down."""

    now: datetime
    hours: Hours | None
    policy: Policy
    waiting_since: datetime | None = None
    was_answered: bool = False
    is_resolved: bool = False
    clocks: list[Clock] = field(default_factory=list)
    unanswered: datetime | None = None
    spent: int = 0
    running_since: datetime | None = None
    ever: bool = False
    told: list[tuple[str, str, datetime]] = field(default_factory=list)

    def settle(self) -> None:
        facts = Facts(is_resolved=self.is_resolved, waiting_since=self.waiting_since, was_answered=self.was_answered)
        self.clocks = reckon(facts, self.policy, self.hours, self.clocks, self.now)
        runs = not self.is_resolved and (self.waiting_since is not None or (self.ever and not self.policy.pauses))
        self.ever = self.ever or self.waiting_since is not None
        if runs and self.running_since is None:
            self.running_since = self.now
        elif not runs and self.running_since is not None:
            self.spent += counted(self.hours, self.running_since, self.now)
            self.running_since = None

    def passes(self, minutes: int) -> None:
        """The time keeper looks at the end of it, twice."""
        self.now += minutes * MINUTE
        for _ in range(2):
            self.clocks, warned, missed = pass_time(self.clocks, self.now)
            self.told += [("warned", one.promise, one.since) for one in warned if one.promise != "resolve"]
            self.told += [("missed", one.promise, one.since) for one in missed if one.promise != "resolve"]
            self.told += [("missed", one.promise, EVER) for one in missed if one.promise == "resolve"]

    def does(self, what: str) -> None:
        if what == "contact" and self.waiting_since is None:
            self.is_resolved, self.waiting_since = False, self.now
            self.unanswered = self.unanswered or self.now
        elif what == "agent" and not self.is_resolved:
            self.waiting_since = self.unanswered = None
            self.was_answered = True
        elif what == "resolve":
            self.is_resolved, self.waiting_since = True, None
        elif what == "undo" and self.is_resolved:
            self.is_resolved, self.waiting_since = False, self.unanswered
        self.settle()

    def check(self) -> None:
        assert len(self.told) == len(set(self.told)), "told twice"
        running = {one.promise: one for one in self.clocks if one.runs}
        answer = "next" if self.was_answered else "first"
        target = getattr(self.policy, f"{answer}_minutes")
        expected: dict[str, datetime] = {}
        if self.waiting_since is not None and target is not None:
            expected[answer] = due_by_counting(self.hours, self.waiting_since, target)
        if self.running_since is not None and self.policy.resolve_minutes is not None:
            left = self.policy.resolve_minutes - self.spent
            expected["resolve"] = due_by_counting(self.hours, self.running_since, left)
        assert running.keys() == expected.keys()
        for promise, due_at in expected.items():
            if running[promise].missed_at is None:
                assert running[promise].due_at == due_at


WEEKS = [list(range(7)), list(range(5)), [1, 3, 6]]
SOME_HOURS = st.none() | st.builds(
    hours_of,
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Shanghai"]),
    st.sampled_from(["00:00", "01:30", "09:00"]),
    st.sampled_from(["02:30", "12:15", "18:00", "24:00"]),
    st.sampled_from(WEEKS),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["contact", "contact", "agent", "bot", "resolve", "undo", "hours", "policy"]),
        st.integers(0, 900), SOME_HOURS, st.integers(5, 200),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    start=st.sampled_from(["2026-10-24T15:00", "2026-03-28T22:00", "2026-11-01T03:00", "2026-12-31T20:00"]),
    hours=SOME_HOURS,
    pauses=st.booleans(),
    steps=STEPS,
)
def test_whatever_happens_what_is_due_is_what_counting_open_minutes_gives(
    start: str, hours: Hours | None, pauses: bool, steps: list[tuple[str, int, Any, int]]
) -> None:
    now = datetime.fromisoformat(start).replace(tzinfo=UTC)
    talk = Talk(now, hours, policy_of(60, 30, 180, pauses=pauses))
    for what, minutes, other, target in steps:
        talk.passes(minutes)
        if what == "hours":
            talk.hours = other
        elif what == "policy":
            talk.policy = policy_of(target, None if target % 7 == 0 else target * 2, target * 3, pauses=pauses)
        talk.does(what)
        talk.check()


def test_a_promise_over_a_night_in_which_clocks_change_has_an_hour_less_or_more() -> None:
    berlin = hours_of("Europe/Berlin", "00:00", "24:00", list(range(7)))
    talk = Talk(datetime(2026, 3, 28, 22, 0, tzinfo=UTC), berlin, policy_of(240, None, None, pauses=True))
    talk.does("contact")
    assert talk.clocks[0].due_at == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)  # 23:00 in winter, 4:00 in summer
    shop = hours_of("Europe/Berlin", "09:00", "17:00", list(range(7)))
    for evening, opens in (("2026-03-28T15:50", "2026-03-29T07:10"), ("2026-10-24T14:50", "2026-10-25T08:10")):
        talk = Talk(datetime.fromisoformat(evening).replace(tzinfo=UTC), shop, policy_of(20, None, None, pauses=True))
        talk.does("contact")
        assert talk.clocks[0].due_at == datetime.fromisoformat(opens).replace(tzinfo=UTC)


def test_hours_that_never_open_promise_nothing_and_a_clock_survives_years() -> None:
    never = hours_of("Asia/Tokyo", "09:00", "18:00", [])
    talk = Talk(datetime(2026, 11, 22, 10, 0, tzinfo=UTC), never, policy_of(5, 5, 5, pauses=True))
    talk.does("contact")
    talk.passes(10_000)
    assert [(one.promise, one.due_at) for one in talk.clocks] == [("first", None), ("resolve", None)]
    assert talk.told == []
    talk = Talk(datetime(2026, 11, 22, 10, 0, tzinfo=UTC), None, policy_of(None, None, 300, pauses=True))
    for _ in range(3):  # three years, an hour of each is ours
        talk.does("contact")
        talk.passes(60)
        talk.does("agent")
        talk.passes(365 * 24 * 60)
    talk.does("contact")
    assert talk.clocks[0].due_at == talk.now + timedelta(minutes=120)
