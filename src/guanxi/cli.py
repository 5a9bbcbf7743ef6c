"""The command line: start here.

Exit codes: 0 stopped as asked · 1 something failed, and the last line says what · 2 the command was not understood.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog
import uvloop

from guanxi import access, backup, channels, demo, doctor, reports, team, worker
from guanxi.channel_kit import Malformed
from guanxi.channels.parse_file import parse_file
from guanxi.house import House, open_house
from guanxi.http.app import build
from guanxi.http.openapi import document
from guanxi.http.server import CannotServe, open_socket, web_server
from guanxi.infra import jobs
from guanxi.infra.archive import ArchiveRefused
from guanxi.infra.log import set_up_log
from guanxi.infra.migrations import MigrationRefused, migrate, pending
from guanxi.infra.postgres import Server, from_url, start_embedded
from guanxi.infra.postgres_binaries import PostgresUnusable, default_data
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender
from guanxi.pipeline.listeners import WAKES
from guanxi.settings import Found, Settings, SettingsRefused, find_settings

log = structlog.get_logger(__name__)


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

    for name, run, text in (
        ("up", _up, "set everything up and serve: database, web and worker in one process"),
        ("web", _part, "serve only the web part, on the database of DATABASE_URL or of a running `up`"),
        ("worker", _part, "run only the worker, on the same database"),
        ("migrate", _migrate, "bring the database up to date"),
        ("doctor", _doctor, "look for what is wrong, and say what to do"),
        ("backup", _backup, "write the house into one file, while it works"),
        ("restore", _restore, "make the house that is in a backup, in a place where nobody runs"),
        ("link", _link, "print a one-time link: for the first owner, or to set a new password"),
        ("user", _link, "`user reset ADDRESS` prints a link that gives somebody a new way in"),
    ):
        one = command(name, run, text)
        one.add_argument("--data", type=Path, help="the data folder (default: data beside the program)")
        one.add_argument("--config", type=Path, help="the file of settings (default: guanxi.toml in the data folder)")
        if name in ("up", "web"):
            one.add_argument("--port", type=int, help="port to serve on (default 8100)")
            one.add_argument("--host", help="address to serve on (default 127.0.0.1)")
        if name == "up":
            one.add_argument("--demo", action="store_true", help="seed a shop and simulate WeChat and LINE")
        if name == "backup":
            one.add_argument("file", type=Path)
            one.add_argument(
                "--with-key", action="store_true", help="the master key too: whoever has the file can read every secret"
            )
        if name == "restore":
            one.add_argument("file", type=Path)
            one.add_argument("--replace", action="store_true", help="lose the house that is here")
        if name == "user":
            one.add_argument("verb", choices=["reset"])
            one.add_argument("email", help="whose")
            one.add_argument("--totp", action="store_true", help="take the second factor away, too")
        if name == "link":
            one.add_argument("--email", help="who sets a new password; without it, a link for the first owner")
    numbers = command("reports", _reports, "count the report rows anew from events")
    numbers.add_argument("what", choices=["rebuild"])
    numbers.add_argument("--data", type=Path, help="the data folder (default: data beside the program)")
    parse = command("parse", _parse, "print what a channel reads in a raw body, one JSON object a line")
    parse.add_argument("channel")
    parse.add_argument("file", type=Path)
    command("openapi", _openapi, "print the description of the HTTP API")
    return parser


def _settings(args: argparse.Namespace) -> Settings:
    return _found(args).settings


def _found(args: argparse.Namespace) -> Found:
    given: dict[str, Any] = {name: getattr(args, name, None) for name in ("data", "port", "host", "config")}
    found = find_settings(**given)
    if found.said["data"] != "default":
        return found
    data, sentence = default_data(Path(os.environ.get("GUANXI_CHECKOUT") or Path.cwd()).resolve())
    if sentence:
        _say(f"  {sentence}")
    found = find_settings(**given | {"data": data})
    return msgspec.structs.replace(found, said={**found.said, "data": "default"})


def _run(work: Any) -> int:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return int(runner.run(work) or 0)


def _up(args: argparse.Namespace) -> int:
    settings = _settings(args)
    set_up_log(settings.log_level)
    if args.demo:
        settings = msgspec.structs.replace(
            settings, private_hosts_allowed=settings.private_hosts_allowed + demo.allowed_hosts(settings)
        )
    return _run(_serve(settings, web=True, hands=True, is_demo=args.demo))


def _part(args: argparse.Namespace) -> int:
    settings = _settings(args)
    set_up_log(settings.log_level)
    return _run(_serve(settings, web=args.part == "web", hands=args.part == "worker"))


@contextlib.asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[tuple[Server, bool]]:
    """The database of DATABASE_URL, else the embedded one; and whether it runs only for us, and was just started."""
    if settings.database_url:
        yield from_url(settings.database_url), False
        return
    embedded = await start_embedded(settings.data)
    try:
        yield embedded.server, embedded.owned
    finally:
        await embedded.stop()


async def _serve(settings: Settings, *, web: bool, hands: bool, is_demo: bool = False) -> int:
    stop = asyncio.Event()
    for asked in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(asked, stop.set)
    listening = open_socket(settings.host, settings.port) if web else None
    async with contextlib.AsyncExitStack() as stack:
        server, is_fresh = await stack.enter_async_context(_database(settings))
        await _bring_up_to_date(server, ours=web and hands)
        house = await stack.enter_async_context(open_house(settings, server, wakes=WAKES, works=hands, create_key=True))
        if is_fresh:
            async with house.db.directory() as directory:
                await jobs.end_leases(directory)
        doors, lender = Doors(house), Lender(house)
        tasks = []
        if is_demo:  # before the hands: they live today, and the demo's past is told with another clock
            shown = await stack.enter_async_context(demo.open_demo(house, doors, settings))
        if hands:
            tasks.append(asyncio.create_task(worker.run(house, doors, lender)))
        if listening is not None:
            serving = web_server(build(house, doors=doors, lender=lender))
            tasks.append(asyncio.create_task(serving.serve(sockets=[listening])))
            await _until_started(serving, tasks)
        if is_demo:
            _say(*shown)
        elif listening is not None and hands:
            await _say_first_link(house)
        where = settings.public_url if web else "the worker"
        _say(f"Guanxi is ready: {where}" + ("  (Ctrl C stops it)" if sys.stdout.isatty() else ""))
        return await _until_stopped(stop, tasks, serving if listening is not None else None)


async def _bring_up_to_date(server: Server, *, ours: bool) -> None:
    """`up` migrates by itself; `web` and `worker` beside it only check, so that two never migrate at once."""
    if ours:
        await migrate(server, on_step=lambda name: _say(f"  database: {name}"))
    elif waiting := await pending(server):
        raise MigrationRefused(f"The database lacks {', '.join(waiting)}. Run `bin/guanxi migrate` first.")


async def _until_started(serving: Any, tasks: Sequence[asyncio.Task[Any]]) -> None:
    while not serving.started:
        for task in tasks:
            if task.done():
                task.result()
                raise CannotServe("The web part ended before it had begun.")
        await asyncio.sleep(0.01)


async def _until_stopped(stop: asyncio.Event, tasks: Sequence[asyncio.Task[Any]], serving: Any) -> int:
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    failed = [task for task in done if task is not stopping and task.exception() is not None]
    for task in failed:
        log.error("guanxi.failed", problem=repr(task.exception()))
    if serving is not None:
        serving.should_exit = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.wait(tasks[-1:]), 8)
    for task in (stopping, *tasks):
        task.cancel()
    await asyncio.gather(stopping, *tasks, return_exceptions=True)
    return 1 if failed else 0


async def _say_first_link(house: House) -> None:
    async with house.db.directory() as directory:
        if not await access.anybody(directory):
            token = await access.make_link(directory, "owner")
            _say("", "Nobody has signed in yet. Open this link once, within three days, to create the owner:")
            _say(f"  {access.link_url(house.settings.public_url, token)}", "")


def _migrate(args: argparse.Namespace) -> int:
    settings = _settings(args)

    async def work() -> int:
        async with _database(settings) as (server, _):
            done = await migrate(server, on_step=lambda name: _say(f"  {name}"))
            _say("The database is up to date." if not done else f"{len(done)} migrations done.")
        return 0

    return _run(work())


def _doctor(args: argparse.Namespace) -> int:
    found = _found(args)
    settings = found.settings
    _say(*doctor.settings_told(found), "")

    async def work() -> int:
        async with _database(settings) as (server, _):
            findings = await doctor.examine(settings, server)
        for finding in findings:
            _say(f"{'ok  ' if finding.is_well else 'BAD '} {finding.about}: {finding.text}")
        return 0 if all(finding.is_well for finding in findings) else 1

    return _run(work())


def _link(args: argparse.Namespace) -> int:
    settings = _settings(args)

    async def work() -> int:
        async with _database(settings) as (server, _), open_house(settings, server, wakes={}) as house:
            async with house.db.directory() as directory:
                if args.email is None:
                    if await access.anybody(directory):
                        raise ValueError("There is an owner already. Name somebody: guanxi link --email ADDRESS")
                    token = await access.make_link(directory, "owner")
                else:
                    lost = getattr(args, "totp", False)
                    token = await access.link_to_reset(directory, args.email, clears_second_factor=lost)
            _say(access.link_url(settings.public_url, token))
        return 0

    return _run(work())


def _backup(args: argparse.Namespace) -> int:
    settings = _settings(args)
    if args.with_key:
        _say("  The master key goes into this file: whoever has it can read every secret. Keep it like the key itself.")

    async def work() -> int:
        async with _database(settings) as (server, _):
            made = await backup.back_up(settings, server, args.file, with_key=args.with_key, on_step=_step)
        rows = sum(table.rows for table in made.tables)
        _say(f"{args.file}: {rows} rows, {args.file.stat().st_size // 1000} kB.")
        if not args.with_key:
            _say("The master key is not in it: keep master.key apart, without it no inbox opens.")
        return 0

    return _run(work())


def _restore(args: argparse.Namespace) -> int:
    settings = _settings(args)

    async def work() -> int:
        async with _database(settings) as (server, is_ours):
            if not settings.database_url and not is_ours:
                raise ArchiveRefused(f"A guanxi runs on {settings.data}. Stop it, then restore.")
            left = await backup.restore(settings, server, args.file, replace_all=args.replace, on_step=_step)
        _say("The house is restored. Everybody signs in again; what was on its way to a customer is shown as unknown.")
        _say(*left)
        return 0

    return _run(work())


def _step(text: str) -> None:
    _say(f"  {text}")


def _reports(args: argparse.Namespace) -> int:
    settings = _settings(args)

    async def work() -> int:
        async with _database(settings) as (server, _), open_house(settings, server, wakes={}) as house:
            async with house.db.directory() as directory:
                workspaces = await team.all_workspaces(directory)
            for workspace_id in workspaces:
                async with house.db.transaction(workspace_id) as tx:
                    read = await reports.rebuild(tx)
                _say(f"{workspace_id}: counted anew from {read} events.")
        return 0

    return _run(work())


def _parse(args: argparse.Namespace) -> int:
    if args.channel not in channels.all_channels():
        raise ValueError(f"There is no channel {args.channel}; there are {', '.join(sorted(channels.all_channels()))}.")
    try:
        for line in parse_file(args.channel, args.file.read_bytes()):
            print(msgspec.json.encode(line).decode())
    except Malformed as error:
        raise ValueError(f"{args.file} cannot be read: {error}") from error
    except FileNotFoundError as error:
        raise ValueError(f"There is no file {args.file}.") from error
    return 0


def _openapi(args: argparse.Namespace) -> int:
    sys.stdout.buffer.write(document())
    return 0


def _say(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)
