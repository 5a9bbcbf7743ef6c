"""Every event is heard once: late ones soon, poisonous ones alone; and what is old goes."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from guanxi.infra.postgres import Server
from guanxi.worker import follow, keep_time
from tests.http.desk import arrives
from tests.stories.test_line_message import SECRETS, line_request
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio


async def indexed(world: World, shop: Shop) -> int:
    async with world.house.db.reading(shop.id) as tx:
        return int(
            await tx.fetchval("select count(*) from search_message where workspace_id = $1 and seq > 0", shop.id)
        )


async def with_messages(world: World, *texts: str) -> tuple[Shop, UUID]:
    shop = await world.shop("Kotori")
    door = await shop.connects("line", secrets=SECRETS)
    return shop, await arrives(shop, door.inbox_id, "U1", *texts)


async def test_an_event_that_a_follower_cannot_read_hinders_no_other(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop, one = await with_messages(world, "a", "b", "c")
        async with world.house.db.transaction(shop.id) as tx:
            await tx.execute(
                """update message set content = '{"kind": "of_another_age"}' where workspace_id = $1
                   and conversation_id = $2 and seq = 2""",
                shop.id,
                one,
            )
        assert await follow.catch_up(world.house, shop.id)
        assert await indexed(world, shop) == 2
        async with world.house.db.reading(shop.id) as tx:
            rows = await tx.fetch("select measure, count from report_figure where workspace_id = $1", shop.id)
        assert sorted(tuple(row) for row in rows) == [("opened", 1), ("received", 3)]


async def test_what_hides_behind_a_running_transaction_is_known_to_be_there(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        other = await world.shop("别家")
        async with world.house.db.transaction(other.id) as long:
            await long.execute("update workspace set name = 'slow' where id = $1", other.id)
            shop, _ = await with_messages(world, "a")
            assert not await follow.catch_up(world.house, shop.id)
            assert await indexed(world, shop) == 0
        assert await follow.catch_up(world.house, shop.id)
        assert await indexed(world, shop) == 1


async def test_old_events_and_raw_bodies_go_and_what_was_not_heard_or_read_stays(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path, event_days=31) as world:
        shop, _ = await with_messages(world, "a", "b")
        door = await shop.connects("line", secrets=SECRETS)
        for n in range(3):
            await shop.hears(door, line_request("hi", str(n)))
        await world.read_everything()
        await shop.hears(door, line_request("hi", "unread"))
        async with world.house.db.transaction(shop.id) as tx:
            await tx.execute("update inbound_event set received_at = now() - interval '31 days'")
        await world.follow_everything(shop.id)
        world.clock.forward(days=32)
        async with world.house.db.transaction(shop.id) as tx:
            await tx.execute("update event set at = at - interval '32 days' where workspace_id = $1", shop.id)
            heard = await tx.fetchval("select count(*) from event where workspace_id = $1", shop.id)
        await arrives(shop, door.inbox_id, "U2", "c")
        async with world.house.db.transaction(shop.id) as tx:  # old as well, but nobody has heard of it yet
            await tx.execute("update event set at = at - interval '32 days' where workspace_id = $1", shop.id)
            everything = await tx.fetchval("select count(*) from event where workspace_id = $1", shop.id)
        await keep_time.clean(world.house)
        async with world.house.db.reading(shop.id) as tx:
            left = await tx.fetchval("select count(*) from event where workspace_id = $1", shop.id)
            raws = await tx.fetchval("select count(*) from inbound_event where workspace_id = $1", shop.id)
        assert heard > 0
        assert left == everything - heard
        assert raws == 1
