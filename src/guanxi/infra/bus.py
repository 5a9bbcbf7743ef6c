"""Hints between processes: in process at once, to other processes by a coalesced NOTIFY after the commit.

A NOTIFY inside the write transaction takes a database-wide lock at commit and cuts throughput to 0.11-0.17 of what
it was; so hints are sent afterwards, and may be lost: everybody who listens also looks for himself now and then.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from guanxi.infra.postgres import Server

log = structlog.get_logger(__name__)
CHANNEL = "guanxi"
WORK_CHANNEL = "guanxi_work"  # there may be something to do: only the hands listen here
GATHER = 0.001  # seconds between two NOTIFYs: under load one carries the hints of several commits
LARGEST = 7000  # bytes; PostgreSQL refuses payloads of 8000 and more


class Hints(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one NOTIFY carries. `commits` are (workspace, transaction id); `wake` names sleepers."""

    node: str
    commits: list[tuple[UUID, int]] = []
    wake: list[str] = []
    passing: list[tuple[UUID, dict[str, Any]]] = []


class Bus:
    """One per process. Callbacks run in the event loop and must not block."""

    def __init__(self, server: Server | None, *, works: bool = True) -> None:
        """`works`: somebody sleeps here until there is something to do."""
        self._server = server
        self._works = works
        self._node = os.urandom(6).hex()
        self._commits: list[tuple[UUID, int]] = []
        self._wake: set[str] = set()
        self._passing: list[tuple[UUID, dict[str, Any]]] = []
        self._pending = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._sleepers: dict[str, asyncio.Event] = {}
        self.on_commit: list[Callable[[UUID, int], None]] = []
        self.on_passing: list[Callable[[UUID, dict[str, Any]], None]] = []
        self.on_gap: list[Callable[[], None]] = []

    def announce(self, workspace_id: UUID, xid: int) -> None:
        """A transaction with events has committed."""
        for heard in self.on_commit:
            heard(workspace_id, xid)
        self._commits.append((workspace_id, xid))
        self._pending.set()

    def wake(self, name: str) -> None:
        """There may be something to do for whoever sleeps under this name, here or elsewhere."""
        self.sleeper(name).set()
        self._wake.add(name)
        self._pending.set()

    def pass_on(self, workspace_id: UUID, payload: dict[str, Any]) -> None:
        """Something that nobody keeps: somebody types, somebody looks. At most 2 kB encoded."""
        for heard in self.on_passing:
            heard(workspace_id, payload)
        if len(self._passing) < 1000:
            self._passing.append((workspace_id, payload))
            self._pending.set()

    def sleeper(self, name: str) -> asyncio.Event:
        return self._sleepers.setdefault(name, asyncio.Event())

    async def sleep(self, name: str, seconds: float) -> None:
        """Wait until woken by name, but no longer than `seconds`."""
        event = self.sleeper(name)
        # not wait_for: in Python 3.11 a cancellation is lost that comes together with the waking
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
        event.clear()

    async def start(self) -> None:
        if self._server is not None:
            self._tasks = [asyncio.create_task(self._send_loop()), asyncio.create_task(self._listen_loop())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send_loop(self) -> None:
        connection: Any = None
        try:
            while True:
                await self._pending.wait()
                self._pending.clear()
                try:
                    if connection is None or connection.is_closed():
                        connection = await asyncpg.connect(**self._connect_args())
                        # a hint is not worth waiting for the disk
                        await connection.execute("set synchronous_commit = off")
                    for channel, payload in self._take():
                        await connection.execute("select pg_notify($1, $2)", channel, payload)
                    await asyncio.sleep(GATHER)
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    log.warning("bus.send_failed", problem=type(error).__name__)  # hints only: dropped
                    await asyncio.sleep(0.5)
        finally:
            if connection is not None:
                connection.terminate()

    def _take(self) -> list[tuple[str, str]]:
        commits, self._commits = self._commits, []
        wake, self._wake = sorted(self._wake), set()
        passing, self._passing = self._passing, []
        payloads = []
        while commits or passing:
            encoded = msgspec.json.encode(Hints(self._node, commits[:100], passing=passing[:2])).decode()
            if len(encoded) > LARGEST:
                encoded = msgspec.json.encode(Hints(self._node, commits[:100])).decode()
            payloads.append((CHANNEL, encoded))
            commits, passing = commits[100:], passing[2:]
        if wake:  # people first, then work
            payloads.append((WORK_CHANNEL, msgspec.json.encode(Hints(self._node, wake=wake)).decode()))
        return payloads

    async def _listen_loop(self) -> None:
        first = True
        while True:
            lost = asyncio.Event()
            connection: Any = None
            try:
                connection = await asyncpg.connect(**self._connect_args())
                connection.add_termination_listener(lambda _, lost=lost: lost.set())
                await connection.add_listener(CHANNEL, self._hear)
                if self._works:
                    await connection.add_listener(WORK_CHANNEL, self._hear)
                if not first:
                    for heard in self.on_gap:
                        heard()
                first = False
                await lost.wait()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("bus.listen_failed", problem=type(error).__name__)
            finally:
                if connection is not None:
                    connection.terminate()
            await asyncio.sleep(0.5)

    def _connect_args(self) -> dict[str, Any]:
        assert self._server is not None
        return self._server.connect_args("guanxi_app")

    def _hear(self, connection: Any, pid: int, channel: str, payload: object) -> None:
        try:
            hints = msgspec.json.decode(str(payload), type=Hints)
        except msgspec.DecodeError:
            return
        if hints.node == self._node:
            return
        for workspace_id, xid in hints.commits:
            for heard in self.on_commit:
                heard(workspace_id, xid)
        for name in hints.wake:
            self.sleeper(name).set()
        for workspace_id, passing in hints.passing:
            for heard_passing in self.on_passing:
                heard_passing(workspace_id, passing)
