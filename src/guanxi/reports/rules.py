"""Pure decisions of counting: what an event adds, how durations are kept so that any days can be put together."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any
from uuid import UUID

from guanxi.events import Happened
from guanxi.reports.model import COUNTED, KEPT_IN, MISSED_IN, TIMED, WRAP_UP, Duration, Fact, Figure, Numbers, Report

FINE = 8  # buckets an octave: a duration is known to about six per cent, below eight seconds exactly
LONGEST = 2**25  # seconds, a little more than a year
SATISFIED = 4  # stars, of five


def facts_of(event: Happened) -> list[Fact]:
    """What this event adds to its day. An event carries all that is needed, so that its order does not matter."""
    payload = event.payload
    match event.kind:
        case "conversation.opened":
            return [] if payload.get("goes_on") else [Fact("opened")]  # it was, elsewhere
        case "conversation.reopened":
            return [Fact("reopened")]
        case "message.received":
            return [Fact("received")] if payload.get("author") == "contact" else []
        case "conversation.resolved":
            told = [Fact("resolved", _seconds(payload.get("lasted")), event.agent_id), *_kept(event)]
            if payload.get("unanswered") is True:
                told.append(Fact("abandoned"))
            if code := payload.get("wrap_up"):
                told.append(Fact(f"{WRAP_UP}{code}", None, event.agent_id))
            return told
        case "promise.missed":
            whose = UUID(payload["agent"]) if payload.get("agent") else None
            return [Fact("missed", None, whose), *_in_queue(MISSED_IN, event)]
        case "conversation.assigned" | "conversation.linked" | "conversation.accepted":
            return _moves(event)
        case "conversation.merged":
            return [Fact("merged", None, event.agent_id, len(payload.get("from", ())))]
        case "conversation.taken_apart":
            return [Fact("merged", None, event.agent_id, -len(payload.get("to", ())))]
        case "conversation.split":
            return [Fact("split", None, event.agent_id)]
        case "message.sent" if payload.get("author") == "agent":
            told = [Fact("sent", None, event.agent_id)]
            for measure in ("waited", "first_answered"):
                seconds = _seconds(payload.get(measure))
                if seconds is not None:
                    told.append(Fact(measure, seconds, event.agent_id))
            return told + _kept(event)
        case "message.sent":
            return [Fact("sent_by_bot")]
        case "conversation.rated":
            return [Fact("rated"), *([Fact("satisfied")] if payload.get("score", 0) >= SATISFIED else [])]
        case _:
            return []


def _kept(event: Happened) -> list[Fact]:
    kept = len(event.payload.get("kept", ()))
    return [Fact("kept", None, event.agent_id, kept), *_in_queue(KEPT_IN, event, kept)] if kept else []


def _in_queue(measure: str, event: Happened, count: int = 1) -> list[Fact]:
    queue = event.payload.get("queue")
    return [Fact(f"{measure}{queue}", count=count)] if queue else []


def _moves(event: Happened) -> list[Fact]:
    transfers = event.payload.get("transfers")
    is_given = event.kind == "conversation.assigned" and event.payload.get("to") and not event.payload.get("offered")
    told = [Fact("taken")] if is_given or event.kind == "conversation.accepted" else []
    if transfers:
        told.append(Fact("transferred", None, event.agent_id))
        if event.kind == "conversation.linked":
            told.append(Fact("moved", None, event.agent_id))
        elif event.payload.get("taken_from"):
            told.append(Fact("stepped_in", None, event.agent_id))
        if transfers == 1:
            told.append(Fact("passed_on"))
    return told


def quarter(at: datetime) -> datetime:
    """The quarter of an hour that this falls into, by its beginning: every clock of the world has the same ones."""
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)


SILENT_AT_LEAST = timedelta(hours=1)
HEARD_ENOUGH = 50  # in a week: below it nobody knows what is usual


def is_silent(heard_at: datetime | None, received: int, now: datetime) -> bool:
    """Has a channel been silent for an hour, and for ten times as long as it usually is? `received`: of the week before."""
    if heard_at is None or received < HEARD_ENOUGH:
        return False
    return now - heard_at > max(SILENT_AT_LEAST, 10 * timedelta(days=7) / received)


def _seconds(value: Any) -> int | None:
    return max(0, int(value)) if isinstance(value, int | float) else None


def bucket(seconds: int) -> int:
    """The bucket of a duration: exact below FINE, then FINE buckets for each doubling."""
    seconds = min(seconds, LONGEST)
    if seconds < FINE:
        return seconds
    octave = seconds.bit_length() - FINE.bit_length()
    return FINE * (octave + 1) + (seconds >> octave) - FINE


def middle(number: int) -> int:
    """The duration that a bucket stands for: the middle of what falls into it."""
    if number < FINE:
        return number
    octave, step = divmod(number - FINE, FINE)
    return ((FINE + step) << octave) + ((1 << octave) - 1) // 2


def add(to: Figure, count: int, seconds: int, spread: Sequence[int]) -> None:
    """Put a figure on top of another."""
    to.count += count
    to.seconds += seconds
    if spread:
        to.spread = [a + b for a, b in zip_longest(to.spread, spread, fillvalue=0)]


def add_fact(to: Figure, seconds: int | None, count: int = 1) -> None:
    """Count one thing; of what only counts, so many."""
    if seconds is None:
        to.count += count
        return
    at = bucket(seconds)
    to.count += 1
    to.seconds += seconds
    if len(to.spread) <= at:
        to.spread.extend([0] * (at + 1 - len(to.spread)))
    to.spread[at] += 1


def quantile(spread: Sequence[int], part: float) -> int | None:
    """The duration that `part` of all durations do not exceed, to its bucket; None for none."""
    left = sum(spread) * part
    if not left:
        return None
    for number, count in enumerate(spread):
        left -= count
        if left <= 0:
            return middle(number)
    return None


def duration(figure: Figure) -> Duration:
    timed = sum(figure.spread)  # what was counted before events knew how long has no duration
    return Duration(
        count=figure.count,
        mean=round(figure.seconds / timed) if timed else None,
        median=quantile(figure.spread, 0.5),
        p90=quantile(figure.spread, 0.9),
    )


def numbers(figures: Mapping[str, Figure]) -> Numbers:
    """Figures by measure as they are shown."""
    nothing = Figure()
    counts = {name: figures.get(name, nothing).count for name in COUNTED}
    times = {name: duration(figures.get(name, nothing)) for name in TIMED}
    return Numbers(**counts, **times)  # type: ignore[arg-type]


def as_csv(report: Report, by: str) -> bytes:
    """The report's table by day, channel or agent, for a spreadsheet: UTF-8 with a mark, durations in seconds."""
    rows: Iterable[tuple[Sequence[str], Numbers]]
    if by == "day":
        names, rows = ["day"], [([one.day.isoformat()], one.numbers) for one in report.days]
    elif by == "channel":
        names, rows = ["channel"], [([one.channel], one.numbers) for one in report.channels]
    else:
        names, rows = ["agent", "agent_id"], [([one.name, str(one.agent_id)], one.numbers) for one in report.agents]
    spent = (f"{name}_{part}" for name in TIMED for part in ("count", "mean_s", "median_s", "p90_s"))
    table: list[Sequence[object]] = [[*names, *COUNTED, *spent]]
    for first, its in rows:
        times = [getattr(its, name) for name in TIMED]
        counts = [getattr(its, name) for name in COUNTED]
        table.append(
            [*first, *counts, *(value for one in times for value in (one.count, one.mean, one.median, one.p90))]
        )
    return spreadsheet(table)


def spreadsheet(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as CSV that every spreadsheet reads: UTF-8 with a mark, and no cell that it takes for a formula."""
    told = io.StringIO()
    out = csv.writer(told)
    for row in rows:
        out.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return b"\xef\xbb\xbf" + told.getvalue().encode()


def _harmless(text: str) -> str:
    """A spreadsheet takes what begins so for a formula, and a name is whatever somebody chose."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def by_agent(rows: Iterable[Any]) -> dict[UUID, dict[str, Figure]]:
    """Rows (agent_id, measure, count, seconds, spread) put together."""
    found: dict[UUID, dict[str, Figure]] = {}
    for row in rows:
        figure = found.setdefault(row["agent_id"], {}).setdefault(row["measure"], Figure())
        add(figure, row["count"], row["seconds"], row["spread"])
    return found
