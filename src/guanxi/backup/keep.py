"""A house is put into one file, while it works."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from guanxi.backup import files
from guanxi.backup.key import key_mark, put_key
from guanxi.backup.portable import PORTABLE
from guanxi.backup.queries import files_of
from guanxi.infra import archive
from guanxi.infra.archive import ArchiveRefused, Manifest, OnStep
from guanxi.infra.files import StoreAway
from guanxi.infra.postgres import Server
from guanxi.settings import Settings


async def back_up(
    settings: Settings, server: Server, path: Path, *, with_key: bool, with_files: bool = False, on_step: OnStep
) -> Manifest:
    """Write the house as it stands at one moment. Files in a bucket come along only `with_files`; without, the
    manifest's note `files` says where they are. Raises ArchiveRefused.
    """
    if path.exists():
        raise ArchiveRefused(f"{path} exists already. Choose another name; a backup never overwrites one.")
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # customers' words: for our eyes only
    try:
        writer = archive.Writer(part)
        tables, sequences, migrations = await archive.write_database(server, writer, PORTABLE, on_step)
        notes = {"key": key_mark(settings)}
        if not settings.media_store:
            notes["files"] = files.put_folder(settings, writer, on_step)
        elif with_files:
            notes["files"] = await files.put_bucket(settings, writer, await files_of(server), on_step)
        else:
            notes["files"] = f"in {settings.media_store}"
        if with_key:
            put_key(settings, writer)
        manifest = Manifest(
            format=archive.FORMAT, version=archive.VERSION, made_at=datetime.now(UTC).isoformat(), migrations=migrations,
            tables=tables, sequences=sequences, notes=notes, members=writer.members,
        )  # fmt: skip
        writer.close(manifest)
        with part.open("rb+") as whole:
            os.fsync(whole.fileno())
        part.rename(path)
    except StoreAway as error:
        part.unlink(missing_ok=True)
        raise ArchiveRefused(f"There is no backup: {error}") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return manifest
