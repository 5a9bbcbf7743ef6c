"""`up`, `web`, `worker`: the house at work, in one process or in several."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog

from guanxi import access, demo, worker
from guanxi.commands.begin import Command, database, run, say, settings_of, where
from guanxi.house import House, open_house
from guanxi.http.app import build
from guanxi.http.server import CannotServe, open_socket, web_server
from guanxi.infra import jobs
from guanxi.infra.log import set_up_log
from guanxi.infra.migrations import MigrationRefused, migrate, pending
from guanxi.infra.postgres import Server
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender
from guanxi.pipeline.listeners import WAKES
from guanxi.settings import Settings

log = structlog.get_logger(__name__)


def add(command: Command) -> None:
    up = where(command("up", _up, "set everything up and serve: database, web and worker in one process"))
    web = where(command("web", _part, "serve only the web part, on the database of DATABASE_URL or of a running `up`"))
    where(command("worker", _part, "run only the worker, on the same database"))
    for one in (up, web):
        one.add_argument("--port", type=int, help="port to serve on (default 8100)")
        one.add_argument("--host", help="address to serve on (default 127.0.0.1)")
    up.add_argument("--demo", action="store_true", help="seed a shop and simulate WeChat and LINE")


def _up(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    set_up_log(settings.log_level)
    if args.demo:
        settings = msgspec.structs.replace(
            settings, private_hosts_allowed=settings.private_hosts_allowed + demo.allowed_hosts(settings)
        )
    return run(_serve(settings, web=True, hands=True, is_demo=args.demo))


def _part(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    set_up_log(settings.log_level)
    return run(_serve(settings, web=args.part == "web", hands=args.part == "worker"))


async def _serve(settings: Settings, *, web: bool, hands: bool, is_demo: bool = False) -> int:
    stop = asyncio.Event()
    for asked in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(asked, stop.set)
    listening = open_socket(settings.host, settings.port) if web else None
    async with contextlib.AsyncExitStack() as stack:
        server, is_fresh = await stack.enter_async_context(database(settings))
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
            say(*shown)
        elif listening is not None and hands:
            await _say_first_link(house)
        address = settings.public_url if web else "the worker"
        say(f"Guanxi is ready: {address}" + ("  (Ctrl C stops it)" if sys.stdout.isatty() else ""))
        return await _until_stopped(stop, tasks, serving if listening is not None else None)


async def _bring_up_to_date(server: Server, *, ours: bool) -> None:
    """`up` migrates by itself; `web` and `worker` beside it only check, so that two never migrate at once."""
    if ours:
        await migrate(server, on_step=lambda name: say(f"  database: {name}"))
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
            say("", "Nobody has signed in yet. Open this link once, within three days, to create the owner:")
            say(f"  {access.link_url(house.settings.public_url, token)}", "")
