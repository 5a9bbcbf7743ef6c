"""`parity`: are all channels served alike? Side by side, with a statement of what chance allows."""

from __future__ import annotations

import argparse
from datetime import date, timedelta

import msgspec

from guanxi import reports, views
from guanxi.commands.begin import Command, database, run, say, settings_of, where
from guanxi.house import House, open_house
from guanxi.reports import Duration, Parity

USUAL_DAYS = 28
MARKS = {"equal": " ", "differs": "!", "too_few": "?"}
HEADS = (
    "channel", "agents", "messages", "opened", "wait (half in)", "first answer", "hand-overs", "taken over", "moved",
    "passed on", "resolution", "at once", "satisfied",
)  # fmt: skip
NAMES = {
    "waited": "wait", "first_answered": "first answer", "resolved": "resolution", "passed_on": "passed on",
    "solved_at_once": "solved at once", "satisfied": "satisfied",
}  # fmt: skip
HOW = {"passed_on": "are passed on", "solved_at_once": "are solved at once", "satisfied": "are satisfied"}


def add(command: Command) -> None:
    one = where(command("parity", _parity, "print whether all channels are served alike, and what chance allows"))
    one.add_argument("--workspace", metavar="NUMBER|ID", help="which workspace (default: each of them)")
    one.add_argument(
        "--first", type=date.fromisoformat, metavar="YYYY-MM-DD", help="default: four weeks before the last"
    )
    one.add_argument("--last", type=date.fromisoformat, metavar="YYYY-MM-DD", help="default: today")
    one.add_argument("--json", action="store_true", help="one JSON object for each workspace, a line each")


def _parity(args: argparse.Namespace) -> int:
    settings = settings_of(args)

    async def work() -> int:
        async with database(settings) as (server, _), open_house(settings, server, wakes={}) as house:
            await _print(house, args)
        return 0

    return run(work())


async def _print(house: House, args: argparse.Namespace) -> None:
    async with house.db.directory() as directory:
        founded = await views.founded_workspaces(directory)
    chosen = [one for one in founded if args.workspace in (None, str(one.number), str(one.id))]
    if not chosen:
        raise ValueError(f"There is no workspace {args.workspace or 'yet'}; `guanxi workspace list` shows them.")
    for one in chosen:
        async with house.db.reading(one.id) as tx:
            _, today = await reports.today(tx)
            last = args.last or max(today, args.first or today)
            first = args.first or last - timedelta(days=USUAL_DAYS - 1)
            if first > last or (last - first).days >= reports.MOST_DAYS:
                raise ValueError(f"From {first} to {last} is no period of 1 to {reports.MOST_DAYS} days.")
            found = await reports.equal_channels(tx, first, last)
        if args.json:
            say(msgspec.json.encode({"workspace": one.id, **msgspec.to_builtins(found)}).decode())
        else:
            say(
                f"{one.name}, {found.first} to {found.last} ({found.time_zone})",
                *table(found),
                "",
                statement(found),
                "",
            )


def table(found: Parity) -> list[str]:
    """A line for each channel; `!` differs from the others, `?` too few to tell."""
    rows = [HEADS]
    for one in found.channels:
        marks = {it.measure: MARKS[it.verdict] for it in one.compared}
        of = _part(one.passed_on, one.opened) + marks["passed_on"]
        at_once = _part(one.solved_at_once, one.resolved.count) + marks["solved_at_once"]
        rows.append(
            (
                one.channel, str(one.agents), str(one.received), str(one.opened),
                _spent(one.waited) + marks["waited"], _spent(one.first_answered) + marks["first_answered"],
                str(one.transferred), str(one.stepped_in), str(one.moved), of, _spent(one.resolved) + marks["resolved"],
                at_once, _part(one.satisfied, one.rated) + marks["satisfied"],
            )
        )  # fmt: skip
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEADS))]
    lines = [
        "  ".join(
            cell.ljust(width) if not n else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return [line.rstrip() for line in lines]


def statement(found: Parity) -> str:
    """Whether the channels are equal, and which are not, in what and by how much."""
    if found.verdict == "too_few":
        return "Too few conversations to tell whether the channels are equal."
    few = sorted({one.channel for one in found.channels if all(it.verdict == "too_few" for it in one.compared)})
    unsaid = f" Too few to tell: {', '.join(few)}." if few else ""
    if found.verdict == "equal":
        return (
            f"The channels are equal within what chance allows (level {found.level}, corrected for the table).{unsaid}"
        )
    lines = [f"The channels are not equal (level {found.level}, corrected for the table):"]
    for one in found.channels:
        for it in one.compared:
            if it.verdict == "differs" and it.longer is not None:
                by = (
                    f"{abs(it.longer):.1f} in a hundred {'more' if it.longer > 0 else 'fewer'} {HOW[it.measure]}"
                    if it.measure in HOW
                    else f"takes longer than elsewhere {it.longer:.0f} times of a hundred (50: alike)"
                )
                lines.append(f"  {one.channel}: {NAMES[it.measure]}, {by}, p {it.p:.4f}")
    return "\n".join(lines) + (f"\n {unsaid}" if unsaid else "")


def _part(part: int, of: int) -> str:
    return f"{part / of:.0%}" if of else "-"


def _spent(its: Duration) -> str:
    if its.median is None:
        return "-"
    minutes, seconds = divmod(its.median, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}" if minutes >= 60 else f"{minutes}:{seconds:02d}"
