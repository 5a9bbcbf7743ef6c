"""All figures one after another, and the page that tells them: bin/bench all [--write] [NAME...]

With --write they go to docs/benchmarks.json and docs/benchmarks.md; figures that were not taken anew stay as they were.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from bench.rig.figure import Figure
from guanxi.infra.postgres_binaries import find_binaries

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "docs" / "benchmarks.json"
PAGE = ROOT / "docs" / "benchmarks.md"


class Goal(msgspec.Struct, frozen=True):
    """What a figure has to reach: `limit` at least, or at most."""

    words: str
    value: Callable[[Figure], float]
    at_least: bool
    limit: float

    def is_met(self, figure: Figure) -> bool:
        value = self.value(figure)
        return value >= self.limit if self.at_least else value <= self.limit


def _ratio(figure: Figure) -> float:
    assert figure.ratio is not None
    return figure.ratio


def _of(name: str) -> Callable[[Figure], float]:
    return lambda figure: float(figure.figures[name])


GOALS: Mapping[str, tuple[Goal, ...]] = {
    "ingest": (Goal("webhooks acknowledged durably, beside pgbench", _ratio, True, 0.8),),
    "pipeline": (Goal("messages threaded, beside pgbench", _ratio, True, 0.7),),
    "lanes": (Goal("claim p99 behind a hung inbox, beside without", _ratio, False, 2.0),),
    "isolation": (Goal("reply p99 beside a platform that hangs, beside without", _ratio, False, 1.2),),
    "routing": (Goal("one of 10,000 is given to one of 500, p99 in ms", _of("one_p99_ms"), False, 20),),
    "latency": (
        Goal("webhook to desk, p50 in ms", _of("desk_p50_ms"), False, 10),
        Goal("webhook to desk, p99 in ms", _of("desk_p99_ms"), False, 100),
        Goal("reply to platform, p50 in ms", _of("platform_p50_ms"), False, 20),
    ),
    "lists": (
        Goal("slowest list, p50 in ms", _of("slowest_p50_ms"), False, 5),
        Goal("slowest list, p99 in ms", _of("slowest_p99_ms"), False, 25),
    ),
    "search": (
        Goal("a page of ten million messages, p50 in ms over all kinds of queries", _of("p50_ms"), False, 20),
        Goal("p99 of the slowest kind of query, in ms", _of("worst_ms"), False, 150),
        Goal("recall, beside a plain scan", _of("recall"), True, 1.0),
    ),
    "desk": (
        Goal("longest task of a desk with 5,000 rows at 50 events/s, ms", _of("longest_task_ms"), False, 100),
        Goal("its main thread for each 1,000 messages, ms", _of("cpu_ms_per_1000"), False, 1600),
    ),
    "parse": (Goal("bodies a second and core, of the slowest channel", _of("slowest_bodies_per_s"), True, 5000),),
    "judging": (Goal("of the alarms of urgency, how many are right", _of("urgency_precision"), True, 0.85),),
    "public": (Goal("comments read, ten thousand authors under one post, beside a post each", _ratio, True, 0.8),),
    "footprint": (Goal("memory of the idle house, MB", _of("pss_mb"), False, 150),),
}


KEEPING = ("lists", "search")


class Taken(msgspec.Struct, frozen=True):
    """A figure and when it was taken."""

    on: str
    figure: Figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these figures")
    parser.add_argument("--write", action="store_true", help="write the page")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--quick", "--small", action="store_true", help="a few seconds each, to see that they run")
    parser.add_argument("--keep", metavar="DIR", help="a folder for what lists and search make, to measure it again")
    args = parser.parse_args()
    if unknown := set(args.names) - set(GOALS):
        sys.exit(f"bench: there is no figure {', '.join(sorted(unknown))}")
    taken = msgspec.json.decode(KEPT.read_bytes(), type=dict[str, Taken]) if KEPT.exists() else {}
    failed = 0
    for name in args.names or GOALS:
        words = [sys.executable, "-m", f"bench.{name}", "--json", *(["--quick"] if args.quick else [])]
        words += ["--keep", args.keep] if args.keep and name in KEEPING else []
        ran = subprocess.run(words, stdout=subprocess.PIPE, check=False)
        if ran.returncode:
            failed += 1
            continue
        figure = msgspec.json.decode(ran.stdout, type=Figure)
        taken[name] = Taken(datetime.now(UTC).strftime("%Y-%m-%d"), figure)
        print(msgspec.json.encode(figure).decode() if args.json else "\n".join(_verdicts(figure)), flush=True)
        if args.write:
            KEPT.parent.mkdir(exist_ok=True)
            KEPT.write_bytes(msgspec.json.format(msgspec.json.encode(taken), indent=1) + b"\n")
            PAGE.write_text(page(taken), encoding="utf-8")
    sys.exit(1 if failed else 0)


def _verdicts(figure: Figure) -> list[str]:
    return [
        f"{'met   ' if goal.is_met(figure) else 'MISSED'} {figure.bench}: {goal.words}: {goal.value(figure):g} (goal: {'≥' if goal.at_least else '≤'} {goal.limit:g})"
        for goal in GOALS[figure.bench]
    ]


def page(taken: Mapping[str, Taken]) -> str:
    """docs/benchmarks.md: the goals first, then every figure with its reference."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `bin/bench all --write`; take one anew with `bin/bench all --write NAME`, or only look with",
        "`bin/bench NAME [--json]`. The numbers themselves lie in [benchmarks.json](benchmarks.json).",
        "",
        "Every figure stands beside a reference that was taken in the same run, on the same machine, against the same",
        "PostgreSQL with the settings of `bin/guanxi up`: `fsync`, `synchronous_commit` and `full_page_writes` are on,",
        "and the rate at which this disk forces a page out is printed beside. Both sides work as the application's own",
        "roles with row-level security on. Runs come in pairs, ours and the reference in turn and first by turns; the",
        "ratio is the median of the pairs' ratios, and `[smallest, largest]` is the spread. Absolute numbers belong to",
        "the machine; compare ratios.",
        "",
        f"Machine: {_machine()}.",
        "",
        "| figure | goal | measured | |",
        "|---|---|---|---|",
    ]
    for name, goals in GOALS.items():
        for goal in goals:
            if name in taken:
                figure = taken[name].figure
                verdict = "met" if goal.is_met(figure) else "**missed**"
                sign = "≥" if goal.at_least else "≤"
                lines.append(f"| {name}: {goal.words} | {sign} {goal.limit:g} | {goal.value(figure):g} | {verdict} |")
    for name in GOALS:
        if name in taken:
            lines += _section(taken[name])
    return "\n".join(lines) + "\n"


