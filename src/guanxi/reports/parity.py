"""Are the channels served alike? Each is held against all others together, and chance has its say.

Durations are compared by rank (Mann and Whitney, with ties, for the rows keep them in buckets), so that a few very long ones
decide nothing; shares by the difference of two proportions. Every comparison of the table is one throw more, so its p-values
are corrected together (Holm): where all channels are equal, a table that says otherwise comes up in at most one of twenty.
Each answer counts as a throw of its own; a bad hour that hit one channel only is a difference, not chance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import Literal

import msgspec

from guanxi.reports.model import Duration, Figure
from guanxi.reports.rules import add, duration, spreadsheet

LEVEL = 0.05
ENOUGH = 30  # on either side; below it we say so
EXPECTED = 5  # of what is rarer, on either side
Verdict = Literal["equal", "differs", "too_few"]
Measure = Literal["waited", "first_answered", "resolved", "passed_on", "solved_at_once", "satisfied"]
TIMES: tuple[Measure, ...] = ("waited", "first_answered", "resolved")
# what is counted, of how many
SHARES: Mapping[Measure, tuple[str, str]] = {
    "passed_on": ("passed_on", "opened"),
    "solved_at_once": ("reopened", "resolved"),  # the others of them
    "satisfied": ("satisfied", "rated"),
}


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of a channel beside all others. `p` is corrected for the whole table; `longer` is how often of a hundred
    it takes longer here than there (50: alike), or for shares so many in a hundred more, or (negative) fewer."""

    measure: Measure
    verdict: Verdict
    p: float | None
    longer: float | None


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """How one channel is served. `agents` have answered on it; staffing is a fact and no sample, so it is shown and not
    tested. `passed_on`: conversations whose customer was passed on at least once; `transferred`: how often in all, of
    which a supervisor took over (`stepped_in`), or the talk went on at another place (`moved`). `solved_at_once`: resolved
    and not opened again; `satisfied`: with four stars or five, of those who `rated`."""

    channel: str
    agents: int
    received: int
    opened: int
    waited: Duration
    first_answered: Duration
    resolved: Duration
    passed_on: int
    transferred: int
    stepped_in: int
    moved: int
    solved_at_once: int
    rated: int
    satisfied: int
    compared: Sequence[Compared]


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """All channels side by side over whole days, and whether they are equal within what chance allows. `whole`: all of
    them together, under no name."""

    time_zone: str
    first: date
    last: date
    verdict: Verdict
    level: float
    whole: Served
    channels: Sequence[Served]


def by_rank(here: Sequence[int], there: Sequence[int]) -> tuple[float, float]:
    """(p, how often of a hundred it takes longer here), of two spreads by bucket."""
    n, m = sum(here), sum(there)
    before, ranks, ties = 0, 0.0, 0
    for a, b in zip_longest(here, there, fillvalue=0):
        both = a + b
        ranks += a * (before + (both + 1) / 2)
        ties += both**3 - both
        before += both
    above = ranks - n * (n + 1) / 2
    spread = n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1)))
    off = max(0.0, abs(above - n * m / 2) - 0.5)
    return (math.erfc(off / math.sqrt(2 * spread)) if spread > 0 else 1.0), 100 * above / (n * m)


def by_share(k: int, n: int, others: int, of: int) -> tuple[float, float]:
    """(p, so many in a hundred more here), of k in n here and `others` in `of` there."""
    both = (k + others) / (n + of)
    spread = both * (1 - both) * (1 / n + 1 / of)
    off = k / n - others / of
    return (math.erfc(abs(off) / math.sqrt(2 * spread)) if spread > 0 else 1.0), 100 * off


def holm(ps: Sequence[float]) -> list[float]:
    """Each p-value as it stands among all of them."""
    corrected, most = [0.0] * len(ps), 0.0
    for place, at in enumerate(sorted(range(len(ps)), key=lambda at: ps[at])):
        most = max(most, min(1.0, ps[at] * (len(ps) - place)))
        corrected[at] = most
    return corrected


