"""A whole database in one file that can be checked before it is believed: tables as text, each with its checksum.

A ZIP: its index stands at the end, so a file that was cut off is no archive. Text as COPY writes it is read by every
later PostgreSQL, and needs no program beside us, also where the database is somebody else's.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import asyncpg
import msgspec

from guanxi.infra.postgres import Server

MANIFEST = "manifest.json"
FORMAT = "guanxi-backup"
VERSION = 1
PIECE = 1 << 20

OnStep = Callable[[str], None]


class ArchiveRefused(Exception):
    """The file is no backup that could be used here; the message is a sentence for the person at the keyboard."""


class Member(msgspec.Struct, frozen=True):
    """One file in the archive."""

    size: int
    sha256: str


class Table(msgspec.Struct, frozen=True):
    name: str
    columns: list[str]
    rows: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is in the archive. `tables` stand in an order in which each comes behind those that it refers to;
    `sequences` say by "table.column" how far they have got; `migrations` are names and checksums."""

    format: str
    version: int
    made_at: str
    migrations: dict[str, str]
    tables: list[Table]
    sequences: dict[str, int]
    notes: dict[str, str]
    members: dict[str, Member]


class Portable(msgspec.Struct, frozen=True, kw_only=True):
    """How a database is made fit for another server: tables that stay behind, rows that do, columns that are other
    there. By table, and by "table.column", as SQL over the table's alias t."""

    without: frozenset[str] = frozenset()
    only: Mapping[str, str] = {}
    columns: Mapping[str, str] = {}


