"""Leases that ran out: whoever comes late settles nothing, and what he left behind is done by another hand."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from guanxi.infra import jobs
from guanxi.infra.jobs import Claim, Wanted
from guanxi.infra.postgres import Server
from guanxi.pipeline import deliver
from tests.places import Place, open_place
from tests.world import World, open_world

YUKI = "U" + "1" * 32

pytestmark = pytest.mark.asyncio


async def claim_all(world: World) -> list[Claim]:
    return await jobs.claim(world.house.db, in_flight=8, share=4, most=10, lease=30)


async def let_leases_run_out(world: World, workspace_id: UUID) -> None:
    async with world.house.db.transaction(workspace_id) as tx:
        await tx.execute(
            "update lane set locked_until = now() - interval '1 s' where workspace_id = $1 and locked_until is not null",
            workspace_id,
        )


async def ask_to_wait(place: Place) -> None:
    await place.line.customer_says(YUKI, "もしもし")
    await place.world.read_everything()
    await place.world.send_everything()
    await place.answer(YUKI, "はい")


async def test_a_hand_that_comes_after_its_lease_leaves_the_lane_to_another(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        await ask_to_wait(place)
        (claim,) = await claim_all(place.world)
        await let_leases_run_out(place.world, place.shop.id)
        async with place.world.house.db.transaction(place.shop.id) as tx:
            assert await deliver.prepare(tx, place.world.house, place.line_door, claim) is False
        await place.send_until_quiet()
        assert [m["text"] for m in place.line.received(YUKI)] == ["はい"]


async def test_a_lane_that_ends_is_removed_only_by_the_hand_that_holds_it(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        async with world.house.db.transaction(shop.id) as tx:
            await jobs.enqueue(tx, [Wanted(lane="wake:x", pool="wake", kind="wake", args={})])
        (claim,) = await claim_all(world)
        await let_leases_run_out(world, shop.id)
        async with world.house.db.transaction(shop.id) as tx:
            assert await jobs.begin(tx, claim, 1) == []
            await jobs.release(tx, claim, done=await jobs.last_position(tx, claim), keep=False)
        assert [one.lane for one in await claim_all(world)] == ["wake:x"]


async def test_a_hand_of_a_lane_that_was_removed_does_not_hold_the_new_one_of_that_name(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        wanted = [Wanted(lane="wake:x", pool="wake", kind="wake", args={})]
        async with world.house.db.transaction(shop.id) as tx:
            await jobs.enqueue(tx, wanted)
        (late,) = await claim_all(world)
        await let_leases_run_out(world, shop.id)
        (other,) = await claim_all(world)
        async with world.house.db.transaction(shop.id) as tx:
            (job,) = await jobs.begin(tx, other, 1)
            await jobs.finish(tx, other, job)
            await jobs.release(tx, other, done=job.position, keep=False)
        async with world.house.db.transaction(shop.id) as tx:
            await jobs.enqueue(tx, wanted)
        assert len(await claim_all(world)) == 1
        async with world.house.db.transaction(shop.id) as tx:
            assert not await jobs.holds(tx, late)


async def test_a_lane_of_the_same_name_can_die_twice(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        for _ in range(2):
            async with world.house.db.transaction(shop.id) as tx:
                await jobs.enqueue(tx, [Wanted(lane="wake:x", pool="wake", kind="wake", args={})])
            (claim,) = await claim_all(world)
            async with world.house.db.transaction(shop.id) as tx:
                (job,) = await jobs.begin(tx, claim, 1)
                await jobs.bury(tx, claim, job, "it cannot be done")
                await jobs.release(tx, claim, done=job.position, keep=False)
        async with world.house.db.reading(shop.id) as tx:
            assert await tx.fetchval("select count(*) from job_dead where workspace_id = $1", shop.id) == 1


async def test_a_pause_is_not_lifted_by_a_send_that_only_asks_for_a_moment(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        async with world.house.db.transaction(shop.id) as tx:
            await jobs.enqueue(tx, [Wanted(lane="out:x", pool="out:y", kind="deliver", args={})])
            await jobs.hold_pool(tx, "out:y", "credentials_refused", after=None)
            await jobs.hold_pool(tx, "out:y", "busy", after=-1)
        assert await claim_all(world) == []