def _section(taken: Taken) -> list[str]:
    figure = taken.figure
    said = (__import__(f"bench.{figure.bench}", fromlist=["measure"]).__doc__ or "").strip()
    lines = [
        "",
        f"## {figure.bench}",
        "",
        said,
        "",
        f"Taken on {taken.on}.",
        "",
        "| | ours | reference |",
        "|---|---|---|",
    ]
    plain = {name: value for name, value in figure.figures.items() if not isinstance(value, dict)}
    for name in [*plain, *(name for name in figure.reference if name not in plain)]:
        if name.endswith("_spread") and name != "ratio_spread":
            continue
        lines.append(f"| {_words(name)} | {_cell(plain, name)} | {_cell(figure.reference, name)} |")
    if figure.ratio is not None:
        lines.append(f"| **ratio** | **{figure.ratio:g}** | |")
    nested = {name: value for name, value in figure.figures.items() if isinstance(value, dict)}
    if nested:
        heads = list(next(iter(nested.values())))
        lines += ["", f"| | {' | '.join(_words(head) for head in heads)} |", "|---|" + "---|" * len(heads)]
        lines += [
            f"| {_words(name)} | {' | '.join(_value(row[head]) for head in heads)} |" for name, row in nested.items()
        ]
    return lines


def _words(name: str) -> str:
    return name.replace("_per_s", "/s").replace("_", " ")


def _cell(part: Mapping[str, Any], name: str) -> str:
    if name not in part:
        return ""
    spread = part.get(f"{name}_spread")
    return _value(part[name]) + (f" {_value(spread)}" if spread else "")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB, {platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, PostgreSQL {find_binaries().version}; load generators and database share the cores"
    )


if __name__ == "__main__":
    main()
