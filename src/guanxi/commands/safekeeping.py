"""`backup`, `restore`: the house in one file, and a house made of one."""

from __future__ import annotations

import argparse
from pathlib import Path

from guanxi import backup
from guanxi.commands.begin import Command, by_hand, database, run, say, settings_of, step, where
from guanxi.infra.archive import ArchiveRefused


def add(command: Command) -> None:
    out = where(command("backup", _backup, "write the house into one file, while it works"))
    out.add_argument("file", type=Path)
    out.add_argument(
        "--with-key", action="store_true", help="the master key too: whoever has the file can read every secret"
    )
    out.add_argument(
        "--with-files", action="store_true", help="files in a bucket, too; those in the data folder always come along"
    )
    back = where(command("restore", _restore, "make the house that is in a backup, in a place where nobody runs"))
    back.add_argument("file", type=Path)
    back.add_argument("--replace", action="store_true", help="lose the house that is here")
    back.add_argument(
        "--keep-tokens",
        action="store_true",
        help="let access tokens live as they did at the moment of the backup, also those revoked since",
    )


def _backup(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    if args.with_key:
        say("  The master key goes into this file: whoever has it can read every secret. Keep it like the key itself.")
    lacks_files = bool(settings.media_store) and not args.with_files
    if lacks_files:
        say(_without_files(settings.media_store))

    async def work() -> int:
        async with database(settings) as (server, _):
            made = await backup.back_up(
                settings, server, args.file, with_key=args.with_key, with_files=args.with_files, on_step=step
            )
            await backup.write_down(server, "command.backup", by_hand())
        rows = sum(table.rows for table in made.tables)
        say(f"{args.file}: {rows} rows, {args.file.stat().st_size // 1000} kB.")
        if not args.with_key:
            say("The master key is not in it: keep master.key apart, without it no inbox opens.")
        if lacks_files:
            say(_without_files(settings.media_store))
        return 0

    return run(work())


def _without_files(place: str) -> str:
    return (
        f"  THE FILES OF MESSAGES ARE NOT IN IT. They are in {place}: keep versions of them there, or say --with-files."
    )


def _restore(args: argparse.Namespace) -> int:
    settings = settings_of(args)

    async def work() -> int:
        file = backup.look_at(args.file)  # before anything is set up to take it
        async with database(settings) as (server, is_ours):
            if not settings.database_url and not is_ours:
                raise ArchiveRefused(f"A guanxi runs on {settings.data}. Stop it, then restore.")
            left = await backup.restore(
                settings, server, file, replace_all=args.replace, keeps_tokens=args.keep_tokens, on_step=step
            )
            await backup.write_down(server, "command.restore", by_hand())
        say(
            "The house is restored. Everybody signs in again; what was on its way to a customer is shown as unknown.",
            "Who was removed from a team since then is in it again, with the password of then: look through the teams.",
        )
        say(*left)
        return 0

    return run(work())
