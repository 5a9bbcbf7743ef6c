"""How a database is reached, and the supervisor of the PostgreSQL server that `guanxi up` brings with it."""

import asyncio
import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
import structlog

from guanxi.infra.postgres_binaries import (
    PostgresUnusable,
    choose_account,
    clean_environment,
    find_binaries,
    place_beside,
)
from guanxi.infra.postgres_folder import (
    OWNER,
    PORT,
    Home,
    log_tail,
    make_folder,
    note_sockets,
    noted_sockets,
    open_lock,
    open_log,
    prepare_cluster,
    socket_folder,
    take,
    write_settings,
)

SLOWEST_RECOVERY = 600.0  # seconds a living server may take before it answers
OLD_SERVER_LEAVES = 60.0  # seconds granted to the server of an owner who was killed
LONGEST_PAUSE = 5.0

log = structlog.get_logger(__name__)
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach a database."""

    host: str  # socket folder, or the host name in DATABASE_URL
    port: int
    database: str
    password: str | None
    login: str | None  # None: embedded, we connect directly as the role; else we log in as this and take the role
    ssl: str | None = None  # sslmode of DATABASE_URL

    def connect_args(self, role: str) -> dict[str, Any]:
        """Keyword arguments for `asyncpg.connect` and `asyncpg.create_pool`, acting as `role`.

        Roles: guanxi_owner, guanxi_app, guanxi_accept, guanxi_directory. Behind DATABASE_URL the owner is the
        address's own login.
        """
        args: dict[str, Any] = {"host": self.host, "port": self.port, "database": self.database}
        if self.login is None:
            return args | {"user": role}
        args |= {"user": self.login, "password": self.password}
        if self.ssl is not None:
            args["ssl"] = self.ssl
        if role != OWNER:
            args["server_settings"] = {"role": role}
        return args


def from_url(url: str) -> Server:
    """Read a DATABASE_URL such as postgresql://name:password@host:5432/database?sslmode=require. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError("DATABASE_URL must begin with postgresql://")
    query = dict(parse_qsl(parts.query))
    if unknown := sorted(set(query) - {"sslmode", "host"}):
        raise ValueError(f"DATABASE_URL knows the parameters sslmode and host, not {', '.join(unknown)}.")
    if not parts.username:
        raise ValueError("DATABASE_URL must name the role that logs in: postgresql://name:password@host/database")
    return Server(
        host=query.get("host") or unquote(parts.hostname or "localhost"),
        port=parts.port or 5432,
        database=unquote(parts.path.lstrip("/")) or unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        login=unquote(parts.username),
        ssl=query.get("sslmode"),
    )


