"""A request's head has its limits: nobody fills our memory before he has said who he is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from guanxi.infra.postgres import Server
from tests.http.desk import open_front

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("start", [b"POST /in/x HTTP/1.1\r\nhost: x\r\nx-long: ", b"GET /", b"GET / HTTP/1.1\r\n"])
async def test_a_head_without_an_end_is_refused(server: Server, tmp_path: Path, start: bytes) -> None:
    filling = b"a: b\r\n" * 2000 if start.endswith(b"\r\n") else b"x" * 12_000
    async with open_front(server, tmp_path) as front:
        at = urlsplit(front.base)
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        writer.write(start)
        answer = asyncio.create_task(reader.read())
        for _ in range(40):
            if answer.done():
                break
            writer.write(filling)
            await writer.drain()
            await asyncio.sleep(0.01)
        assert (await asyncio.wait_for(answer, 60)).startswith(b"HTTP/1.1 400")
        writer.close()


async def test_a_large_but_sensible_head_is_served(server: Server, tmp_path: Path) -> None:
    async with open_front(server, tmp_path) as front:
        at = urlsplit(front.base)
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        head = b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-long: " + b"x" * 30_000
        for part in (head, b"\r\n", b"\r\n"):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)
        assert (await asyncio.wait_for(reader.read(), 60)).startswith(b"HTTP/1.1 200")
        writer.close()
