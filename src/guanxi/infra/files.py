"""Where files lie: in a folder of this machine, or in a bucket of any store that speaks the S3 protocol."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

PIECE = 256 * 1024


class StoreAway(OSError):
    """The store of files cannot be reached, or refuses us; the message says what to look at."""


class Files(Protocol):
    """Files by path. Reading raises FileNotFoundError, everything StoreAway."""

    async def put(self, path: str, body: bytes) -> None:
        """Returns when the file is durable."""

    async def size(self, path: str) -> int:
        """In bytes."""

    def pieces(self, path: str, first: int, last: int) -> AsyncIterator[bytes]:
        """The bytes from `first` to `last`, both included, some at a time."""

    async def remove(self, path: str) -> None:
        """Nothing happens where there is none."""


class Folder:
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, path: str, body: bytes) -> None:
        await asyncio.to_thread(_write, self._folder / path, body)

    async def size(self, path: str) -> int:
        return (self._folder / path).stat().st_size

    async def pieces(self, path: str, first: int, last: int) -> AsyncIterator[bytes]:
        with (self._folder / path).open("rb") as file:
            file.seek(first)
            left = last - first + 1
            while left > 0 and (piece := await asyncio.to_thread(file.read, min(PIECE, left))):
                left -= len(piece)
                yield piece

    async def remove(self, path: str) -> None:
        await asyncio.to_thread((self._folder / path).unlink, missing_ok=True)


class Bucket:
    """A bucket, under a prefix. Credentials, region and endpoint come from the variables that every S3 tool reads."""

    def __init__(self, url: str, environ: Mapping[str, str] = os.environ) -> None:
        """`url` is s3://bucket/prefix. Raises ValueError when the library that speaks S3 is not installed."""
        try:
            import obstore
            from obstore import exceptions, store
        except ImportError as error:
            raise ValueError("Files in a bucket need the package obstore: install guanxi[s3].") from error
        parts = urlsplit(url)
        endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL", "")
        names = ("access_key_id", "secret_access_key", "session_token", "region")
        given: dict[str, Any] = {
            name: environ[f"AWS_{name.upper()}"] for name in names if f"AWS_{name.upper()}" in environ
        }
        if endpoint:
            given["endpoint"] = endpoint
        self._store = store.S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            # AWS is asked by host name, every other house by path; plain HTTP only if its address says so
            virtual_hosted_style_request=not endpoint,
            client_options={"allow_http": endpoint.startswith("http://"), "timeout": "30s", "connect_timeout": "5s"},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=10)},
            **given,
        )
        self._api, self._errors = obstore, exceptions

    async def put(self, path: str, body: bytes) -> None:
        await self._asked(self._api.put_async(self._store, path, body))

    async def size(self, path: str) -> int:
        return int((await self._asked(self._api.head_async(self._store, path)))["size"])

    async def pieces(self, path: str, first: int, last: int) -> AsyncIterator[bytes]:
        asked = self._api.get_async(self._store, path, options={"range": (first, last + 1)})
        async for piece in (await self._asked(asked)).stream(min_chunk_size=PIECE):
            yield bytes(piece)

    async def remove(self, path: str) -> None:
        try:
            await self._asked(self._api.delete_async(self._store, path))
        except FileNotFoundError:
            return

    async def _asked(self, call: Any) -> Any:
        try:
            return await call
        except FileNotFoundError:
            raise
        except self._errors.BaseError as error:
            # its text may quote the whole answer; the first line names the cause and no credentials
            raise StoreAway(f"The bucket did not answer as it should: {str(error).splitlines()[0][:200]}") from None


def files_at(place: str, folder: Path) -> Files:
    """The store that the setting `media_store` names: s3://bucket/prefix, or nothing for the folder."""
    return Bucket(place) if place else Folder(folder)


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
