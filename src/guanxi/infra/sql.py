"""The front of the database: transactions with their workspace, and word of them after the commit.

Three kinds of connection, each with its own role, so that a forgotten WHERE meets a second wall:
`transaction` and `reading` see one workspace; `directory` finds things across workspaces and sees no message.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from guanxi.infra.clock import Clock
from guanxi.infra.postgres import Server

LONGEST_IDLE = 30  # seconds between two statements of one transaction
# What is announced after a commit: a workspace, the transaction id under which its events stand, and their kinds
# (and that jobs are wanted, if they are).
Announce = Callable[[UUID, int, frozenset[str]], None]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asked for what a transaction changes, by which means (desk, token, command, house) and from where. `name` is
    for who is nobody of the workspace."""

    means: str
    agent_id: UUID | None = None
    address: str = ""
    name: str = ""


@dataclass(slots=True)
class Tx:
    """One open transaction of one workspace. `now` is the domain's time for everything done in it."""

    connection: Any
    workspace_id: UUID
    now: datetime
    xid: int = 0
    kinds: set[str] = field(default_factory=set)
    cause: dict[str, Any] | None = None  # what makes these changes by itself; the events of the changes carry it
    caller: Caller | None = None  # who asked for these changes; nobody: the house does them by itself

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        rows: list[Any] = await self.connection.fetch(sql, *args)
        return rows

    async def fetchrow(self, sql: str, *args: Any) -> Any:
        return await self.connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        return await self.connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> int:
        """Run a statement; returns how many rows it touched."""
        done: str = await self.connection.execute(sql, *args)
        tail = done.rsplit(" ", 1)[-1]
        return int(tail) if tail.isdigit() else 0

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        await self.connection.executemany(sql, rows)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of this transaction that may fail alone."""
        await self.connection.execute("savepoint part")
        try:
            yield
        except BaseException:
            await self.connection.execute("rollback to savepoint part")
            raise
        await self.connection.execute("release savepoint part")


@dataclass(slots=True)
class Db:
    """Pools of connections, one per role. Closed by `close`."""

    clock: Clock
    app: Any
    directory_pool: Any
    accept: Any
    server: Server
    announce: Announce

    @asynccontextmanager
    async def transaction(self, workspace_id: UUID, *, durable: bool = True) -> AsyncIterator[Tx]:
        """A read-write transaction of one workspace. Its events are announced after the commit.

        Without `durable` nobody waits for the disk: only for notes whose loss in a power cut costs a repetition.
        """
        begin = f"begin; set local app.workspace = '{UUID(str(workspace_id))}'"
        if not durable:
            begin += "; set local synchronous_commit = off"
        async with connected(self.app, _saying(begin)) as connection:
            tx = Tx(connection, workspace_id, self.clock())
            try:
                yield tx
            except BaseException:
                await _roll_back(connection)
                raise
            await _commit(connection)
        if tx.xid:
            self.announce(workspace_id, tx.xid, frozenset(tx.kinds))

    @asynccontextmanager
    async def reading(self, workspace_id: UUID) -> AsyncIterator[Tx]:
        """A read-only transaction of one workspace."""
        begin = f"begin read only; set local app.workspace = '{UUID(str(workspace_id))}'"
        async with connected(self.app, _saying(begin)) as connection:
            try:
                yield Tx(connection, workspace_id, self.clock())
            finally:
                await _roll_back(connection)

    @asynccontextmanager
    async def directory(self) -> AsyncIterator[Tx]:
        """A transaction across workspaces, by the role that sees only the directory and the lanes."""
        async with connected(self.directory_pool, _saying("begin")) as connection:
            try:
                yield Tx(connection, NO_WORKSPACE, self.clock())
            except BaseException:
                await _roll_back(connection)
                raise
            await _commit(connection)

    async def close(self) -> None:
        for pool in (self.app, self.directory_pool, self.accept):
            if pool is not None:
                await pool.close()


NO_WORKSPACE = UUID(int=0)


def is_passing(error: BaseException) -> bool:
    """May the same work succeed a moment later? The database is away, starting, full, or ended a deadlock with us."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "").startswith(("08", "40", "53", "55", "57", "58"))
    # asyncpg says InterfaceError with ValueError for what cannot be encoded, and both alone when a connection dies
    return isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.InternalClientError) and not isinstance(
        error, ValueError
    )


