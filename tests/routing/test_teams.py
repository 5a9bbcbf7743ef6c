"""Teams serve queues: who joins is given what waits there, who leaves is given nothing more of it, and nobody is forgotten."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from guanxi import routing
from guanxi.routing import QueueWishes
from guanxi.worker import keep_time
from tests.routing.test_queues import SECRETS, has, into, world, writes
from tests.world import Shop, World

__all__ = ["world"]
pytestmark = pytest.mark.asyncio


async def team_of(shop: Shop, name: str, *members: str) -> UUID:
    async with shop.world.house.db.transaction(shop.id) as tx:
        return await routing.add_team(tx, name, {shop.agents[one]: False for one in members}, by=shop.agents["林薇"])


async def queue_served_by(shop: Shop, *teams: UUID, named: tuple[str, ...] = ()) -> UUID:
    async with shop.world.house.db.transaction(shop.id) as tx:
        wishes = QueueWishes(name="退款", everybody=False, teams=teams)
        return await routing.add_queue(tx, wishes, [shop.agents[one] for one in named], by=shop.agents["林薇"])


async def joins(shop: Shop, team_id: UUID, name: str) -> None:
    async with shop.world.house.db.transaction(shop.id) as tx:
        await routing.join_team(tx, team_id, shop.agents[name], is_head=False, by=shop.agents["林薇"])


async def leaves(shop: Shop, team_id: UUID, name: str) -> None:
    async with shop.world.house.db.transaction(shop.id) as tx:
        await routing.leave_team(tx, team_id, shop.agents[name], by=shop.agents["林薇"])


async def serving(shop: Shop, queue_id: UUID) -> set[str]:
    async with shop.world.house.db.reading(shop.id) as tx:
        (queue,) = await routing.queues(tx, queue_id)
    names = {id_: name for name, id_ in shop.agents.items()}
    return {names[one] for one in queue.members}


async def test_who_joins_a_team_gets_what_waits_in_its_queues_and_who_leaves_gets_no_more(world: World) -> None:
    shop = await world.shop("Kotori", "小関", "周敏")
    door = await shop.connects("line", secrets=SECRETS)
    night = await team_of(shop, "夜班")
    await into(shop, door, await queue_served_by(shop, night))
    for name in ("小関", "周敏"):
        await shop.comes_online(name)
    first = await writes(shop, door, "a")
    assert await keep_time.route(world.house) == 0
    await joins(shop, night, "小関")
    assert await keep_time.route(world.house) == 1
    assert await has(shop, first) == "小関"
    await leaves(shop, night, "小関")
    second = await writes(shop, door, "b")
    assert await keep_time.route(world.house) == 0
    assert await has(shop, first) == "小関", "what she has in hand stays hers"
    await joins(shop, night, "周敏")
    await keep_time.route(world.house)
    assert await has(shop, second) == "周敏"


async def test_each_reason_to_serve_a_queue_counts_by_itself(world: World) -> None:
    shop = await world.shop("Kotori", "小関", "周敏", "佐藤")
    night, day = await team_of(shop, "夜班", "小関", "周敏"), await team_of(shop, "日班", "小関")
    queue = await queue_served_by(shop, night, day, named=("周敏", "佐藤"))
    assert await serving(shop, queue) == {"小関", "周敏", "佐藤"}
    await leaves(shop, night, "小関")
    assert await serving(shop, queue) == {"小関", "周敏", "佐藤"}, "the other team still brings her"
    await leaves(shop, night, "周敏")
    assert await serving(shop, queue) == {"小関", "周敏", "佐藤"}, "she is named besides"
    boss = shop.agents["林薇"]
    async with world.house.db.transaction(shop.id) as tx:
        wishes = QueueWishes(name="退款", everybody=False, teams=(day,))
        await routing.change_queue(tx, queue, wishes, [shop.agents["佐藤"]], by=boss)
    assert await serving(shop, queue) == {"小関", "佐藤"}
    async with world.house.db.transaction(shop.id) as tx:  # as when she is dragged to another queue on the wallboard
        assert await routing.serve_in(tx, shop.agents["佐藤"], [], by=boss) == [queue]
        assert await routing.serve_in(tx, shop.agents["小関"], [], by=boss) == []
    assert await serving(shop, queue) == {"小関"}, "by her team she serves on"
    with pytest.raises(routing.Refused, match="last_to_serve"):
        async with world.house.db.transaction(shop.id) as tx:
            await routing.end_team(tx, day, by=boss)
    async with world.house.db.transaction(shop.id) as tx:
        await routing.serve_in(tx, shop.agents["周敏"], [queue], by=boss)
        await routing.end_team(tx, day, by=boss)
    assert await serving(shop, queue) == {"周敏"}


async def test_a_queue_and_its_team_that_change_at_once_miss_nobody(world: World) -> None:
    shop = await world.shop("Kotori", "小関", "周敏")
    boss = shop.agents["林薇"]
    night = await team_of(shop, "夜班")
    queue = await queue_served_by(shop, named=("周敏",))

    async def served(*teams: UUID) -> None:
        async with world.house.db.transaction(shop.id) as tx:
            await routing.change_queue(tx, queue, QueueWishes(name="退款", everybody=False, teams=teams), [], by=boss)

    for _ in range(8):
        await asyncio.gather(served(night), joins(shop, night, "小関"))
        assert await serving(shop, queue) == {"小関"}
        await asyncio.gather(served(), leaves(shop, night, "小関"))
        assert await serving(shop, queue) == set()
        await asyncio.gather(served(night), joins(shop, night, "周敏"), joins(shop, night, "小関"))
        assert await serving(shop, queue) == {"小関", "周敏"}
        await asyncio.gather(leaves(shop, night, "周敏"), leaves(shop, night, "小関"))
        assert await serving(shop, queue) == set()
