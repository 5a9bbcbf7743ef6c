"""Files that belong to messages: kept under names of our own, typed by their content, served by signed addresses."""

from __future__ import annotations

import asyncio
import io
import re
import secrets
import unicodedata
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from PIL import Image

from guanxi.infra.files import Files
from guanxi.infra.playing import framed_speex, playing_time
from guanxi.infra.secrets import Sealer

MOST_PIXELS = 40_000_000
MOST_BYTES = 25_000_000
STILL = "still.png"  # what stands for a film of which nobody has taken a picture
# What a browser may show in place; everything else is handed out as a download.
SHOWN = frozenset(
    {
        "image/png", "image/jpeg", "image/gif", "image/webp", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav",
        "audio/webm", "video/mp4", "video/webm",
    }
)  # fmt: skip


class Refused(Exception):
    """The file cannot be taken; `code` says why: empty, too_large, too_many_pixels, broken_image."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A kept file. `size` in bytes, `width` and `height` in pixels (0 when it is no picture), `duration` in
    milliseconds (0 when it does not play, or nobody can tell)."""

    key: str
    type: str
    name: str
    size: int
    width: int = 0
    height: int = 0
    duration: int = 0


def sniff(body: bytes, declared: str = "") -> str:
    """The type by the first bytes; text and office files by what was declared, when that is harmless."""
    head = body[:16]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if head[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    if head[:4] == b"RIFF" and body[8:12] == b"WAVE":
        return "audio/wav"
    if head.startswith(b"#!AMR"):
        return "audio/amr-wb" if head.startswith(b"#!AMR-WB") else "audio/amr"
    if head.startswith((b"\x02#!SILK", b"#!SILK")):
        return "audio/silk"
    if head.startswith(b"ID3") or head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return "audio/mpeg"
    if head.startswith(b"OggS"):
        return "audio/speex" if body[28:36] == b"Speex   " else "audio/ogg"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "audio/webm" if declared.startswith("audio/") else "video/webm"
    if body[4:8] == b"ftyp":
        return "audio/mp4" if body[8:11] == b"M4A" or declared.startswith("audio/") else "video/mp4"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"PK\x03\x04"):
        return "application/zip"
    if declared.startswith(("audio/", "voice/")) and framed_speex(body):
        return "audio/speex"
    return "application/octet-stream"


def clean_name(name: str) -> str:
    """A file name for showing: normalised first, then without paths, controls, direction marks and zero widths."""
    name = unicodedata.normalize("NFKC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return re.sub(r"\s+", " ", name).strip(" .")[:120]


class MediaStore:
    """Files of messages. Addresses are signed by the house's key and end after a while."""

    def __init__(self, files: Files, sealer: Sealer, public_url: str) -> None:
        self._files = files
        self._sealer = sealer
        self._public_url = public_url

    async def put(self, workspace_id: UUID, body: bytes, name: str = "", declared: str = "") -> Stored:
        """Keep a file. Raises Refused. Pictures lose their EXIF data, where people's homes stand in."""
        if not body:
            raise Refused("empty")
        if len(body) > MOST_BYTES:
            raise Refused("too_large")
        kind = sniff(body, declared)
        width = height = 0
        if kind.startswith("image/"):
            body, width, height = await asyncio.to_thread(_look_at_picture, body, kind)
        key = secrets.token_urlsafe(18)
        await self._files.put(_path(workspace_id, key), body)
        return Stored(
            key=key, type=kind, name=clean_name(name), size=len(body), width=width, height=height,
            duration=playing_time(body, kind),
        )  # fmt: skip

    async def read(self, workspace_id: UUID, key: str) -> bytes:
        """The file's bytes. Raises FileNotFoundError, StoreAway."""
        size = await self.size(workspace_id, key)
        return b"".join([piece async for piece in self.pieces(workspace_id, key, 0, size - 1)])

    async def size(self, workspace_id: UUID, key: str) -> int:
        """In bytes. Raises FileNotFoundError, StoreAway."""
        return await self._files.size(_path(workspace_id, key))

    def pieces(self, workspace_id: UUID, key: str, first: int, last: int) -> AsyncIterator[bytes]:
        """The bytes from `first` to `last`, both included. Raises FileNotFoundError, StoreAway."""
        return self._files.pieces(_path(workspace_id, key), first, last)

    async def remove(self, workspace_id: UUID, key: str) -> None:
        """For good; nothing happens where there is none. Raises StoreAway."""
        await self._files.remove(_path(workspace_id, key))

    def url(self, workspace_id: UUID, key: str, now: datetime, *, days: int = 2) -> str:
        """A public address of the file, valid for at least `days` and stable for a day, so that browsers cache it."""
        end = (now + timedelta(days=days + 1)).replace(hour=0, minute=0, second=0, microsecond=0)
        expires = format(int(end.timestamp()), "x")
        signature = self._sealer.sign("media", f"{workspace_id}/{key}/{expires}")
        return f"{self._public_url}/media/{workspace_id}/{key}?t={expires}.{signature}"

    def still_url(self, workspace_id: UUID, key: str, now: datetime) -> str:
        """A public address of a film's still picture; a neutral one where nobody has taken any."""
        return self.url(workspace_id, key, now) if key else f"{self._public_url}/media/{STILL}"

    def may_read(self, workspace_id: str, key: str, token: str, now: datetime) -> bool:
        """Does this token open this file now?"""
        expires, _, signature = token.partition(".")
        try:
            is_alive = int(expires, 16) > now.timestamp()
        except ValueError:
            return False
        return self._sealer.verify("media", f"{workspace_id}/{key}/{expires}", signature) and is_alive


def _path(workspace_id: UUID, key: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{24}", key):
        raise FileNotFoundError(key)
    return f"{UUID(str(workspace_id))}/{key[:2]}/{key}"


def _look_at_picture(body: bytes, kind: str) -> tuple[bytes, int, int]:
    try:
        with Image.open(io.BytesIO(body)) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise Refused("too_many_pixels")
            if kind == "image/jpeg" and picture.getexif():
                out = io.BytesIO()
                picture.save(out, "JPEG", quality="keep", icc_profile=picture.info.get("icc_profile"))
                return out.getvalue(), width, height
            picture.verify()
            return body, width, height
    except Refused:
        raise
    except Exception as error:  # Pillow raises whatever the broken file leads it to
        raise Refused("broken_image") from error
