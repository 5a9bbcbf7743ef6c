"""Files by signed addresses. They come from strangers: shown only as pictures, sound or film, else handed out."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote
from uuid import UUID

from guanxi import views
from guanxi.house import House
from guanxi.http.plain import TEXT, App, Receive, Scope, Send, header, respond
from guanxi.infra.media import SHOWN, sniff

PATH = re.compile(r"/media/([0-9a-f-]{36})/([A-Za-z0-9_-]{24})")
PIECE = 256 * 1024


def files(house: House) -> App:
    """GET /media/{workspace}/{key}?t=token, whole or one range of bytes."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        match = PATH.fullmatch(scope["path"])
        token = parse_qs(scope["query_string"].decode("latin-1")).get("t", [""])[0]
        allowed = match and house.media.may_read(match[1], match[2], token, house.clock())
        if not match or not allowed or scope["method"] not in ("GET", "HEAD"):
            await respond(send, 404, b"There is nothing here.", [TEXT])
            return
        workspace_id, key = UUID(match[1]), match[2]
        async with house.db.reading(workspace_id) as tx:
            named = await views.file_named(tx, key)
        try:
            file = house.media.path(workspace_id, key).open("rb")
        except OSError:
            await respond(send, 404, b"There is nothing here.", [TEXT])
            return
        with file:
            type_, name = named or (sniff(file.read(64)), "")
            size = file.seek(0, 2)
            first, last, partial = _range(header(scope, b"range"), size)
            file.seek(first)
            disposition = "inline" if type_ in SHOWN else "attachment"
            start_headers = [
                (b"content-type", type_.encode("latin-1", "replace")),
                (b"content-disposition", f"{disposition}; filename*=UTF-8''{quote(name or key)}".encode()),
                (b"content-security-policy", b"sandbox; default-src 'none'"),
                (b"x-content-type-options", b"nosniff"),
                (b"cross-origin-resource-policy", b"cross-origin"),
                (b"referrer-policy", b"no-referrer"),
                (b"cache-control", b"private, max-age=86400, immutable"),
                (b"accept-ranges", b"bytes"),
                (b"content-length", str(last - first + 1).encode()),
            ]
            if partial:
                start_headers.append((b"content-range", f"bytes {first}-{last}/{size}".encode()))
            status = 206 if partial else 200
            await send({"type": "http.response.start", "status": status, "headers": start_headers})
            left = 0 if scope["method"] == "HEAD" else last - first + 1
            while left > 0:
                piece = file.read(min(PIECE, left))
                left = left - len(piece) if piece else 0
                await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
            if scope["method"] == "HEAD":
                await send({"type": "http.response.body", "body": b""})

    return door


def _range(asked: str, size: int) -> tuple[int, int, bool]:
    """(first, last, partial) byte; anything odd is the whole file."""
    match = re.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", asked)
    if not match or not (match[1] or match[2]) or size == 0:
        return 0, size - 1, False
    if not match[1]:
        return max(0, size - int(match[2])), size - 1, True
    first, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
    return (first, last, True) if first <= last else (0, size - 1, False)