class Embedded:
    """A running embedded server: ours to keep alive and to stop, or another process's to which we are attached."""

    def __init__(self, server: Server, data: Path, lock: int, home: Home | None) -> None:
        self.server = server
        self.owned = home is not None
        self._data = data
        self._lock = lock
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._gone = asyncio.Event()
        self._stopping = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Process id of the postmaster."""
        if self._process is not None:
            return self._process.pid
        return int((self._data / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    async def stop(self) -> None:
        """Stop the server if it is ours, letting running transactions roll back. May be called twice."""
        if self._stopping.is_set():
            await self.wait()
            return
        self._stopping.set()
        if self._process is not None:
            for asked, patience in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
                if self._process.poll() is None:
                    self._process.send_signal(asked)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(patience):
                        await self._gone.wait()
                    break
        if self._watch is not None:
            await self._watch
        if self._home is not None and self._home.sockets.parent != self._data:
            shutil.rmtree(self._home.sockets, ignore_errors=True)
        os.close(self._lock)

    async def wait(self) -> None:
        """Return when the server is gone for good: stopped, its data removed, or its owner ended."""
        if self._watch is not None:
            await asyncio.shield(self._watch)
            return
        while not self._stopping.is_set():
            if take(self._lock):
                fcntl.flock(self._lock, fcntl.LOCK_UN)
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._stopping.wait()

    async def _run(self, home: Home) -> bool:
        """Start the postmaster; true when it answers, false when it ended instead."""
        self._gone = gone = asyncio.Event()
        # Every PostgreSQL process inherits the pipe, so its end means that the last of them has left: only then
        # can a new postmaster take the shared memory.
        read, write = os.pipe()
        try:
            with open_log(home.data) as logfile:
                self._process = process = subprocess.Popen(  # noqa: ASYNC220 - a few ms, and it must be this thread
                    [home.binaries.folder / "postgres", "-D", home.cluster],
                    cwd="/",
                    env=clean_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=logfile,
                    stderr=logfile,
                    pass_fds=(write,),
                    start_new_session=True,  # Ctrl-C in the terminal is for us; we stop the server last
                    preexec_fn=_end_with(os.getpid()),
                    **home.account.popen_args(),
                )
        except BaseException:
            os.close(read)
            raise
        finally:
            os.close(write)
        loop = asyncio.get_running_loop()

        def ended() -> None:
            loop.remove_reader(read)
            os.close(read)
            process.wait()
            gone.set()

        loop.add_reader(read, ended)
        patience = time.monotonic() + SLOWEST_RECOVERY
        while not gone.is_set() and time.monotonic() < patience:
            if await _answers(self.server):
                return True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.02):
                    await gone.wait()
        return False

    async def _first_run(self, home: Home) -> None:
        patience = time.monotonic() + OLD_SERVER_LEAVES
        asked_to_leave = False
        while not await self._run(home):
            said = log_tail(home.data)
            occupied = "postmaster.pid" in said or "shared memory block" in said
            if not occupied or time.monotonic() > patience:
                raise PostgresUnusable(f"The database server did not start. It said:\n{said}")
            # The owner before us was killed and its server is still leaving; where the kernel cannot tell it so
            # (not Linux), we do. It answered on our private socket, so the pid in its file is truly its own.
            if not asked_to_leave and sys.platform != "linux" and await _answers(self.server):
                os.kill(int((home.cluster / "postmaster.pid").read_text().split()[0]), signal.SIGINT)
                asked_to_leave = True
            await asyncio.sleep(0.1)

    async def _keep_alive(self, home: Home) -> None:
        pause = 0.1
        while True:
            began = time.monotonic()
            await self._gone.wait()
            if self._stopping.is_set():
                return
            if not (home.cluster / "PG_VERSION").exists():
                log.error("database_gone", reason="its data folder was removed", folder=str(home.cluster))
                return
            assert self._process is not None
            log.warning("database_ended", code=self._process.returncode, restart_in=pause)
            if time.monotonic() - began > 30:
                pause = 0.1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
                return
            pause = min(pause * 2, LONGEST_PAUSE)
            try:
                if await self._run(home):
                    log.info("database_restarted", pid=self._process.pid)
            except OSError as error:  # a full disk or table of processes: it may pass
                log.warning("database_not_started", error=str(error))


async def start_embedded(data: Path, *, database: str = "guanxi", options: Mapping[str, str] | None = None) -> Embedded:
    """Run the embedded server of the folder `data`, or attach to it when another process runs it already.

    Must be called on the main thread: the kernel ends the server with the thread that started it. The database is
    created when missing. `options` are PostgreSQL settings over our own. Raises PostgresUnusable with a sentence.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("start_embedded must be called on the main thread")
    data = data.absolute()
    account = choose_account(data / "postgres")
    make_folder(data, account)
    lock = open_lock(data)
    try:
        patience = time.monotonic() + OLD_SERVER_LEAVES
        while not take(lock):
            server = Server(noted_sockets(lock) or str(data / "run"), PORT, database, None, None)
            if await _answers(server):
                await _ensure_database(server)
                return Embedded(server, data, lock, None)
            if time.monotonic() > patience:
                raise PostgresUnusable(f"Another process holds {data / 'lock'}, but its database does not answer.")
            await asyncio.sleep(0.05)
        home = Home(
            data,
            data / "postgres",
            socket_folder(data, account, noted_sockets(lock)),
            place_beside(find_binaries(), data, account),
            account,
        )
        note_sockets(lock, home.sockets)
        await prepare_cluster(home)
        write_settings(home, options or {})
        embedded = Embedded(Server(str(home.sockets), PORT, database, None, None), data, lock, home)
        await embedded._first_run(home)
        await _ensure_database(embedded.server)
        embedded._watch = asyncio.create_task(embedded._keep_alive(home), name="embedded postgres")
        return embedded
    except BaseException:
        os.close(lock)
        raise


def _end_with(parent: int) -> Callable[[], None]:
    """A function for the child: be told SIGINT (fast shutdown) when our thread ends, however it ends."""

    def ask_kernel() -> None:
        if _libc is not None:
            _libc.prctl(1, signal.SIGINT, 0, 0, 0)  # 1 = PR_SET_PDEATHSIG
            if os.getppid() != parent:
                os._exit(1)

    return ask_kernel


async def _answers(server: Server) -> bool:
    args = server.connect_args(OWNER) | {"database": "postgres"}
    try:
        connection = await asyncpg.connect(**args, timeout=5)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        return False
    await connection.close()
    return True


async def _ensure_database(server: Server) -> None:
    connection = await asyncpg.connect(**server.connect_args(OWNER) | {"database": "postgres"})
    try:
        if not await connection.fetchval("select true from pg_database where datname = $1", server.database):
            quoted = '"' + server.database.replace('"', '""') + '"'
            with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await connection.execute(f"create database {quoted}")
    finally:
        await connection.close()
