"""A real PostgreSQL for tests and benches: one server, and a migrated database of one's own in a blink."""

import contextlib
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg

from guanxi.infra.migrations import migrate
from guanxi.infra.postgres import Embedded, Server, start_embedded

TEMPLATE = "guanxi_template"
# No test cuts the power, so nothing waits for a disk. How the product itself writes is proved on servers started as it
# starts them (tests/infra/test_postgres.py, bench/).
RISKY = {"fsync": "off", "full_page_writes": "off"}


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A new folder that the server's account may enter: pytest's own tmp_path is closed to it when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="gx-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def running_server() -> AsyncIterator[Embedded]:
    """An embedded server with a migrated template in it, stopped and removed afterwards."""
    with open_folder() as folder:
        embedded = await start_embedded(folder, options=RISKY)
        try:
            await run_as_owner(embedded.server, f"create database {TEMPLATE}")
            await migrate(replace(embedded.server, database=TEMPLATE))
            # A template with somebody in it cannot be copied: so nobody comes in.
            await run_as_owner(embedded.server, f"alter database {TEMPLATE} allow_connections false")
            yield embedded
        finally:
            await embedded.stop()


@contextlib.asynccontextmanager
async def fresh_database(embedded: Embedded) -> AsyncIterator[Server]:
    """A migrated, empty database copied from the template, dropped afterwards even when somebody still looks at it."""
    name = f"fresh_{uuid.uuid4().hex[:12]}"
    await run_as_owner(embedded.server, f"create database {name} template {TEMPLATE} strategy file_copy")
    try:
        yield replace(embedded.server, database=name)
    finally:
        await run_as_owner(embedded.server, f"drop database if exists {name} with (force)")


async def run_as_owner(server: Server, sql: str) -> None:
    """Run a statement that belongs to no database in particular."""
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner") | {"database": "postgres"})
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
