"""The door for platforms: what breaks off, is malformed or comes while the database is away leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from guanxi.channel_kit.weixin.seal import signature
from guanxi.demo.platforms import serve
from guanxi.http.webhooks import webhooks
from guanxi.infra.postgres import Server
from guanxi.pipeline.doors import Doors
from tests.stories.test_line_message import SECRETS, line_request
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio
PLAIN = {"app_id": "wx0123456789abcdef", "mode": "plain"}
TOKEN = {"app_secret": "0123456789abcdef0123456789abcdef", "token": "guanxi_token"}


@asynccontextmanager
async def open_door(server: Server, folder: Path) -> AsyncIterator[tuple[World, Shop, str]]:
    async with open_world(server, folder) as world:
        shop = await world.shop("Kotori")
        async with serve(webhooks(world.doors, world.ingest)) as base:
            yield world, shop, base


async def kept(world: World, shop: Shop) -> int:
    async with world.house.db.reading(shop.id) as tx:
        return int(await tx.fetchval("select count(*) from inbound_event where workspace_id = $1", shop.id))


async def raw(base: str, *parts: bytes) -> bytes:
    """Write these bytes, say that no more will come, and read the answer."""
    at = urlsplit(base)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.05)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    return answer


async def test_a_body_that_breaks_off_is_not_taken_for_a_genuine_one(server: Server, tmp_path: Path) -> None:
    """WeChat's plain mode signs the query alone, so the address is genuine whatever has become of the body."""
    async with open_door(server, tmp_path) as (world, shop, base):
        door = await shop.connects("wechat", PLAIN, TOKEN)
        signed = f"signature={signature('guanxi_token', '1763700000', 'n')}&timestamp=1763700000&nonce=n"
        head = f"POST /in/{door.address}?{signed} HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n".encode()
        await raw(base, head, b"<xml><ToUserName>")
        await asyncio.sleep(0.1)
        assert await kept(world, shop) == 0


@pytest.mark.parametrize("address", ["%00", "a%00b", "x" * 8000, "%ed%a0%80", "%ff", "..%2f", "%E2%80%AE"])
async def test_a_senseless_address_is_answered_404(server: Server, tmp_path: Path, address: str) -> None:
    async with open_door(server, tmp_path) as (_, _, base), httpx.AsyncClient() as web:
        assert (await web.post(f"{base}/in/{address}", content=b"{}")).status_code == 404


async def test_a_nul_in_the_query_or_a_header_is_kept_as_a_replacement_character(
    server: Server, tmp_path: Path
) -> None:
    async with open_door(server, tmp_path) as (world, shop, base), httpx.AsyncClient() as web:
        door = await shop.connects("line", secrets=SECRETS)
        request = line_request("hi", "1")
        answer = await web.post(
            f"{base}/in/{door.address}?a=%00&b=%5Cu0000&%00=1",
            content=request.body,
            headers=dict(request.headers) | {"x-odd": r"\u0000"},
        )
        assert answer.status_code == 200
        async with world.house.db.reading(shop.id) as tx:
            row = await tx.fetchrow("select query, headers from inbound_event where workspace_id = $1", shop.id)
        assert row["query"] == {"a": "\ufffd", "b": r"\u0000", "\ufffd": "1"}
        assert row["headers"]["x-odd"] == r"\u0000"


async def test_while_the_database_is_away_a_platform_is_asked_to_come_again(server: Server, tmp_path: Path) -> None:
    async with open_door(server, tmp_path) as (world, shop, _):
        door = await shop.connects("line", secrets=SECRETS)
        away = replace(server, host=str(tmp_path))
        async with open_world(away, tmp_path / "away") as elsewhere:
            app = webhooks(Doors(elsewhere.house), elsewhere.ingest)
            async with serve(app) as base, httpx.AsyncClient() as web:
                request = line_request("hi", "1")
                answer = await web.post(f"{base}/in/{door.address}", content=request.body, headers=request.headers)
                assert answer.status_code == 503
                assert answer.headers["retry-after"]
        assert await kept(world, shop) == 0


async def test_connections_that_the_server_has_cut_cost_no_request(own_server: Server, tmp_path: Path) -> None:
    async with open_door(own_server, tmp_path) as (world, shop, base), httpx.AsyncClient() as web:
        door = await shop.connects("line", secrets=SECRETS)
        for n in range(3):
            request = line_request("hi", f"cut-{n}")
            answer = await web.post(f"{base}/in/{door.address}", content=request.body, headers=dict(request.headers))
            assert answer.status_code == 200
            await world.read_everything()
            await cut_all(own_server)
            world.doors.forget()


async def cut_all(server: Server) -> None:
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename like 'guanxi%' "
            "and pid <> pg_backend_pid()",
            server.database,
        )
    finally:
        await connection.close()