class Writer:
    """An archive that is being written. Its members are counted and summed on the way."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4)
        self.members: dict[str, Member] = {}

    def add(self, name: str, source: BinaryIO) -> None:
        with _Summed(self, name) as out:
            while piece := source.read(PIECE):
                out.write(piece)

    def open(self, name: str) -> _Summed:
        return _Summed(self, name)

    def close(self, manifest: Manifest) -> None:
        """The last word. Without it there is no archive."""
        self._zip.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        self._zip.close()


class _Summed:
    def __init__(self, writer: Writer, name: str) -> None:
        self._writer, self._name = writer, name
        self._sum, self._size = hashlib.sha256(), 0
        self._file: Any = None

    def __enter__(self) -> _Summed:
        self._file = self._writer._zip.open(self._name, "w", force_zip64=True)
        return self

    def write(self, piece: bytes) -> None:
        self._sum.update(piece)
        self._size += len(piece)
        self._file.write(piece)

    def __exit__(self, *failed: object) -> None:
        self._file.close()
        self._writer.members[self._name] = Member(self._size, self._sum.hexdigest())


async def write_database(
    server: Server, to: Writer, portable: Portable, on_step: OnStep
) -> tuple[list[Table], dict[str, int], dict[str, str]]:
    """Every table as it stood at one moment; returns the tables, the sequences, and the migrations done."""
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            migrations = {
                row["name"]: row["checksum"]
                for row in await connection.fetch("select name, checksum from schema_migration order by name")
            }
            tables = []
            for name, columns in await _tables(connection):
                if name in portable.without:
                    continue
                chosen = ", ".join(_expression(portable, name, column) for column in columns)
                query = f'select {chosen} from "{name}" t where {portable.only.get(name, "true")}'
                with to.open(f"tables/{name}.copy") as out:

                    async def put(piece: bytes, out: _Summed = out) -> None:
                        out.write(piece)

                    done = await connection.copy_from_query(query, output=put, format="text")
                tables.append(Table(name, columns, int(done.rsplit(" ", 1)[-1])))
                on_step(f"{name}: {tables[-1].rows} rows")
            sequences = {}
            for row in await connection.fetch(SEQUENCES):
                sequence = await connection.fetchrow(f"select last_value, is_called from {row['sequence']}")
                if sequence["is_called"] and row["table"] not in portable.without:
                    sequences[f"{row['table']}.{row['column']}"] = sequence["last_value"]
        return tables, sequences, migrations
    finally:
        await connection.close()


SEQUENCES = """select c.relname as table, a.attname as column,
    pg_get_serial_sequence(quote_ident(c.relname), a.attname) as sequence
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    and pg_get_serial_sequence(quote_ident(c.relname), a.attname) is not null order by 1, 2"""

TABLES = """select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns,
    array(select r.relname::text from pg_constraint f join pg_class r on r.oid = f.confrelid
          where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as needs
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    and a.attgenerated = ''
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migration'
  group by c.oid, c.relname order by c.relname"""


async def _tables(connection: Any) -> list[tuple[str, list[str]]]:
    """Each behind those that it refers to."""
    waiting = {row["name"]: (row["columns"], set(row["needs"])) for row in await connection.fetch(TABLES)}
    ordered: list[tuple[str, list[str]]] = []
    while waiting:
        ready = [name for name, (_, needs) in waiting.items() if not needs & set(waiting)]
        if not ready:
            raise ArchiveRefused(f"The tables {', '.join(waiting)} refer to each other in a circle.")
        ordered += [(name, waiting.pop(name)[0]) for name in ready]
    return ordered


def _expression(portable: Portable, table: str, column: str) -> str:
    other = portable.columns.get(f"{table}.{column}")
    return f'{other} as "{column}"' if other else f't."{column}"'


class Reader:
    """An archive that was found whole. Use `read_archive`."""

    def __init__(self, file: zipfile.ZipFile, manifest: Manifest) -> None:
        self._zip = file
        self.manifest = manifest

    def open(self, name: str) -> Any:
        return self._zip.open(name)

    def names(self, folder: str) -> list[str]:
        return [name for name in self.manifest.members if name.startswith(folder)]

    def close(self) -> None:
        self._zip.close()


def read_archive(path: Path) -> Reader:
    """Look at every byte of it before anything is done with any. Raises ArchiveRefused."""
    try:
        file = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise ArchiveRefused(f"There is no file {path}.") from error
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ArchiveRefused(f"{path} is not a backup of Guanxi, or it was cut off: {error}.") from error
    try:
        reader = Reader(file, _manifest(path, file))
        for name, wanted in reader.manifest.members.items():
            if _sum(file, name) != wanted:
                raise ArchiveRefused(f"{path} is damaged: {name} is not what was written. Take an older backup.")
        return reader
    except BaseException as error:
        file.close()
        if isinstance(error, zipfile.BadZipFile | EOFError | KeyError | OSError | zlib.error):
            raise ArchiveRefused(f"{path} is damaged: {error}. Take an older backup.") from error
        raise


def _manifest(path: Path, file: zipfile.ZipFile) -> Manifest:
    try:
        manifest = msgspec.json.decode(file.read(MANIFEST), type=Manifest)
    except (KeyError, msgspec.DecodeError) as error:
        raise ArchiveRefused(f"{path} is a ZIP file, but not a backup of Guanxi.") from error
    if manifest.format != FORMAT or manifest.version > VERSION:
        raise ArchiveRefused(f"{path} was written by a newer version of Guanxi, or by something else.")
    if sorted(file.namelist()) != sorted([*manifest.members, MANIFEST]):
        raise ArchiveRefused(f"{path} holds other files than its list says. It was changed after it was written.")
    if missing := [one.name for one in manifest.tables if f"tables/{one.name}.copy" not in manifest.members]:
        raise ArchiveRefused(f"{path} lacks the tables {', '.join(missing)}.")
    return manifest


def _sum(file: zipfile.ZipFile, name: str) -> Member:
    summed, size = hashlib.sha256(), 0
    with file.open(name) as source:
        while piece := source.read(PIECE):
            summed.update(piece)
            size += len(piece)
    return Member(size, summed.hexdigest())


async def load_database(server: Server, archive: Reader, on_step: OnStep) -> None:
    """Fill a database that has the archive's migrations and nothing else, in one transaction."""
    manifest = archive.manifest
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        async with connection.transaction():
            names = [one.name for one in manifest.tables]
            there = dict(await _tables(connection))
            if odd := [one.name for one in manifest.tables if not set(one.columns) <= set(there.get(one.name, []))]:
                raise ArchiveRefused(f"The backup's tables {', '.join(odd)} are not those of its own migrations.")
            # COPY does not look through policies: for the moment the owner stands above them
            forced = await connection.fetch(
                """select relname as name from pg_class where relnamespace = 'public'::regnamespace
                     and relforcerowsecurity and relname = any($1::text[])""",
                names,
            )
            for row in forced:
                await connection.execute(f'alter table "{row["name"]}" no force row level security')
            for name in reversed(names):
                await connection.execute(f'delete from "{name}"')  # what the migrations themselves have written
            for table in manifest.tables:
                with archive.open(f"tables/{table.name}.copy") as source:
                    done = await connection.copy_to_table(
                        table.name, source=source, columns=table.columns, format="text", schema_name="public"
                    )
                if int(done.rsplit(" ", 1)[-1]) != table.rows:
                    raise ArchiveRefused(f"The backup's table {table.name} has not the rows that its list says.")
                on_step(f"{table.name}: {table.rows} rows")
            for place, value in manifest.sequences.items():
                table_name, _, column = place.partition(".")
                await connection.execute(
                    "select setval(pg_get_serial_sequence(quote_ident($1), $2), $3)", table_name, column, value
                )
            for row in forced:
                await connection.execute(f'alter table "{row["name"]}" force row level security')
        await connection.execute("analyze")
    finally:
        await connection.close()