def compare(channels: Mapping[str, Mapping[str, Figure]]) -> dict[str, list[Compared]]:
    """Each channel beside all others, by the figures of its measures."""
    told: list[tuple[str, Measure, tuple[float, float] | None]] = []
    for name, its in channels.items():
        others = [one for other, one in channels.items() if other != name]
        for measure in TIMES:
            rest = Figure()
            for one in others:
                figure = one.get(measure, Figure())
                add(rest, figure.count, figure.seconds, figure.spread)
            spread = its.get(measure, Figure()).spread
            enough = min(sum(spread), sum(rest.spread)) >= ENOUGH
            told.append((name, measure, by_rank(spread, rest.spread) if enough else None))
        told += [(name, measure, _share(measure, its, others)) for measure in SHARES]
    corrected = iter(holm([found[0] for _, _, found in told if found]))
    compared: dict[str, list[Compared]] = {name: [] for name in channels}
    for name, measure, found in told:
        p = next(corrected) if found else None
        verdict: Verdict = "too_few" if p is None else "differs" if p < LEVEL else "equal"
        longer = round(found[1], 1) if found else None
        compared[name].append(
            Compared(measure=measure, verdict=verdict, p=None if p is None else round(p, 4), longer=longer)
        )
    return compared


def counted(measure: Measure, its: Mapping[str, Figure]) -> tuple[int, int]:
    """So many of how many. What was passed on, or opened again, today may be of before the period: never more than all."""
    part, of = (its.get(name, Figure()).count for name in SHARES[measure])
    part = min(part, of)
    return (of - part if measure == "solved_at_once" else part), of


def _share(
    measure: Measure, its: Mapping[str, Figure], others: Sequence[Mapping[str, Figure]]
) -> tuple[float, float] | None:
    k, n = counted(measure, its)
    there = [counted(measure, one) for one in others]
    rest, of = sum(one[0] for one in there), sum(one[1] for one in there)
    if min(n, of) < ENOUGH:
        return None
    rarer = min(k + rest, n + of - k - rest)
    if rarer and rarer / (n + of) * min(n, of) < EXPECTED:
        return None
    return by_share(k, n, rest, of)


def together(channels: Mapping[str, Mapping[str, Figure]]) -> dict[str, Figure]:
    """The figures of all channels put together."""
    whole: dict[str, Figure] = {}
    for its in channels.values():
        for measure, one in its.items():
            add(whole.setdefault(measure, Figure()), one.count, one.seconds, one.spread)
    return whole


def parity(
    channels: Mapping[str, Mapping[str, Figure]],
    agents: Mapping[str, int],
    *,
    everybody: int = 0,
    time_zone: str,
    first: date,
    last: date,
) -> Parity:
    """All channels side by side, from their figures by measure and how many agents have answered on each, and anywhere."""
    compared = compare(channels)
    verdicts = {one.verdict for its in compared.values() for one in its}
    verdict: Verdict = "differs" if "differs" in verdicts else "equal" if "equal" in verdicts else "too_few"
    return Parity(
        time_zone=time_zone,
        first=first,
        last=last,
        verdict=verdict,
        level=LEVEL,
        whole=_served("", together(channels), everybody, ()),
        channels=[_served(name, its, agents.get(name, 0), compared[name]) for name, its in sorted(channels.items())],
    )


def _served(channel: str, its: Mapping[str, Figure], agents: int, compared: Sequence[Compared]) -> Served:
    nothing = Figure()
    return Served(
        channel=channel,
        agents=agents,
        received=its.get("received", nothing).count,
        opened=its.get("opened", nothing).count,
        waited=duration(its.get("waited", nothing)),
        first_answered=duration(its.get("first_answered", nothing)),
        resolved=duration(its.get("resolved", nothing)),
        passed_on=its.get("passed_on", nothing).count,
        transferred=its.get("transferred", nothing).count,
        stepped_in=its.get("stepped_in", nothing).count,
        moved=its.get("moved", nothing).count,
        solved_at_once=counted("solved_at_once", its)[0],
        rated=its.get("rated", nothing).count,
        satisfied=counted("satisfied", its)[0],
        compared=compared,
    )


def table(found: Parity) -> bytes:
    """The same for a spreadsheet, a line each channel, durations in seconds."""
    times, shares = [*TIMES], [*SHARES]
    head = ["channel", "agents", "received", "opened", *(f"{one}_median_s" for one in times), "transferred", "stepped_in",
            "moved", "passed_on", "resolved", "solved_at_once", "rated", "satisfied"]  # fmt: skip
    for measure in (*times, *shares):
        head += [f"{measure}_verdict", f"{measure}_p", f"{measure}_longer_or_more"]
    rows: list[Sequence[object]] = [head]
    for one in found.channels:
        medians = [one.waited.median, one.first_answered.median, one.resolved.median]
        line: list[object] = [one.channel, one.agents, one.received, one.opened, *medians, one.transferred, one.stepped_in,
                              one.moved, one.passed_on, one.resolved.count, one.solved_at_once, one.rated, one.satisfied]  # fmt: skip
        for it in one.compared:
            line += [it.verdict, it.p, it.longer]
        rows.append(line)
    return spreadsheet(rows)
