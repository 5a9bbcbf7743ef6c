"""`backup`, `restore`: the house in one file, and a house made of one."""

from __future__ import annotations

import argparse
from pathlib import Path

from guanxi import backup
from guanxi.commands.begin import Command, database, run, say, settings_of, step, where
from guanxi.infra.archive import ArchiveRefused


def add(command: Command) -> None:
    out = where(command("backup", _backup, "write the house into one file, while it works"))
    out.add_argument("file", type=Path)
    out.add_argument(
        "--with-key", action="store_true", help="the master key too: whoever has the file can read every secret"
    )
    back = where(command("restore", _restore, "make the house that is in a backup, in a place where nobody runs"))
    back.add_argument("file", type=Path)
    back.add_argument("--replace", action="store_true", help="lose the house that is here")


def _backup(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    if args.with_key:
        say("  The master key goes into this file: whoever has it can read every secret. Keep it like the key itself.")

    async def work() -> int:
        async with database(settings) as (server, _):
            made = await backup.back_up(settings, server, args.file, with_key=args.with_key, on_step=step)
        rows = sum(table.rows for table in made.tables)
        say(f"{args.file}: {rows} rows, {args.file.stat().st_size // 1000} kB.")
        if not args.with_key:
            say("The master key is not in it: keep master.key apart, without it no inbox opens.")
        return 0

    return run(work())


def _restore(args: argparse.Namespace) -> int:
    settings = settings_of(args)

    async def work() -> int:
        async with database(settings) as (server, is_ours):
            if not settings.database_url and not is_ours:
                raise ArchiveRefused(f"A guanxi runs on {settings.data}. Stop it, then restore.")
            left = await backup.restore(settings, server, args.file, replace_all=args.replace, on_step=step)
        say("The house is restored. Everybody signs in again; what was on its way to a customer is shown as unknown.")
        say(*left)
        return 0

    return run(work())
