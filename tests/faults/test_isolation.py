"""A broken, slow or heavy inbox is its own trouble only."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import asyncpg
import pytest

from guanxi import inboxes
from guanxi.inboxes import Raw
from guanxi.infra.postgres import Server
from guanxi.pipeline.parse import parse
from guanxi.worker import inbound
from tests.stories.test_line_message import SECRETS, line_request
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio


async def messages(world: World, shop: Shop) -> int:
    async with world.house.db.reading(shop.id) as tx:
        return int(await tx.fetchval("select count(*) from message where workspace_id = $1 and author = 'contact'",
                                     shop.id))  # fmt: skip


async def test_an_inbox_whose_secrets_cannot_be_opened_stops_no_other(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        broken, well = [await shop.connects("line", secrets=SECRETS) for _ in range(2)]
        async with world.house.db.transaction(shop.id) as tx:
            await tx.execute("update inbox set secrets = $3 where workspace_id = $1 and id = $2", shop.id,
                             broken.inbox_id, b"\x01" * 100)  # fmt: skip
        world.doors.forget()
        await shop.hears(broken, line_request("hi", "1"))
        await shop.hears(well, line_request("hi", "2"))
        await world.read_everything()
        assert await messages(world, shop) == 1


async def test_while_one_inbox_waits_others_are_read(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        slow, quick = [await shop.connects("line", secrets=SECRETS) for _ in range(2)]
        await shop.hears(slow, line_request("hi", "1"))
        await world.read_everything()
        async with world.house.db.transaction(shop.id) as tx:  # somebody keeps the slow one's customer for long
            await tx.fetch("select from identity where workspace_id = $1 for update", shop.id)
            await shop.hears(slow, line_request("hi", "2"))
            reading = asyncio.create_task(inbound.work(world.house, world.doors))
            for n in range(3):
                await shop.hears(quick, line_request("hi", f"quick-{n}"))
                async with asyncio.timeout(60):
                    while await messages(world, shop) < 2 + n:
                        await asyncio.sleep(0.02)
            assert not reading.done()
        assert await asyncio.wait_for(reading, 60) == 4
        assert await messages(world, shop) == 5


async def test_reading_that_takes_long_leaves_the_rest_for_another_turn(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        door = await shop.connects("line", secrets=SECRETS)
        raws = [
            Raw(seq=n, method="POST", query={}, headers={}, body=line_request("hi", str(n)).body,
                received_at=world.clock(), attempts=0)
            for n in range(5)
        ]  # fmt: skip
        assert len(await parse(door, raws, patience=0)) == 1
        assert len(await parse(door, raws)) == 5


async def test_a_batch_of_heavy_bodies_is_cut_short(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        door = await shop.connects("line", secrets=SECRETS)
        for n in range(7):
            await shop.hears(door, line_request("x" * 1_900_000, str(n)))
        (batch,) = await inboxes.claim(world.house.db, most=5, largest=100, lease=30)
        async with world.house.db.reading(shop.id) as tx:
            assert len(await inboxes.raws_of(tx, batch)) == 5


async def test_a_failed_statement_that_nobody_heard_of_is_no_success(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")

        async def rename() -> None:
            async with world.house.db.transaction(shop.id) as tx:
                await tx.execute("update workspace set name = 'new' where id = $1", shop.id)
                with contextlib.suppress(asyncpg.NotNullViolationError):
                    await tx.execute("insert into queue (workspace_id) values ($1)", shop.id)

        with pytest.raises(RuntimeError):
            await rename()


async def test_a_hand_that_stops_in_the_middle_of_a_transaction_loses_it(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        async with world.house.db.reading(shop.id) as tx:
            assert await tx.fetchval("show idle_in_transaction_session_timeout") == "30s"
