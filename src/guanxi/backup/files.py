"""The files of messages on their way into a backup and out of one: from a folder always, from a bucket if asked for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from guanxi.backup.queries import File
from guanxi.infra.archive import OnStep, Reader, Writer
from guanxi.infra.files import Files, StoreAway, files_at
from guanxi.settings import Settings

MEMBER = re.compile(r"media/[0-9a-f-]{36}/[A-Za-z0-9_-]{2}/[A-Za-z0-9_-]{24}")
HERE = "here"
MOST_ASKED = 5_000  # files that a restore looks for, the newest first
AT_ONCE = 32


def of(settings: Settings) -> Files:
    """Where this house keeps its files."""
    return files_at(settings.media_store, settings.data / "media")


def put_folder(settings: Settings, writer: Writer, on_step: OnStep) -> str:
    """Write the files of the local folder. They are written before the rows that name them and never change, so that
    what is found after the moment of the backup is never too little."""
    count = 0
    for path in sorted((settings.data / "media").rglob("*")):
        name = path.relative_to(settings.data).as_posix()
        if path.is_file() and MEMBER.fullmatch(name):
            with path.open("rb") as source:
                writer.add(name, source)
            count += 1
    on_step(f"{count} files")
    return HERE


async def put_bucket(settings: Settings, writer: Writer, named: Sequence[File], on_step: OnStep) -> str:
    """Write the files that messages name out of the bucket. One that is not there is said. Raises StoreAway."""
    store, missing = of(settings), 0
    for file in named:
        try:
            size = await store.size(file.path)
            with writer.open(f"media/{file.path}") as out:
                async for piece in store.pieces(file.path, 0, size - 1):
                    out.write(piece)
        except FileNotFoundError:
            missing += 1
    on_step(f"{len(named) - missing} files out of {settings.media_store}")
    if missing:
        on_step(f"{missing} files that messages name were NOT in {settings.media_store}")
    return HERE


async def take(settings: Settings, backup: Reader, on_step: OnStep) -> None:
    """Put the backup's files where this house keeps its own. What is there is left alone. Raises StoreAway."""
    store, names = of(settings), backup.names("media/")
    for name in names:
        path = name.removeprefix("media/")
        try:
            is_here = await store.size(path) == backup.manifest.members[name].size
        except FileNotFoundError:
            is_here = False
        if not is_here:
            with backup.open(name) as source:
                await store.put(path, source.read())
    on_step(f"{len(names)} files")


async def look_for(settings: Settings, named: Sequence[File]) -> list[str]:
    """Are the files there that messages name? What is not, in sentences."""
    store = of(settings)
    where = settings.media_store or str(settings.data / "media")

    async def is_missing(file: File) -> bool:
        try:
            return await store.size(file.path) != file.size
        except FileNotFoundError:
            return True

    missing: list[File] = []
    try:
        for first in range(0, len(named), AT_ONCE):
            some = named[first : first + AT_ONCE]
            found = await asyncio.gather(*(is_missing(file) for file in some))
            missing += [file for file, is_gone in zip(some, found, strict=True) if is_gone]
    except StoreAway as error:
        return [f"Nobody knows whether the files of messages are in {where}. {error}"]
    if not missing:
        return []
    told = f"{len(missing)} of {len(named)} files that messages name are not in {where}, the newest of them"
    return [f"{told} {missing[0].path}. Put them there, or their messages stay without."]
