"""Callers at the visitor door, and what they bring."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import io
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from guanxi.infra.postgres import Server
from tests.browser.widget_site import IDENTIFY_SECRET, Site, opened
from tests.databases import open_folder


@contextlib.asynccontextmanager
async def tea_house(server: Server) -> AsyncIterator[Site]:
    """A house whose chat only https://shop.example may show."""
    with open_folder() as folder:
        async with opened(server, folder, sites="https://shop.example") as running:
            yield running


class Caller:
    """Somebody at the door, from an address of their own."""

    def __init__(self, http: httpx.AsyncClient, visitor: str, browser: str) -> None:
        self.http, self.visitor, self.browser = http, visitor, browser

    async def says(self, text: str, message_id: str = "") -> httpx.Response:
        said = {"visitor": self.visitor, "id": message_id or str(uuid4()), "content": {"kind": "text", "text": text}}
        return await self.http.post("/messages", json=said)

    async def sees(self) -> list[dict[str, Any]]:
        got = await self.http.get("/messages", headers={"authorization": f"Visitor {self.visitor}"})
        rows: list[dict[str, Any]] = got.json()["rows"]
        return rows


_callers = iter(range(1, 10_000))


async def come_in(site: Site, http: httpx.AsyncClient, **told: Any) -> Caller:
    """Say hello as a new browser that is about to write."""
    site.exchange_addresses(f"10.0.{next(_callers) // 250}.{next(_callers) % 250}")
    hello = (await http.post("/hello", json={"begin": True, **told})).json()
    return Caller(http, hello["visitor"], hello["browser"])


@contextlib.asynccontextmanager
async def socket_of(site: Site, caller: Caller) -> AsyncIterator[ClientConnection]:
    """A visitor's socket that has been welcomed."""
    address = f"{site.url.replace('http', 'ws')}/chat/{site.door.address}/live"
    async with connect(address, origin=site.url) as socket:  # type: ignore[arg-type]
        await socket.send(json.dumps({"type": "hello", "visitor": caller.visitor}))
        assert json.loads(await socket.recv()) == {"type": "welcome"}
        yield socket


async def next_of(socket: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if frame["type"] == kind:
                return frame


async def has_to_go(socket: ClientConnection) -> None:
    """The door closes this socket."""
    async with asyncio.timeout(60):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()


def signed(secret: str = IDENTIFY_SECRET, **claims: Any) -> str:
    part = base64.urlsafe_b64encode(json.dumps({"exp": int(time.time()) + 600, **claims}).encode()).rstrip(b"=")
    proof = base64.urlsafe_b64encode(hmac.digest(secret.encode(), part, hashlib.sha256)).rstrip(b"=")
    return f"{part.decode()}.{proof.decode()}"


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#3d6b5c").save(out, "PNG")
    return out.getvalue()
