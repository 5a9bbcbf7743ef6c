"""Opening hours in local time, across midnight, clock changes and holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi.promises import DaySpan, Holiday, Hours, Span, after, is_open, next_opening, open_between


def hours(*spans: tuple[int, str, str], zone: str = "Asia/Shanghai", holidays: list[Holiday] | None = None) -> Hours:
    week = [DaySpan(day=day, opens=opens, closes=closes) for day, opens, closes in spans]  # type: ignore[arg-type]
    return Hours(id=UUID(int=1), name="h", time_zone=zone, week=week, holidays=holidays or [], version=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


WEEK = [(day, "09:00", "18:00") for day in range(5)]
SHOP = hours(*WEEK, holidays=[Holiday(date=date(2026, 11, 25)), Holiday(date=date(2026, 11, 28), spans=[Span(opens="10:00", closes="12:00")])])  # fmt: skip


@pytest.mark.parametrize(("moment", "opened", "opens"), [
    ("2026-11-23T08:59:59+08:00", False, "2026-11-23T09:00+08:00"),
    ("2026-11-23T09:00+08:00", True, "2026-11-24T09:00+08:00"),
    ("2026-11-23T18:00+08:00", False, "2026-11-24T09:00+08:00"),
    ("2026-11-24T20:00+08:00", False, "2026-11-26T09:00+08:00"),  # over a holiday
    ("2026-11-27T20:00+08:00", False, "2026-11-28T10:00+08:00"),  # a Saturday that is open for once
    ("2026-11-28T13:00+08:00", False, "2026-11-30T09:00+08:00"),
])  # fmt: skip
def test_it_is_open_by_the_local_clock_and_says_when_it_opens_next(moment: str, opened: bool, opens: str) -> None:
    assert is_open(SHOP, at(moment)) is opened
    assert next_opening(SHOP, at(moment)) == at(opens)


def test_a_night_shift_goes_on_past_midnight() -> None:
    night = hours((4, "22:00", "06:00"))
    assert is_open(night, at("2026-11-28T05:59+08:00"))
    assert not is_open(night, at("2026-11-28T06:00+08:00"))
    assert open_between(night, at("2026-11-27T00:00+08:00"), at("2026-11-29T00:00+08:00")) == timedelta(hours=8)


def test_a_day_of_the_clock_change_has_as_many_hours_as_it_has() -> None:
    always = hours(*[(day, "00:00", "24:00") for day in range(7)], zone="Europe/Berlin")
    spring, autumn = at("2026-03-29T00:00+01:00"), at("2026-10-25T00:00+02:00")
    assert open_between(always, spring, at("2026-03-30T00:00+02:00")) == timedelta(hours=23)
    assert open_between(always, autumn, at("2026-10-26T00:00+01:00")) == timedelta(hours=25)
    morning = hours((6, "01:30", "05:00"), zone="Europe/Berlin")  # two o'clock becomes three
    assert open_between(morning, spring, spring + timedelta(days=1)) == timedelta(hours=2, minutes=30)
    skipped = hours((6, "02:30", "05:00"), zone="Europe/Berlin")  # opens at a time that there is not
    assert next_opening(skipped, spring) == at("2026-03-29T03:30+02:00")


def test_four_open_hours_from_friday_afternoon_end_on_monday() -> None:
    assert after(SHOP, at("2026-11-20T16:00+08:00"), timedelta(hours=4)) == at("2026-11-23T11:00+08:00")
    assert after(SHOP, at("2026-11-21T12:00+08:00"), timedelta()) == at("2026-11-23T09:00+08:00")


def test_hours_that_never_open_promise_nothing() -> None:
    never = hours()
    assert next_opening(never, at("2026-11-23T09:00+08:00")) is None
    assert after(never, at("2026-11-23T09:00+08:00"), timedelta(minutes=1)) is None
    assert open_between(never, at("2026-01-01T00:00+08:00"), at("2027-01-01T00:00+08:00")) == timedelta()


ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
CLOCKS = st.integers(0, 24 * 12).map(lambda n: f"{n // 12:02}:{n % 12 * 5:02}")
SPANS = st.lists(st.tuples(st.integers(0, 6), CLOCKS.filter(lambda c: c != "24:00"), CLOCKS), min_size=1, max_size=6)


@given(SPANS, st.sampled_from(ZONES), st.integers(0, 366 * 24 * 60), st.integers(0, 72 * 60))
def test_the_moment_after_so_much_open_time_has_that_much_before_it(
    spans: list[tuple[int, str, str]], zone: str, minute: int, much: int
) -> None:
    place, start = hours(*spans, zone=zone), at("2026-01-01T00:00+00:00") + timedelta(minutes=minute)
    ends = after(place, start, timedelta(minutes=much))
    if ends is None:
        assert open_between(place, start, start + timedelta(days=366)) < timedelta(minutes=much)
        return
    assert open_between(place, start, ends) == timedelta(minutes=much)
    if much:
        assert is_open(place, ends - timedelta(microseconds=1))


@given(SPANS, st.sampled_from(ZONES), st.integers(0, 366 * 24 * 60))
def test_what_opens_next_is_open_then_and_was_not_a_moment_before_unless_it_is_open_now(
    spans: list[tuple[int, str, str]], zone: str, minute: int
) -> None:
    place, now = hours(*spans, zone=zone), at("2026-01-01T00:00+00:00") + timedelta(minutes=minute)
    opens = next_opening(place, now)
    assert opens is not None
    assert is_open(place, opens)
    assert not is_open(place, opens - timedelta(microseconds=1))
