"""What stands in an attribute is compared with what a rule asks, as its kind allows; what is no number or day is never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as any_of

from guanxi.automation.comparing import compares, is_whole
from guanxi.automation.model import Condition, OnAttribute
from guanxi.automation.saying import filled

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)  # half past eleven at night in Shanghai
NUMBERS = any_of.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=3)
DAYS = any_of.dates(min_value=date(1990, 1, 1), max_value=date(2060, 1, 1))


def holds(value: object, how: str, zone: str = "Asia/Shanghai", **more: Any) -> bool:
    return compares(msgspec.convert({"name": "x", "how": how, "on": "attribute"} | more, OnAttribute), value, NOW, zone)


@given(NUMBERS, NUMBERS)
def test_of_two_numbers_exactly_one_is_below_equal_or_above(value: Any, other: Any) -> None:
    text, number = str(value), float(other)
    below, equal, above = (holds(text, how, number=number) for how in ("below", "equals", "above"))
    assert [below, equal, above].count(True) == 1
    assert holds(text, "at_most", number=number) is (below or equal)
    assert holds(text, "at_least", number=number) is (above or equal)
    assert holds(text, "equals", number=number, holds=False) is not equal
    assert (below, above) == (value < other, value > other)


@given(DAYS, DAYS)
def test_a_day_is_before_or_after_another_or_it_is_that_day(value: date, other: date) -> None:
    text, day = value.isoformat(), other.isoformat()
    assert holds(text, "before", day=day) is (value < other)
    assert holds(text, "after", day=day) is (value > other)


@given(any_of.integers(-3000, 3000), any_of.integers(0, 3000))
def test_a_day_is_within_so_many_days_by_the_workspaces_clocks(away: int, days: int) -> None:
    there = (date(2026, 11, 22) + timedelta(days=away)).isoformat()
    assert holds(there, "next_days", days=days) is (0 <= away <= days)
    assert holds(there, "last_days", days=days) is (-days <= away <= 0)


def test_today_is_where_the_workspace_is() -> None:
    assert holds("2026-11-23", "last_days", zone="Pacific/Auckland", days=0)  # there it is tomorrow already
    assert not holds("2026-11-23", "last_days", days=0)


@given(
    any_of.one_of(any_of.none(), any_of.sampled_from(["", "  ", "gold", "12 pieces", "NaN", "Infinity", "1990-13-40"]))
)
def test_what_is_no_number_and_no_day_is_neither_so_nor_not_so(value: str | None) -> None:
    for yes in (True, False):
        for how in ("equals", "below", "at_most", "above", "at_least"):
            assert not holds(value, how, number=1, holds=yes)
        for how in ("before", "after"):
            assert not holds(value, how, day="2026-01-01", holds=yes)
        for how in ("last_days", "next_days"):
            assert not holds(value, how, days=10, holds=yes)


def test_words_are_the_same_or_stand_in_others_whatever_their_width_and_case() -> None:
    assert holds("Ｇｏｌｄ", "is", any_of=["silver", "gold"])
    assert holds("a GOLD member", "contains", any_of=["gold"])
    assert not holds("a GOLD member", "is", any_of=["gold"])
    assert holds(None, "contains", any_of=["gold"], holds=False)
    assert holds("anything", "is")
    assert holds("", "is", holds=False)


def test_rules_that_were_kept_before_mean_what_they_meant() -> None:
    old = msgspec.json.decode(b'{"on":"attribute","name":"level","any_of":["gold"],"holds":false}', type=Condition)
    assert isinstance(old, OnAttribute)
    assert compares(old, "silver", NOW, "UTC")
    assert not compares(old, "gold", NOW, "UTC")
    assert is_whole(old)
    assert not is_whole(OnAttribute(name="x", how="below"))


@given(any_of.text(alphabet="{}|. contactname有", max_size=60))
def test_what_a_customer_is_called_is_never_read_as_a_variable(name: str) -> None:
    said, missing = filled("A {{contact.name|you}} B {{agent.name}}", {"contact.name": name})
    assert said == f"A {name.strip() or 'you'} B {{{{agent.name}}}}"
    assert missing == ["agent.name"]
