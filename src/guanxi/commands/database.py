"""`migrate`, `doctor`, `reports`: what a house stands on, brought up to date, examined, counted anew."""

from __future__ import annotations

import argparse

from guanxi import doctor, reports, team
from guanxi.commands.begin import Command, database, found_by, run, say, settings_of, where
from guanxi.house import open_house
from guanxi.infra.migrations import migrate


def add(command: Command) -> None:
    where(command("migrate", _migrate, "bring the database up to date"))
    where(command("doctor", _doctor, "look for what is wrong, and say what to do"))
    numbers = where(command("reports", _reports, "count the report rows anew from events"))
    numbers.add_argument("what", choices=["rebuild"])


def _migrate(args: argparse.Namespace) -> int:
    settings = settings_of(args)

    async def work() -> int:
        async with database(settings) as (server, _):
            done = await migrate(server, on_step=lambda name: say(f"  {name}"))
            say("The database is up to date." if not done else f"{len(done)} migrations done.")
        return 0

    return run(work())


def _doctor(args: argparse.Namespace) -> int:
    found = found_by(args)
    settings = found.settings
    say(*doctor.settings_told(found), "")

    async def work() -> int:
        async with database(settings) as (server, _):
            findings = await doctor.examine(settings, server)
        for finding in findings:
            say(f"{'ok  ' if finding.is_well else 'BAD '} {finding.about}: {finding.text}")
        return 0 if all(finding.is_well for finding in findings) else 1

    return run(work())


def _reports(args: argparse.Namespace) -> int:
    settings = settings_of(args)

    async def work() -> int:
        async with database(settings) as (server, _), open_house(settings, server, wakes={}) as house:
            async with house.db.directory() as directory:
                workspaces = await team.all_workspaces(directory)
            for workspace_id in workspaces:
                async with house.db.transaction(workspace_id) as tx:
                    read = await reports.rebuild(tx)
                say(f"{workspace_id}: counted anew from {read} events.")
        return 0

    return run(work())
