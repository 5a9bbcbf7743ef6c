"""How a figure is told: one JSON object, or the same for people; and what pairs of runs amount to."""

from __future__ import annotations

import argparse
import asyncio
import inspect
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import msgspec
import uvloop

PAIRS = 7


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A measured figure. `ratio` is ours by the reference's, None where the figure is no comparison."""

    bench: str
    figures: dict[str, Any]
    reference: dict[str, Any]
    ratio: float | None


class Missed(Exception):
    """What was measured is not what was meant: rows are missing, an order is broken, a program is not here."""


Measure = Callable[
    ..., Coroutine[Any, Any, Figure]
]  # of `quick`, and of `keep` where a figure needs much to be made first


def run(measure: Measure) -> None:
    """Measure and print. `--quick` takes a few seconds and proves only that the figure can be taken."""
    keeps = "keep" in inspect.signature(measure).parameters
    parser = argparse.ArgumentParser(description=sys.modules[measure.__module__].__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--quick", "--small", action="store_true", help="a few seconds, to see that it runs")
    if keeps:
        parser.add_argument("--keep", type=Path, metavar="DIR", help="keep what was made to measure it again")
    args = parser.parse_args()
    try:
        figure = taken(measure, quick=args.quick, **({"keep": args.keep} if keeps else {}))
    except Missed as missed:
        sys.exit(f"bench: {missed}")
    print(msgspec.json.encode(figure).decode() if args.json else told(figure))


def taken(measure: Measure, *, quick: bool = False, **more: Any) -> Figure:
    """Measure once, in an event loop like the house's own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measure(quick, **more))


def told(figure: Figure) -> str:
    """The figure in lines."""
    lines = [figure.bench]
    for title, part in (("ours", figure.figures), ("reference", figure.reference)):
        lines += [f"  {title}", *(f"    {name}: {_said(value)}" for name, value in part.items())]
    if figure.ratio is not None:
        lines.append(f"  ratio: {figure.ratio}")
    return "\n".join(lines)


def _said(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_said(one) for one in value) + "]"
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


async def pairs(
    many: int, ours: Callable[[], Awaitable[float]], reference: Callable[[], Awaitable[float]]
) -> tuple[list[float], list[float]]:
    """Ours and the reference in turn, `many` times each; which of them goes first changes from pair to pair."""
    both: tuple[list[float], list[float]] = ([], [])
    for n in range(many):
        for which in (0, 1) if n % 2 == 0 else (1, 0):
            both[which].append(await (ours, reference)[which]())
        say(f"pair {n + 1} of {many}: {both[0][-1]:,.1f} beside {both[1][-1]:,.1f}")
    return both


def say(text: str) -> None:
    """Progress, for whoever waits at a terminal."""
    if sys.stderr.isatty():
        print(f"  {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def spread(name: str, values: Sequence[float], digits: int = 1) -> dict[str, Any]:
    """{name: the median, name_spread: [smallest, largest]}."""
    return {
        name: round(statistics.median(values), digits),
        f"{name}_spread": [round(min(values), digits), round(max(values), digits)],
    }


def ratios(ours: Sequence[float], reference: Sequence[float]) -> tuple[float, dict[str, Any]]:
    """The median of the pairs' ratios, and {pairs, ratio_spread}."""
    each = [one / other for one, other in zip(ours, reference, strict=True)]
    return round(statistics.median(each), 3), {
        "pairs": len(each),
        "ratio_spread": [round(min(each), 3), round(max(each), 3)],
    }


def part(values: Sequence[float], at: float) -> float:
    """The value below which the share `at` of them lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(len(ordered) * at * 1000) // 1000) - 1))]
