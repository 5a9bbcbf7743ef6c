"""The command line: start here. What a command does stands in the room of `commands/` that adds it.

Exit codes: 0 stopped as asked · 1 something failed, and the last line says what · 2 the command was not understood.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from guanxi.commands import database, parity, people, safekeeping, serve, show, teams, workspaces
from guanxi.http.server import CannotServe
from guanxi.infra.archive import ArchiveRefused
from guanxi.infra.migrations import MigrationRefused
from guanxi.infra.postgres_binaries import PostgresUnusable
from guanxi.settings import SettingsRefused

ROOMS = (
    serve,  # up web worker
    database,  # migrate doctor reports
    parity,  # parity
    safekeeping,  # backup restore
    people,  # link user
    workspaces,  # workspace
    teams,  # teams
    show,  # parse openapi
)


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    args = _arguments().parse_args(argv)
    try:
        sys.exit(args.run(args))
    except (SettingsRefused, PostgresUnusable, MigrationRefused, ArchiveRefused, CannotServe, ValueError) as error:
        print(f"guanxi: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(0)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="guanxi", description="Every channel in one queue, on one desk.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=text, description=text)
        one.set_defaults(run=run, part=name)
        return one

    for room in ROOMS:
        room.add(command)
    return parser
