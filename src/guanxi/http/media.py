"""Files by signed addresses. They come from strangers: shown only as pictures, sound or film, else handed out."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote
from uuid import UUID

from guanxi import views
from guanxi.house import House
from guanxi.http.plain import TEXT, App, Receive, Scope, Send, header, respond
from guanxi.infra.files import StoreAway
from guanxi.infra.media import SHOWN, STILL, sniff
from guanxi.infra.still import neutral_still

PATH = re.compile(r"/media/([0-9a-f-]{36})/([A-Za-z0-9_-]{24})")


def files(house: House) -> App:
    """GET /media/{workspace}/{key}?t=token, whole or one range of bytes; and the still picture of films without one."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == f"/media/{STILL}":
            kept = (b"cache-control", b"public, max-age=86400")
            is_head = scope["method"] == "HEAD"
            await respond(send, 200, neutral_still(), [(b"content-type", b"image/png"), kept], only_head=is_head)
            return
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
            size = await house.media.size(workspace_id, key)
            type_, name = named or (sniff(await _head(house, workspace_id, key, size)), "")
        except FileNotFoundError:
            await respond(send, 404, b"There is nothing here.", [TEXT])
            return
        except StoreAway:
            await respond(send, 503, b"The store of files is away; come again.", [TEXT, (b"retry-after", b"5")])
            return
        first, last, partial = _range(header(scope, b"range"), size)
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
        if scope["method"] == "GET":
            async for piece in house.media.pieces(workspace_id, key, first, last):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return door


async def _head(house: House, workspace_id: UUID, key: str, size: int) -> bytes:
    return b"".join([piece async for piece in house.media.pieces(workspace_id, key, 0, min(size, 64) - 1)])


def _range(asked: str, size: int) -> tuple[int, int, bool]:
    """(first, last, partial) byte; anything odd is the whole file."""
    match = re.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", asked)
    if not match or not (match[1] or match[2]) or size == 0:
        return 0, size - 1, False
    if not match[1]:
        return max(0, size - int(match[2])), size - 1, True
    first, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
    return (first, last, True) if first <= last else (0, size - 1, False)