def is_about_data(error: BaseException) -> bool:
    """Would the same rows fail again? What passes, and a faulty statement of our own, is not about them."""
    return not is_passing(error) and not str(getattr(error, "sqlstate", "") or "").startswith("42")


@asynccontextmanager
async def connected(pool: Any, first: Callable[[Any], Awaitable[object]]) -> AsyncIterator[Any]:
    """A connection on which `first` was done. When the server has cut one since it was last used, the next one is
    asked: so a restart costs no request. `first` may be done twice, if the cut came just behind it."""
    async with AsyncExitStack() as held:
        for others in range(pool.get_max_size(), -1, -1):
            connection = await held.enter_async_context(pool.acquire())
            try:
                await first(connection)
                break
            except BaseException as error:
                if not is_cut(error):
                    await _roll_back(connection)
                    raise
                with suppress(asyncpg.InterfaceError):  # the pool may have noticed by itself
                    connection.terminate()
                await held.aclose()
                if not others:
                    raise
        yield connection


def _saying(begin: str) -> Callable[[Any], Awaitable[object]]:
    return lambda connection: connection.execute(begin)


def is_cut(error: BaseException) -> bool:
    """Did the server end this connection (a restart, an administrator, a proxy), rather than refuse the statement?"""
    return isinstance(error, CUT) or (isinstance(error, asyncpg.InterfaceError) and "closed" in str(error))


CUT = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,  # the server's farewell was read between two statements, its end not yet
    ConnectionError,
)


async def _commit(connection: Any) -> None:
    """A transaction in which a statement failed answers `commit` with ROLLBACK: then nothing of it is kept."""
    if await connection.execute("commit") != "COMMIT":
        raise RuntimeError("a failed statement was passed over in silence; the transaction is rolled back")


async def _roll_back(connection: Any) -> None:
    if not connection.is_closed():
        await connection.execute("rollback")


async def _prepare_connection(connection: Any) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, encoder=_encode, decoder=msgspec.json.decode, schema="pg_catalog", format="text"
        )


def _encode(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


async def open_pool(server: Server, role: str, *, smallest: int = 0, largest: int = 8) -> Any:
    """A pool of connections as one role. JSON goes in as text or builtins and comes out as builtins.

    A process that stops in the middle of a transaction loses it, so that its locks hold up nobody for longer.
    """
    args = server.connect_args(role)
    limits = {"idle_in_transaction_session_timeout": f"{LONGEST_IDLE}s"}
    if role != "guanxi_directory":  # claims there meet lanes of very different lengths: planned as they are found
        limits["plan_cache_mode"] = "force_generic_plan"
    return await asyncpg.create_pool(
        **args | {"server_settings": args.get("server_settings", {}) | limits},
        min_size=smallest,
        max_size=largest,
        init=_prepare_connection,
        # our own `rollback` leaves nothing behind that `reset` would have to clear, and it costs a round trip
        reset=_nothing,
        max_inactive_connection_lifetime=300,
    )


async def _nothing(connection: Any) -> None:
    return None


def nobody(workspace_id: UUID, xid: int, kinds: frozenset[str]) -> None:
    """Announce to nobody: for one-off commands."""


async def open_db(server: Server, clock: Clock, announce: Announce = nobody, *, size: int = 10, writers: int = 2) -> Db:
    """Open the pools. `size` connections for the application, `writers` for accepting."""
    app = await open_pool(server, "guanxi_app", largest=size)
    directory = await open_pool(server, "guanxi_directory", largest=4)
    accept = await open_pool(server, "guanxi_accept", largest=writers)
    return Db(clock, app, directory, accept, server, announce)
