"""The master key on its way into a backup and out of one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from guanxi.infra import secrets
from guanxi.infra.archive import ArchiveRefused, Reader, Writer
from guanxi.settings import Settings

KEY = "master.key"


def key_file(settings: Settings) -> Path:
    return settings.master_key_file or settings.data / KEY


def key_mark(settings: Settings) -> str:
    """By which a key is known again, and which tells nothing of it."""
    try:
        return secrets.load_sealer(key_file(settings)).sign("backup", "mark")
    except SystemExit:
        return ""


def put_key(settings: Settings, writer: Writer) -> None:
    """Write it into the archive. Raises ArchiveRefused when it is in no file."""
    if not key_file(settings).exists():
        raise ArchiveRefused(
            f"There is no {key_file(settings)}: a key from GUANXI_MASTER_KEY is kept where you keep it."
        )
    with key_file(settings).open("rb") as source:
        writer.add(KEY, source)


def refuse_other_key(settings: Settings, backup: Reader, *, replace_all: bool) -> list[str]:
    """What is left to do about the key, in sentences. Raises ArchiveRefused where another one would be lost."""
    wanted, here = backup.manifest.notes.get("key", ""), key_mark(settings)
    if here and wanted and here != wanted and not replace_all:
        raise ArchiveRefused(
            f"The master key here ({key_file(settings)}) is not the one that the backup was sealed with. Put that one "
            "in its place, or add --replace."
        )
    if here != wanted and KEY not in backup.manifest.members:
        return [f"The backup has no master key. Put yours at {key_file(settings)}: without it no inbox opens."]
    return []


def take_key(settings: Settings, backup: Reader) -> Sequence[str]:
    """Put the backup's key where it is looked for; the one that is there is kept beside it."""
    path = key_file(settings)
    if KEY not in backup.manifest.members or key_mark(settings) == backup.manifest.notes.get("key"):
        return []
    told = []
    if path.exists():
        path.rename(path.with_name(path.name + ".before"))
        told.append(f"The key that was here is now {path.name}.before.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with backup.open(KEY) as source, os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(source.read())
    return told
