"""A house is made of a backup: beside the one that is there if the login may, else in an empty database."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

from guanxi.backup import files
from guanxi.backup.key import KEY, refuse_other_key, take_key
from guanxi.backup.portable import PORTABLE
from guanxi.backup.queries import end_tokens, files_of, has_people, living_tokens
from guanxi.infra import archive, databases
from guanxi.infra.archive import ArchiveRefused, OnStep, Reader
from guanxi.infra.databases import Place
from guanxi.infra.files import StoreAway
from guanxi.infra.migrations import default_folder, migrate, read_steps
from guanxi.infra.postgres import Server
from guanxi.settings import Settings


def look_at(path: Path) -> Reader:
    """A backup that is whole, to its last byte, and ours. Raises ArchiveRefused."""
    backup = archive.read_archive(path)
    try:
        _refuse_foreign(path, backup)
    except ArchiveRefused:
        backup.close()
        raise
    return backup


async def restore(
    settings: Settings,
    server: Server,
    backup: Reader,
    *,
    replace_all: bool = False,
    keeps_tokens: bool = False,
    on_step: OnStep,
) -> Sequence[str]:
    """Make the house of this server and data folder the one in the backup; returns what is left to do, in sentences.

    The backup, one that was looked at, is closed. Access tokens are ended unless `keeps_tokens`:
    nobody here knows which of them were revoked since. Raises ArchiveRefused.
    """
    try:
        place = await databases.look(server, unmissed=PORTABLE.without | {"schema_migration"})
        if place.others:
            raise ArchiveRefused(
                f"{place.others} others are connected to the database. Stop every guanxi, then restore."
            )
        await _refuse_full(server, place, replace_all=replace_all)
        left = refuse_other_key(settings, backup, replace_all=replace_all)
        on_step("the backup is whole")
        making = _beside(server, place, backup, on_step) if place.may_make else _in_place(server, backup, on_step)
        try:
            async with making as fresh:
                await files.take(settings, backup, on_step)
                left += await files.look_for(settings, await files_of(fresh, newest=files.MOST_ASKED))
                left += await _judge_tokens(fresh, keeps_tokens=keeps_tokens)
        except StoreAway as error:
            raise ArchiveRefused(f"The files could not be put into {settings.media_store}. {error}") from error
        if (where := backup.manifest.notes.get("files", files.HERE)) != files.HERE:
            left.append(f"The files of messages were not in the backup: they are {where}.")
        return left + list(take_key(settings, backup))
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
        name for name in backup.manifest.members if not (files.MEMBER.fullmatch(name) or name == KEY or _is_table(name))
    ]:
        raise ArchiveRefused(f"{path} holds {odd[0]!r}, which no backup of Guanxi has.")


def _is_table(name: str) -> bool:
    return re.fullmatch(r"tables/[a-z0-9_]+\.copy", name) is not None


async def _refuse_full(server: Server, place: Place, *, replace_all: bool) -> None:
    if not place.is_there and not place.may_make:
        raise ArchiveRefused(
            f"There is no database {server.database}, and {place.login} may not create one. Have an empty one made that "
            f"belongs to {place.login}, then restore."
        )
    if not place.may_make and not place.is_empty:
        raise ArchiveRefused(
            f"The database {server.database} is not empty, and {place.login} may not create one beside it. Name an empty "
            f"one in DATABASE_URL, or have somebody say: alter role {place.login} createdb"
        )
    if place.is_there and not place.is_empty and not replace_all:
        if await has_people(server):
            raise ArchiveRefused("Somebody lives here already. To lose that house for the backup, add --replace.")
        raise ArchiveRefused(
            f"The database {server.database} holds something else than a Guanxi. Name another one in DATABASE_URL; to "
            "lose what is in it, add --replace."
        )


async def _fill(fresh: Server, backup: Reader, on_step: OnStep) -> None:
    """Tables as they were at the time of the backup, its rows, and then everything that has come since."""
    with tempfile.TemporaryDirectory() as folder:
        for name in backup.manifest.migrations:
            source = default_folder() / f"{name}.sql"
            (Path(folder) / source.name).write_bytes(source.read_bytes())
        await migrate(fresh, folder=Path(folder))
    await archive.load_database(fresh, backup, on_step)
    await migrate(fresh, on_step=lambda name: on_step(f"database: {name}"))


@contextlib.asynccontextmanager
async def _beside(server: Server, place: Place, backup: Reader, on_step: OnStep) -> AsyncIterator[Server]:
    """A new database is filled beside the old one, and at the end the two change names in one transaction: until then
    nothing is changed."""
    fresh = replace(server, database=f"{server.database}_restoring")
    former = f"{server.database}_before"
    drop = f'drop database if exists "{fresh.database}"'
    await databases.run_beside(server, [drop, f'create database "{fresh.database}"'])
    try:
        await _fill(fresh, backup, on_step)
        yield fresh
    except BaseException:
        await databases.run_beside(server, [drop])
        raise
    away = f'alter database "{server.database}" rename to "{former}";' if place.is_there else ""
    await databases.run_beside(
        server,
        [
            f'drop database if exists "{former}"',
            # one statement, so one transaction: there is never a moment without the house
            f'{away} alter database "{fresh.database}" rename to "{server.database}"',
            f'drop database if exists "{former}"',
        ],
    )


@contextlib.asynccontextmanager
async def _in_place(server: Server, backup: Reader, on_step: OnStep) -> AsyncIterator[Server]:
    """The empty database itself is filled. What fails leaves it empty."""
    await databases.clear(server)
    try:
        await _fill(server, backup, on_step)
        yield server
    except BaseException:
        await databases.clear(server)
        raise


async def _judge_tokens(fresh: Server, *, keeps_tokens: bool) -> list[str]:
    """Those that were revoked since the backup are in it, too: nobody can tell them from the others."""
    if keeps_tokens:
        kept = await living_tokens(fresh)
        told = f"{kept} access tokens live as they did then: look through them, some may have been revoked since."
        return [told] if kept else []
    ended = await end_tokens(fresh)
    told = f"{ended} access tokens were ended, also those that nobody has revoked: make new ones for your programs."
    return [told] if ended else []
