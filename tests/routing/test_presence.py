"""Agents are busy for a reason, wrap up, and are offered conversations that go on when nobody takes them."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from guanxi import conversations, routing, team
from guanxi.content import Text
from guanxi.infra.postgres import Server
from guanxi.worker import keep_time
from tests.routing.test_giving import recount, write_in
from tests.world import Shop, open_world

pytestmark = pytest.mark.asyncio


async def ways(shop: Shop, *, wrap_up: int = 0, offer: int = 0) -> None:
    async with shop.world.house.db.transaction(shop.id) as tx:
        await routing.set_ways(
            tx, busy_reasons=["break", "盘点"], wrap_up_seconds=wrap_up, offer_seconds=offer, by=shop.agents["林薇"]
        )


async def agent(shop: Shop, name: str) -> Any:
    async with shop.world.house.db.reading(shop.id) as tx:
        return await tx.fetchrow(
            "select presence, busy_reason, load, wrap_up_ends_at, wrap_up_lengthened from agent where workspace_id = $1 and id = $2",
            shop.id,
            shop.agents[name],
        )


async def offers(shop: Shop) -> dict[UUID, UUID]:
    """Conversation → whom it is offered to."""
    async with shop.world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch(
            "select id, assignee_id from conversation where workspace_id = $1 and offered_until is not null", shop.id
        )
    return {row["id"]: row["assignee_id"] for row in rows}


async def lines(shop: Shop, conversation_id: UUID) -> list[tuple[str, str]]:
    async with shop.world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch(
            """select content ->> 'what' as what, content ->> 'to' as whom from message
               where workspace_id = $1 and conversation_id = $2 and author = 'system' order by seq""",
            shop.id,
            conversation_id,
        )
    return [(row["what"], row["whom"]) for row in rows]


async def test_one_is_busy_for_a_reason_of_the_workspace_and_is_given_nothing(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関")
        await ways(shop)
        async with world.house.db.transaction(shop.id) as tx:
            await routing.set_presence(tx, shop.agents["小関"], "busy", "盘点")
        with pytest.raises(routing.Refused, match="unknown_reason"):
            async with world.house.db.transaction(shop.id) as tx:
                await routing.set_presence(tx, shop.agents["小関"], "busy", "golf")
        await write_in(world, shop, 1)
        now = await agent(shop, "小関")
        assert (now["presence"], now["busy_reason"], now["load"]) == ("busy", "盘点", 0)
        async with world.house.db.reading(shop.id) as tx:
            told = await tx.fetchval(
                "select payload from event where workspace_id = $1 and kind = 'agent.changed' order by id desc limit 1",
                shop.id,
            )
        assert (told["presence"], told["reason"]) == ("busy", "盘点")


async def test_who_settles_a_conversation_wraps_up_and_is_given_nothing_until_the_time_is_over(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関")
        await ways(shop, wrap_up=30)
        await shop.comes_online("小関")
        await write_in(world, shop, 1, "A")
        one = (await _all(shop))[0]
        async with world.house.db.transaction(shop.id) as tx:
            await conversations.resolve(tx, one, agent_id=shop.agents["小関"])
        await write_in(world, shop, 1, "B")
        assert (await agent(shop, "小関"))["presence"] == "wrap_up"
        world.clock.forward(seconds=29)
        async with world.house.db.transaction(shop.id) as tx:
            await routing.lengthen_wrap_up(tx, shop.agents["小関"])
        with pytest.raises(routing.Refused, match="lengthened_already"):
            async with world.house.db.transaction(shop.id) as tx:
                await routing.lengthen_wrap_up(tx, shop.agents["小関"])
        world.clock.forward(seconds=30)
        assert await keep_time.route(world.house) == 0
        assert (await agent(shop, "小関"))["presence"] == "wrap_up"
        world.clock.forward(seconds=2)
        assert await keep_time.route(world.house) == 1
        now = await agent(shop, "小関")
        assert (now["presence"], now["load"]) == ("online", 1)
        with pytest.raises(routing.Refused, match="not_wrapping_up"):
            async with world.house.db.transaction(shop.id) as tx:
                await routing.lengthen_wrap_up(tx, shop.agents["小関"])


async def test_what_nobody_takes_goes_to_the_next_one_and_who_did_not_take_it_is_busy(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関", "周敏")
        await ways(shop, offer=20)
        await shop.comes_online("小関")
        await write_in(world, shop, 1)
        [one] = await _all(shop)
        assert await offers(shop) == {one: shop.agents["小関"]}
        assert (await agent(shop, "小関"))["load"] == 1  # an offer counts
        await shop.comes_online("周敏")
        world.clock.forward(seconds=19)
        await keep_time.route(world.house)
        assert await offers(shop) == {one: shop.agents["小関"]}
        world.clock.forward(seconds=2)
        assert await keep_time.route(world.house) == 1
        assert await offers(shop) == {one: shop.agents["周敏"]}
        slow = await agent(shop, "小関")
        assert (slow["presence"], slow["busy_reason"], slow["load"]) == ("busy", "did_not_take", 0)
        with pytest.raises(routing.Refused, match="not_offered"):
            async with world.house.db.transaction(shop.id) as tx:
                await routing.accept(tx, one, by=shop.agents["小関"])
        async with world.house.db.transaction(shop.id) as tx:
            await routing.accept(tx, one, by=shop.agents["周敏"])
        world.clock.forward(seconds=60)
        await keep_time.route(world.house)
        assert await offers(shop) == {}
        assert await lines(shop, one) == [("offered", "小関"), ("not_taken", "小関"), ("offered", "周敏")]
        assert sorted(await recount(world, shop)) == [(0, 0, 8), (0, 0, 8), (1, 1, 8)]


async def test_who_answers_has_taken_it_and_who_leaves_hands_back_what_she_is_offered(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関", "周敏")
        await ways(shop, offer=20)
        await shop.comes_online("小関")
        await write_in(world, shop, 2)
        first = next(iter(await offers(shop)))
        assert len(await offers(shop)) == 1  # one at a time, so that each can be answered
        async with world.house.db.transaction(shop.id) as tx:
            await conversations.reply(tx, first, id=uuid4(), content=Text("hi"), agent_id=shop.agents["小関"])
        await keep_time.route(world.house)
        second = next(iter(await offers(shop)))
        assert second != first
        async with world.house.db.transaction(shop.id) as tx:  # deactivated while she is offered it
            await team.remove(tx, shop.agents["小関"], by=shop.agents["林薇"])
            await routing.give_back_all(tx, shop.agents["小関"], by=shop.agents["林薇"])
        assert await offers(shop) == {}
        await shop.comes_online("周敏")
        await keep_time.route(world.house)
        assert list((await offers(shop)).values()) == [shop.agents["周敏"]]
        async with world.house.db.transaction(shop.id) as tx:
            await routing.set_presence(tx, shop.agents["周敏"], "busy", "break")
        assert await offers(shop) == {}
        assert sorted(await recount(world, shop)) == [(0, 0, 8)] * 3
        world.clock.forward(seconds=60)
        await keep_time.route(world.house)
        assert (await agent(shop, "周敏"))["busy_reason"] == "break"  # handed back is no reproach


async def test_a_queue_says_otherwise_than_the_workspace_and_a_crowd_does_not_stampede(
    own_server: Server, tmp_path: Path
) -> None:
    chance = random.Random(7)
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関", "周敏", "김민지")
        await ways(shop, offer=0)
        async with world.house.db.transaction(shop.id) as tx:
            [queue] = await routing.queues(tx)
            wishes = routing.QueueWishes(name=queue.name, offer_seconds=15)
            await routing.change_queue(tx, queue.id, wishes, [], by=shop.agents["林薇"])
        await write_in(world, shop, 60)
        for name in ("小関", "周敏", "김민지"):
            await shop.comes_online(name)
        taken = 0
        for _ in range(8):
            await keep_time.route(world.house)
            standing = await offers(shop)
            assert len(standing) == len(set(standing.values())) <= 3
            for one, whom in standing.items():
                if chance.random() < 0.7:
                    async with world.house.db.transaction(shop.id) as tx:
                        await routing.accept(tx, one, by=whom)
                    taken += 1
            world.clock.forward(seconds=16)
            for name in ("小関", "周敏", "김민지"):
                await shop.comes_online(name)
        loads = await recount(world, shop)
        assert all(load == counted <= capacity for load, counted, capacity in loads)
        assert sum(load for load, _, _ in loads) == taken + len(await offers(shop)) > 5


async def _all(shop: Shop) -> list[UUID]:
    async with shop.world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch("select id from conversation where workspace_id = $1 order by opened_at, id", shop.id)
    return [row["id"] for row in rows]


async def test_who_is_gone_for_three_minutes_while_wrapping_up_is_offline(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関")
        await ways(shop, wrap_up=600)
        await shop.comes_online("小関")
        await write_in(world, shop, 1)
        async with world.house.db.transaction(shop.id) as tx:
            await conversations.resolve(tx, (await _all(shop))[0], agent_id=shop.agents["小関"])
        world.clock.forward(minutes=4)
        await keep_time.tick(world.house)
        assert (await agent(shop, "小関"))["presence"] == "offline"
        world.clock.at += timedelta(minutes=10)
        await keep_time.route(world.house)
        assert (await agent(shop, "小関"))["presence"] == "offline"
