"""The embedded server: it keeps what it acknowledged, comes back, is shared, and never outlives or harms anybody."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from guanxi.infra.postgres import Embedded, Server, from_url, start_embedded
from guanxi.infra.postgres_binaries import PostgresUnusable, choose_account, find_binaries
from tests.databases import open_folder

OWNER = """
import asyncio, sys
from pathlib import Path
from typing import Any
from guanxi.infra.postgres import start_embedded

async def main():
    embedded = await start_embedded(Path(sys.argv[1]))
    print(embedded.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""

BROKEN = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
AsRoot = pytest.mark.skipif(os.geteuid() != 0, reason="only root may change who it is")


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as fresh:
        yield fresh


@contextlib.asynccontextmanager
async def started(folder: Path) -> AsyncIterator[Embedded]:
    embedded = await start_embedded(folder)
    try:
        yield embedded
    finally:
        await embedded.stop()


@contextlib.contextmanager
def owned_by_another_process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, folder], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    try:
        yield owner, int(owner.stdout.readline())
    finally:
        owner.kill()
        owner.wait()
        owner.stdout.close()


async def eventually(ask: Callable[[], Awaitable[Any]]) -> Any:
    """The answer, once the server gives one."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(*BROKEN):
                return await ask()
            await asyncio.sleep(0.02)


def gone(pid: int) -> bool:
    """Whether a process has ended, though perhaps nobody asked for its exit code yet."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def count(server: Server) -> int:
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        return await connection.fetchval("select count(*) from kept")
    finally:
        await connection.close()


async def write_until_it_breaks(server: Server, acknowledged: list[int]) -> None:
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    await connection.execute("create table kept (n int primary key)")
    with contextlib.suppress(*BROKEN):
        for n in range(100_000):
            await connection.execute("insert into kept values ($1)", n)
            acknowledged.append(n)
    with contextlib.suppress(*BROKEN):
        connection.terminate()


@pytest.mark.parametrize("whom", ["postmaster", "everything"])
async def test_a_killed_server_comes_back_with_all_it_acknowledged(folder: Path, whom: str) -> None:
    async with started(folder) as embedded:
        acknowledged: list[int] = []
        writing = asyncio.create_task(write_until_it_breaks(embedded.server, acknowledged))
        while len(acknowledged) < 200 and not writing.done():
            await asyncio.sleep(0)
        first = embedded.pid
        doomed = [psutil.Process(first)]
        if whom == "everything":
            doomed += doomed[0].children(recursive=True)
        for process in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        await writing
        assert await eventually(lambda: count(embedded.server)) >= len(acknowledged)
        assert embedded.pid != first


async def test_data_survive_a_stop_and_a_start(folder: Path) -> None:
    async with started(folder) as embedded:
        connection = await asyncpg.connect(**embedded.server.connect_args("guanxi_owner"))
        await connection.execute("create table kept as select 1")
        await connection.close()
    assert gone(embedded.pid)
    async with started(folder) as embedded:
        assert await count(embedded.server) == 1


async def test_the_server_ends_with_its_owner_however_that_ends(folder: Path) -> None:
    with owned_by_another_process(folder) as (owner, pid):
        owner.kill()
        owner.wait()
        async with started(folder) as embedded:  # though the old server may still be leaving
            assert embedded.owned
            assert embedded.pid != pid
            assert gone(pid)


