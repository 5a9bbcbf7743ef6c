"""Brings a database to the schema that this code expects: numbered .sql files, each applied once, forward only."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg

from guanxi.infra.postgres import Server

ADVISORY_LOCK = 0x6775616E7869  # "guanxi": one migrator at a time per database
OLDEST_SERVER = 150000
LOCK_TIMEOUT = "2s"
LOCK_ATTEMPTS = 30
NO_TRANSACTION = "-- no-transaction"

Connection: TypeAlias = "asyncpg.Connection[Any]"


class MigrationRefused(Exception):
    """The database and this code do not belong together; the message is a sentence for the person at the keyboard."""


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered file."""

    name: str
    sql: str
    checksum: str

    @property
    def in_transaction(self) -> bool:
        """Whether the whole file is one transaction; `-- no-transaction` on its first line says no."""
        return not self.sql.startswith(NO_TRANSACTION)


def default_folder() -> Path:
    """The .sql files inside an installed package, else those of the checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "migrations_sql"
    return packaged if packaged.is_dir() else package.parents[1] / "migrations"


def read_steps(folder: Path) -> list[Step]:
    """All steps of `folder` in order. Raises MigrationRefused for a misnamed file or a number used twice."""
    steps: list[Step] = []
    numbers: set[str] = set()
    for path in sorted(folder.glob("*.sql")):
        match = re.fullmatch(r"(\d{4})_[a-z0-9_]+\.sql", path.name)
        if match is None or match[1] in numbers:
            raise MigrationRefused(f"{path.name} is not a migration: a free number of four digits, _, words in a-z.")
        numbers.add(match[1])
        sql = path.read_text(encoding="utf-8")  # universal newlines: a checkout on Windows has the same checksum
        steps.append(Step(path.stem, sql, hashlib.sha256(sql.encode()).hexdigest()))
    if not steps:
        raise MigrationRefused(f"There are no migrations in {folder}. This copy of Guanxi is incomplete.")
    return steps


async def pending(server: Server, *, folder: Path | None = None) -> list[str]:
    """Names of the steps this database still lacks. Raises MigrationRefused when it is newer or was changed."""
    steps = read_steps(folder or default_folder())
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        return [step.name for step in _missing(steps, await _applied(connection))]
    finally:
        await connection.close()


async def migrate(
    server: Server, *, on_step: Callable[[str], None] | None = None, folder: Path | None = None
) -> list[str]:
    """Apply what is missing, as the owner, and return the names applied. `on_step` hears a name before it runs.

    Several processes may call this at once: one works, the others wait and find nothing to do.
    A step waits at most two seconds for a lock, then steps back and tries again, so that it never queues up the
    application's own statements behind it. Raises MigrationRefused.
    """
    steps = read_steps(folder or default_folder())
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        await _refuse_old_server(connection)
        while not await connection.fetchval("select pg_try_advisory_lock($1)", ADVISORY_LOCK):
            await asyncio.sleep(0.1)
        await connection.execute(
            "create table if not exists schema_migration ("
            "name text primary key, checksum text not null, applied_at timestamptz not null default now())"
        )
        missing = _missing(steps, await _applied(connection))
        for step in missing:
            if on_step is not None:
                on_step(step.name)
            await _apply(connection, step)
        return [step.name for step in missing]
    finally:
        await connection.close()  # the advisory lock goes with it


async def _applied(connection: Connection) -> dict[str, str]:
    if await connection.fetchval("select to_regclass('schema_migration') is null"):
        return {}
    rows = await connection.fetch("select name, checksum from schema_migration")
    return {row["name"]: row["checksum"] for row in rows}


def _missing(steps: list[Step], applied: dict[str, str]) -> list[Step]:
    known = {step.name: step for step in steps}
    if newer := sorted(set(applied) - set(known)):
        raise MigrationRefused(
            f"The database has {', '.join(newer)}, which this version of Guanxi does not know. "
            "It was used by a newer version; run that one, or restore a backup from before the upgrade."
        )
    if changed := sorted(name for name, checksum in applied.items() if known[name].checksum != checksum):
        raise MigrationRefused(
            f"{', '.join(changed)} was changed after it was applied to this database. "
            "Put the file back as it was and write the change as a new migration."
        )
    missing = [step for step in steps if step.name not in applied]
    if applied and missing and missing[0].name < max(applied):
        raise MigrationRefused(
            f"{missing[0].name} is numbered before {max(applied)}, which is applied already. Give it the next number."
        )
    return missing


async def _apply(connection: Connection, step: Step) -> None:
    await connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'")
    for attempt in range(1, LOCK_ATTEMPTS + 1):
        try:
            if step.in_transaction:
                async with connection.transaction():
                    await connection.execute(step.sql)
                    await _note(connection, step)
            else:
                for statement in _statements(step.sql):
                    await connection.execute(statement)
                await _note(connection, step)
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            if attempt == LOCK_ATTEMPTS:
                raise MigrationRefused(
                    f"{step.name} could not get its locks in {attempt} attempts; nothing of it was applied. "
                    "Look for a long transaction and start again."
                ) from error
            await asyncio.sleep(min(0.1 * attempt, 2.0))
        except asyncpg.InsufficientPrivilegeError as error:
            raise MigrationRefused(
                f"The login of DATABASE_URL may not do what {step.name} needs: {error}. docs/how-to/operate.md has the "
                "lines that an administrator says once."
            ) from error


async def _note(connection: Connection, step: Step) -> None:
    await connection.execute("insert into schema_migration (name, checksum) values ($1, $2)", step.name, step.checksum)


def _statements(sql: str) -> list[str]:
    """Statements of a file without a transaction. Each ends with a semicolon at the end of a line; no bodies."""
    return [part for part in re.split(r";[ \t]*(?:--[^\n]*)?(?:\n|$)", sql) if re.sub(r"--[^\n]*", "", part).strip()]


async def _refuse_old_server(connection: Connection) -> None:
    if int(await connection.fetchval("show server_version_num")) < OLDEST_SERVER:
        version = await connection.fetchval("show server_version")
        raise MigrationRefused(f"This database is PostgreSQL {version}. Guanxi needs PostgreSQL 15 or newer.")
