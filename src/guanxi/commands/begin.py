"""What every command begins with: its settings, a loop, the database, and words on the terminal."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from guanxi.infra.postgres import Server, from_url, start_embedded
from guanxi.infra.postgres_binaries import default_data
from guanxi.infra.sql import Caller
from guanxi.settings import Found, Settings, find_settings

Command = Callable[[str, Any, str], argparse.ArgumentParser]  # its name, what runs it, what its help says


def where(one: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The two options by which every command that needs the house is told where it is."""
    one.add_argument("--data", type=Path, help="the data folder (default: data beside the program)")
    one.add_argument("--config", type=Path, help="the file of settings (default: guanxi.toml in the data folder)")
    return one


def settings_of(args: argparse.Namespace) -> Settings:
    return found_by(args).settings


def found_by(args: argparse.Namespace) -> Found:
    given: dict[str, Any] = {name: getattr(args, name, None) for name in ("data", "port", "host", "config")}
    found = find_settings(**given)
    if found.said["data"] != "default":
        return found
    data, sentence = default_data(Path(os.environ.get("GUANXI_CHECKOUT") or Path.cwd()).resolve())
    if sentence:
        say(f"  {sentence}")
    found = find_settings(**given | {"data": data})
    return msgspec.structs.replace(found, said={**found.said, "data": "default"})


def run(work: Any) -> int:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return int(runner.run(work) or 0)


@contextlib.asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[tuple[Server, bool]]:
    """The database of DATABASE_URL, else the embedded one; and whether it runs only for us, and was just started."""
    if settings.database_url:
        yield from_url(settings.database_url), False
        return
    embedded = await start_embedded(settings.data)
    try:
        yield embedded.server, embedded.owned
    finally:
        await embedded.stop()


def say(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)


def by_hand() -> Caller:
    """Whoever sits at the command line, for the audit log."""
    try:
        return Caller("command", name=getpass.getuser())
    except (OSError, KeyError):  # an account without a name, as in many containers
        return Caller("command")


def step(text: str) -> None:
    say(f"  {text}")