async def test_a_second_process_attaches_and_leaves_the_server_running(folder: Path) -> None:
    with owned_by_another_process(folder) as (owner, pid):
        embedded = await start_embedded(folder, database="another")
        assert not embedded.owned
        assert embedded.pid == pid
        connection = await asyncpg.connect(**embedded.server.connect_args("guanxi_owner"))
        assert await connection.fetchval("select current_database()") == "another"
        await connection.close()
        waiting = asyncio.create_task(embedded.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
        owner.kill()
        await asyncio.wait_for(waiting, 60)
        await embedded.stop()


async def test_wait_returns_when_the_server_is_stopped(folder: Path) -> None:
    embedded = await start_embedded(folder)
    waiting = asyncio.create_task(embedded.wait())
    await embedded.stop()
    await asyncio.wait_for(waiting, 60)
    await embedded.stop()


async def test_a_stale_pid_file_that_names_a_stranger_harms_nobody(folder: Path) -> None:
    async with started(folder) as embedded:
        note = folder / "postgres" / "postmaster.pid"
        kept = note.read_text()
    stranger = await asyncio.create_subprocess_exec("/bin/cat", stdin=subprocess.PIPE)
    try:
        account = choose_account(folder / "postgres")
        note.write_text(kept.replace(kept.splitlines()[0], str(stranger.pid), 1))
        os.chown(note, account.uid, account.gid)
        async with started(folder) as embedded:
            assert embedded.pid != stranger.pid
        assert stranger.returncode is None
    finally:
        stranger.kill()
        await stranger.wait()


async def test_a_long_path_gets_its_sockets_elsewhere(folder: Path) -> None:
    deep = folder / ("a" * 60) / ("b" * 60)
    for part in (deep.parent, deep):
        part.mkdir(mode=0o711)
    async with started(deep) as embedded:
        assert not embedded.server.host.startswith(str(folder))
        assert Path(embedded.server.host).stat().st_mode & 0o777 == 0o700
        again = await start_embedded(deep)
        assert again.server.host == embedded.server.host
        await again.stop()
    assert not Path(embedded.server.host).exists()


async def test_it_is_durable_private_and_small(folder: Path) -> None:
    async with started(folder) as embedded:
        connection = await asyncpg.connect(**embedded.server.connect_args("guanxi_owner"))
        for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert await connection.fetchval(f"show {name}") == "on"
        assert await connection.fetchval("show listen_addresses") == ""
        assert await connection.fetchval("show timezone") == "UTC"
        assert await connection.fetchval("select '运费' < '退款' and lower('ÄÖ') = 'äö' and '客' ~ '\\w'")
        await connection.close()
        postmaster = psutil.Process(embedded.pid)
        assert not any(entry.startswith("GUANXI_") or "SECRET" in entry for entry in postmaster.environ())
        assert not postmaster.net_connections("tcp")
        family = [postmaster, *postmaster.children(recursive=True)]
        assert sum(process.memory_full_info().pss for process in family) < 64_000_000


async def test_data_of_another_major_version_are_refused_and_untouched(folder: Path) -> None:
    async with started(folder):
        pass
    version = folder / "postgres" / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(PostgresUnusable, match="written by PostgreSQL 14"):
        await start_embedded(folder)
    assert version.read_text() == "14\n"


async def test_a_cluster_half_made_is_made_again(folder: Path) -> None:
    half = folder / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    async with started(folder):
        assert not half.exists()


async def test_strangers_files_are_not_taken_for_a_database(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "diary.txt").write_text("dear diary")
    with pytest.raises(PostgresUnusable, match="not empty"):
        await start_embedded(folder)
    assert (folder / "postgres" / "diary.txt").exists()


@AsRoot
async def test_a_folder_closed_to_the_servers_account_is_refused_with_advice(folder: Path) -> None:
    folder.chmod(0o700)
    with pytest.raises(PostgresUnusable, match="may not enter .* for example: --data /var/lib/guanxi"):
        await start_embedded(folder / "data")


@AsRoot
async def test_as_root_the_server_is_somebody_else(embedded: Embedded) -> None:
    assert psutil.Process(embedded.pid).uids().real != 0


async def test_a_wrong_setting_stops_the_start_with_the_servers_own_words(folder: Path) -> None:
    (folder / "postgres.conf").write_text("shared_buffers = 'much'\n")
    (folder / "postgres.conf").chmod(0o644)
    with pytest.raises(PostgresUnusable, match="shared_buffers"):
        await start_embedded(folder)


def test_named_programs_win_and_a_wrong_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PostgresUnusable, match="no program `postgres`"):
        find_binaries({"GUANXI_PG_BIN": str(tmp_path)})
    found = find_binaries({})
    assert find_binaries({"GUANXI_PG_BIN": str(found.folder)}).major == found.major


def test_a_database_url_says_how_to_log_in_and_which_role_to_take() -> None:
    server = from_url("postgresql://shop:p%40ss@db.example.com:6432/guanxi?sslmode=require")
    args = {"host": "db.example.com", "port": 6432, "database": "guanxi", "user": "shop", "password": "p@ss"}
    assert server.connect_args("guanxi_owner") == args | {"ssl": "require"}
    assert server.connect_args("guanxi_app") == args | {"ssl": "require", "server_settings": {"role": "guanxi_app"}}
    assert from_url("postgres://shop@/guanxi?host=/run/postgresql").host == "/run/postgresql"


@pytest.mark.parametrize("url", ["mysql://a@b/c", "postgresql://db/guanxi", "postgresql://a@b/c?shadow=1"])
def test_a_database_url_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL"):
        from_url(url)


async def test_roles_of_the_embedded_server_connect_directly(server: Server) -> None:
    connection = await asyncpg.connect(**server.connect_args("guanxi_app"))
    assert await connection.fetchval("select current_user") == "guanxi_app"
    await connection.close()


async def run(*command: str) -> int:
    return await (await asyncio.create_subprocess_exec(*command)).wait()


@AsRoot
async def test_a_full_disk_is_survived(folder: Path) -> None:
    if await run("mount", "-t", "tmpfs", "-o", "size=200m,mode=711", "tmpfs", str(folder)):
        pytest.skip("this machine lets nobody mount")
    try:
        async with started(folder) as embedded:
            connection = await asyncpg.connect(**embedded.server.connect_args("guanxi_owner"))
            await connection.execute("create table kept (n int primary key, body text)")
            ballast = folder / "ballast"
            with ballast.open("wb") as file, contextlib.suppress(OSError):
                while os.fstatvfs(file.fileno()).f_bavail > 1000:
                    file.write(b"\0" * 65536)
                    file.flush()
            acknowledged = 0
            with contextlib.suppress(*BROKEN):
                for n in range(10_000):
                    body = "select $1::int, string_agg(md5(i::text), '') from generate_series(1, 4000) i"
                    await connection.execute(f"insert into kept {body}", n)
                    acknowledged += 1
            assert 0 < acknowledged < 10_000
            connection.terminate()
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                os.kill(embedded.pid, signal.SIGKILL)  # now there is not even room to recover
            ballast.unlink()
            assert await eventually(lambda: count(embedded.server)) >= acknowledged
            connection = await eventually(lambda: asyncpg.connect(**embedded.server.connect_args("guanxi_owner")))
            await connection.execute("insert into kept values (-1, '')")
            await connection.close()
    finally:
        await run("umount", str(folder))
