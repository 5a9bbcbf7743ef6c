"""What stands in an attribute, set against what a rule asks of it: words, numbers and days. Pure."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from guanxi.automation.model import OnAttribute

NUMBERS = ("equals", "below", "at_most", "above", "at_least")
DATES = ("before", "after")
SPANS = ("last_days", "next_days")


def is_whole(asked: OnAttribute) -> bool:
    """Does it say what it compares with?"""
    if asked.how in NUMBERS:
        return asked.number is not None
    if asked.how in DATES:
        return asked.day is not None
    if asked.how in SPANS:
        return asked.days is not None
    return asked.how != "contains" or bool(asked.any_of)


def compares(asked: OnAttribute, value: object, now: datetime | None, time_zone: str) -> bool:
    """Does it hold? What is no number or no day is neither below nor above, and its contrary does not hold either: nobody
    knows. Words that are not there are not among others."""
    text = "" if value is None else str(value).strip()
    if asked.how == "is":
        has = bool(text) and (not asked.any_of or plain(text) in {plain(one) for one in asked.any_of})
        return has is asked.holds
    if asked.how == "contains":
        return (bool(text) and any(plain(one) in plain(text) for one in asked.any_of)) is asked.holds
    met = _number(asked, text) if asked.how in NUMBERS else _day(asked, text, now, time_zone)
    return met is not None and met is asked.holds


def plain(text: str) -> str:
    """Wide and narrow, upper and lower case are the same."""
    return unicodedata.normalize("NFKC", text).casefold()


def _number(asked: OnAttribute, text: str) -> bool | None:
    if asked.number is None:
        return None
    try:
        value, other = Decimal(text), Decimal(str(asked.number))
    except InvalidOperation:
        return None
    if not value.is_finite() or not other.is_finite():
        return None
    match asked.how:
        case "below":
            return value < other
        case "at_most":
            return value <= other
        case "above":
            return value > other
        case "at_least":
            return value >= other
    return value == other


def _day(asked: OnAttribute, text: str, now: datetime | None, time_zone: str) -> bool | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    match asked.how:
        case "before":
            return None if asked.day is None else day < asked.day
        case "after":
            return None if asked.day is None else day > asked.day
    if now is None or asked.days is None:
        return None
    away = (day - now.astimezone(ZoneInfo(time_zone)).date()).days
    span = timedelta(days=asked.days).days
    return 0 <= away <= span if asked.how == "next_days" else 0 <= -away <= span
