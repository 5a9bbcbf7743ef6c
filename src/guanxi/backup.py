"""A backup of a house, and a house made of a backup: its database, its files, and, if asked for, its master key."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from guanxi.infra import archive, secrets
from guanxi.infra.archive import ArchiveRefused, Manifest, OnStep, Portable, Reader
from guanxi.infra.migrations import default_folder, migrate, read_steps
from guanxi.infra.postgres import Server
from guanxi.settings import Settings

KEY = "master.key"
FILE = re.compile(r"media/[0-9a-f-]{36}/[A-Za-z0-9_-]{2}/[A-Za-z0-9_-]{24}")

# What a house must not take along to another place, or back to another time (docs/decisions/0013):
# - a transaction's number means something only on the server that gave it. What was followed stands under 1, what
#   was not under 2, in the order of their ids; both are below every number that a server gives;
# - what was on its way to a customer may have arrived since: nobody can know, so a person decides;
# - who was signed in signs in again, and one-time links are used up.
_IS_FOLLOWED = """exists (select from event_cursor k where k.workspace_id = t.workspace_id
  and (t.xid, t.id) <= (k.xid, k.id))"""
PORTABLE = Portable(
    without=frozenset({"sign_in", "sign_in_attempt", "link", "sign_on_try"}),
    only={
        "job": "t.kind <> 'deliver'",
        "lane": "not exists (select from job j where j.workspace_id = t.workspace_id and j.lane = t.key"
        " and j.kind = 'deliver')",
    },
    columns={
        "event.xid": f"case when {_IS_FOLLOWED} then 1 else 2 end",
        "event_cursor.xid": "1",
        "event_cursor.id": "9223372036854775807",
        "message.state": "case when t.state in ('waiting', 'sending') then 'unknown' else t.state end",
        "message.reason": "case when t.state in ('waiting', 'sending') then 'restored' else t.reason end",
        "lane.locked_until": "null",
        "agent.presence": "'offline'",
    },
)


async def back_up(settings: Settings, server: Server, path: Path, *, with_key: bool, on_step: OnStep) -> Manifest:
    """Write the house as it stands at one moment into one file, while it works. Raises ArchiveRefused."""
    if path.exists():
        raise ArchiveRefused(f"{path} exists already. Choose another name; a backup never overwrites one.")
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # customers' words: for our eyes only
    try:
        writer = archive.Writer(part)
        tables, sequences, migrations = await archive.write_database(server, writer, PORTABLE, on_step)
        notes = {"key": _key_mark(settings)}
        notes["files"] = _write_files(settings, writer, on_step)
        if with_key:
            with _key_file(settings).open("rb") as source:
                writer.add(KEY, source)
        manifest = Manifest(
            format=archive.FORMAT, version=archive.VERSION, made_at=datetime.now(UTC).isoformat(), migrations=migrations,
            tables=tables, sequences=sequences, notes=notes, members=writer.members,
        )  # fmt: skip
        writer.close(manifest)
        with part.open("rb+") as whole:
            os.fsync(whole.fileno())
        part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return manifest


def _write_files(settings: Settings, writer: archive.Writer, on_step: OnStep) -> str:
    """The files of the local folder. They are written before the rows that name them and never change, so that what
    is found after the moment of the backup is never too little."""
    if settings.media_store:
        return f"in {settings.media_store}"
    count = 0
    for path in sorted((settings.data / "media").rglob("*")):
        name = path.relative_to(settings.data).as_posix()
        if path.is_file() and FILE.fullmatch(name):
            with path.open("rb") as source:
                writer.add(name, source)
            count += 1
    on_step(f"{count} files")
    return "here"


def _key_file(settings: Settings) -> Path:
    return settings.master_key_file or settings.data / KEY


def _key_mark(settings: Settings) -> str:
    """By which a key is known again, and which tells nothing of it."""
    try:
        return secrets.load_sealer(_key_file(settings)).sign("backup", "mark")
    except SystemExit:
        return ""


async def restore(
    settings: Settings, server: Server, path: Path, *, replace_all: bool, on_step: OnStep
) -> Sequence[str]:
    """Make the house of this server and data folder the one in the backup; returns what is left to do, in sentences.

    The backup is checked to its last byte, a new database is made and filled beside the old one, and only then the two
    change places in one transaction: until then nothing is changed. Raises ArchiveRefused.
    """
    backup = archive.read_archive(path)
    try:
        _refuse_foreign(path, backup)
        is_there, others = await archive.look_beside(server)
        if others:
            raise ArchiveRefused(f"{others} others are connected to the database. Stop every guanxi, then restore.")
        if is_there and not replace_all and await archive.holds(server, "workspace"):
            raise ArchiveRefused("Somebody lives here already. To lose that house for the backup, add --replace.")
        left = _refuse_other_key(settings, backup, replace_all=replace_all)
        on_step("the backup is whole")
        await _make_beside(server, backup, is_there, on_step)
        _take_files(settings, backup, on_step)
        return left + _take_key(settings, backup)
    finally:
        backup.close()


def _refuse_foreign(path: Path, backup: Reader) -> None:
    known = {step.name: step.checksum for step in read_steps(default_folder())}
    if newer := sorted(set(backup.manifest.migrations) - set(known)):
        raise ArchiveRefused(f"{path} was written by a newer version of Guanxi ({', '.join(newer)}). Restore it there.")
    if changed := [name for name, checksum in backup.manifest.migrations.items() if known[name] != checksum]:
        raise ArchiveRefused(f"{path} was written by another Guanxi: its {', '.join(changed)} is not ours.")
    if not backup.manifest.migrations:
        raise ArchiveRefused(f"{path} names no migrations: it is not a backup of a house.")
    if odd := [
        name for name in backup.manifest.members if not (FILE.fullmatch(name) or name == KEY or _is_table(name))
    ]:
        raise ArchiveRefused(f"{path} holds {odd[0]!r}, which no backup of Guanxi has.")


def _is_table(name: str) -> bool:
    return re.fullmatch(r"tables/[a-z0-9_]+\.copy", name) is not None


async def _make_beside(server: Server, backup: Reader, is_there: bool, on_step: OnStep) -> None:
    fresh = replace(server, database=f"{server.database}_restoring")
    former = f"{server.database}_before"
    await archive.run_beside(
        server, [f'drop database if exists "{fresh.database}"', f'create database "{fresh.database}"']
    )
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name in backup.manifest.migrations:
                source = default_folder() / f"{name}.sql"
                (Path(folder) / source.name).write_bytes(source.read_bytes())
            await migrate(fresh, folder=Path(folder))
        await archive.load_database(fresh, backup, on_step)
        await migrate(fresh, on_step=lambda name: on_step(f"database: {name}"))
    except BaseException:
        await archive.run_beside(server, [f'drop database if exists "{fresh.database}"'])
        raise
    away = f'alter database "{server.database}" rename to "{former}";' if is_there else ""
    await archive.run_beside(
        server,
        [
            f'drop database if exists "{former}"',
            # one statement, so one transaction: there is never a moment without the house
            f'{away} alter database "{fresh.database}" rename to "{server.database}"',
            f'drop database if exists "{former}"',
        ],
    )


def _take_files(settings: Settings, backup: Reader, on_step: OnStep) -> None:
    names = backup.names("media/")
    for name in names:
        path = settings.data / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            with backup.open(name) as source, part.open("wb") as out:
                while piece := source.read(archive.PIECE):
                    out.write(piece)
            part.rename(path)
    on_step(f"{len(names)} files")


def _refuse_other_key(settings: Settings, backup: Reader, *, replace_all: bool) -> list[str]:
    wanted, here = backup.manifest.notes.get("key", ""), _key_mark(settings)
    if here and wanted and here != wanted and not replace_all:
        raise ArchiveRefused(
            f"The master key here ({_key_file(settings)}) is not the one that the backup was sealed with. Put that one "
            "in its place, or add --replace."
        )
    left = []
    if backup.manifest.notes.get("files", "here") != "here":
        left.append(f"The files were not in the backup: they are {backup.manifest.notes['files']}.")
    if here != wanted and KEY not in backup.manifest.members:
        left.append(f"The backup has no master key. Put yours at {_key_file(settings)}: without it no inbox opens.")
    return left


def _take_key(settings: Settings, backup: Reader) -> list[str]:
    path = _key_file(settings)
    if KEY not in backup.manifest.members or _key_mark(settings) == backup.manifest.notes.get("key"):
        return []
    told = []
    if path.exists():
        path.rename(path.with_name(path.name + ".before"))
        told.append(f"The key that was here is now {path.name}.before.")
    with backup.open(KEY) as source, os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(source.read())
    return told
