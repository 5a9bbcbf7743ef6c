"""Migrations: each once, in order, undisturbed by neighbours; a database that does not fit is refused."""

import asyncio
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from guanxi.infra.migrations import MigrationRefused, default_folder, migrate, pending, read_steps
from guanxi.infra.postgres import Embedded, Server
from tests.databases import run_as_owner


@pytest_asyncio.fixture
async def empty(embedded: Embedded, request: pytest.FixtureRequest):
    name = f"empty_{abs(hash(request.node.name)) % 10**8}"
    await run_as_owner(embedded.server, f"create database {name}")
    yield replace(embedded.server, database=name)
    await run_as_owner(embedded.server, f"drop database {name} with (force)")


def write(folder: Path, **files: str) -> Path:
    for name, sql in files.items():
        (folder / f"{name[1:]}.sql").write_text(sql)
    return folder


async def test_every_step_is_applied_once_and_in_order(empty: Server, tmp_path: Path) -> None:
    folder = write(tmp_path, _0002_second="insert into a values (2);", _0001_first="create table a (n int);")
    assert await pending(empty, folder=folder) == ["0001_first", "0002_second"]
    heard: list[str] = []
    assert await migrate(empty, folder=folder, on_step=heard.append) == ["0001_first", "0002_second"] == heard
    assert await migrate(empty, folder=folder) == []
    assert await pending(empty, folder=folder) == []
    write(tmp_path, _0003_third="insert into a values (3);")
    assert await migrate(empty, folder=folder) == ["0003_third"]


async def test_a_failing_step_leaves_nothing_behind(empty: Server, tmp_path: Path) -> None:
    folder = write(tmp_path, _0001_first="create table a (n int); select 1/0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty, folder=folder)
    write(tmp_path, _0001_first="create table a (n int);")
    assert await migrate(empty, folder=folder) == ["0001_first"]


async def test_a_step_changed_after_it_was_applied_is_refused(empty: Server, tmp_path: Path) -> None:
    folder = write(tmp_path, _0001_first="create table a (n int);")
    await migrate(empty, folder=folder)
    write(tmp_path, _0001_first="create table a (n bigint);")
    with pytest.raises(MigrationRefused, match="0001_first was changed"):
        await migrate(empty, folder=folder)
    with pytest.raises(MigrationRefused, match="0001_first was changed"):
        await pending(empty, folder=folder)


async def test_a_database_newer_than_the_code_is_refused(empty: Server, tmp_path: Path) -> None:
    folder = write(tmp_path, _0001_first="select 1;", _0002_later="select 2;")
    await migrate(empty, folder=folder)
    (folder / "0002_later.sql").unlink()
    with pytest.raises(MigrationRefused, match="0002_later.*newer version"):
        await migrate(empty, folder=folder)


async def test_a_step_numbered_before_an_applied_one_is_refused(empty: Server, tmp_path: Path) -> None:
    folder = write(tmp_path, _0002_second="select 2;")
    await migrate(empty, folder=folder)
    write(tmp_path, _0001_first="select 1;")
    with pytest.raises(MigrationRefused, match="0001_first is numbered before 0002_second"):
        await migrate(empty, folder=folder)


def test_misnamed_and_doubly_numbered_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MigrationRefused, match="no migrations"):
        read_steps(tmp_path)
    write(tmp_path, _0001_first="select 1;", _0001_again="select 1;")
    with pytest.raises(MigrationRefused, match="0001_first.sql"):
        read_steps(tmp_path)


async def test_two_migrators_at_once_apply_each_step_once(empty: Server, tmp_path: Path) -> None:
    folder = write(tmp_path, _0001_first="create table a (n int);", _0002_second="insert into a values (1);")
    done = await asyncio.gather(*(migrate(empty, folder=folder) for _ in range(4)))
    assert sorted(map(len, done)) == [0, 0, 0, 2]


async def test_a_concurrent_index_is_built_outside_a_transaction(empty: Server, tmp_path: Path) -> None:
    index = "-- no-transaction\ncreate index concurrently if not exists a_n on a (n);  -- why\nanalyze a;\n"
    folder = write(tmp_path, _0001_first="create table a (n int);", _0002_index=index)
    assert await migrate(empty, folder=folder) == ["0001_first", "0002_index"]
    connection = await asyncpg.connect(**empty.connect_args("guanxi_owner"))
    assert await connection.fetchval("select indisvalid from pg_index where indexrelid = 'a_n'::regclass")
    await connection.close()


async def test_a_step_that_waits_for_a_lock_steps_back_and_tries_again(empty: Server, tmp_path: Path) -> None:
    folder = write(tmp_path, _0001_first="create table a (n int);")
    await migrate(empty, folder=folder)
    write(tmp_path, _0002_wider="alter table a add m int;")
    reader, watcher = [await asyncpg.connect(**empty.connect_args("guanxi_owner")) for _ in range(2)]
    held = reader.transaction()
    await held.start()
    await reader.fetch("select * from a")
    step = asyncio.create_task(migrate(empty, folder=folder))
    waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like 'alter table a%'"
    while not await watcher.fetchval(waits):
        await asyncio.sleep(0.02)
    while await watcher.fetchval(waits):  # it gives way by itself, though the reader stays
        await asyncio.sleep(0.02)
    await held.rollback()
    assert await step == ["0002_wider"]
    await reader.close()
    await watcher.close()


async def test_the_schema_of_this_version_is_complete(server: Server) -> None:
    assert await pending(server) == []
    assert default_folder().name in ("migrations", "migrations_sql")
