"""Times as Weibo writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from guanxi.channel_kit import Malformed

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def moment_of(written: str) -> datetime:
    """'Mon Jul 16 18:09:20 +0800 2012', whatever the language of this machine. Raises Malformed."""
    try:
        _, month, day, clock, zone, year = written.split()
        hours, minutes, seconds = (int(part) for part in clock.split(":"))
        sign = {"+": 1, "-": -1}[zone[0]]
        offset = timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5])))
        at = datetime(int(year), MONTHS.index(month) + 1, int(day), hours, minutes, seconds, tzinfo=offset)
        if not 2000 < at.year < 9000:
            raise ValueError(year)
        return at.astimezone(UTC)
    except (ValueError, KeyError, IndexError, OverflowError) as error:
        raise Malformed("created_at is not a time") from error


def written_at(at: datetime) -> str:
    """The same the other way: a time of UTC as Weibo writes it."""
    return f"{DAYS[at.weekday()]} {MONTHS[at.month - 1]} {at:%d %H:%M:%S} +0000 {at.year}"
