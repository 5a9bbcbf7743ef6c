"""A receipt may come before the answer to the send that it is about; it is not lost, and the state only moves forward."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from guanxi import conversations
from guanxi.content import Text
from guanxi.conversations.rules import moves_forward
from guanxi.infra.postgres import Server
from tests.http.desk import arrives
from tests.stories.test_line_message import SECRETS
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio
NEWS = [("sent", ""), ("delivered", ""), ("read", ""), ("failed", "blocked")]


async def answered(world: World, shop: Shop) -> tuple[UUID, UUID, int]:
    """(inbox, conversation, seq of a reply that is being sent)."""
    door = await shop.connects("line", secrets=SECRETS)
    one = await arrives(shop, door.inbox_id, uuid4().hex, "hi")
    async with world.house.db.transaction(shop.id) as tx:
        seq = await conversations.reply(tx, one, id=uuid4(), content=Text("x"), agent_id=shop.agents["林薇"])
        await conversations.change_message(tx, await conversations.lock(tx, one), seq, state="sending")
    return door.inbox_id, one, seq


async def hears(world: World, shop: Shop, inbox_id: UUID, status: str, reason: str) -> None:
    async with world.house.db.transaction(shop.id) as tx:
        await conversations.receive_receipts(tx, inbox_id, [("x1", status, reason)])


async def settles(world: World, shop: Shop, conversation_id: UUID, seq: int, external_id: str = "x1") -> None:
    async with world.house.db.transaction(shop.id) as tx:
        conversation = await conversations.lock(tx, conversation_id)
        await conversations.change_message(tx, conversation, seq, state="sent", external_id=external_id)


async def state_of(world: World, shop: Shop, conversation_id: UUID, seq: int) -> str:
    async with world.house.db.reading(shop.id) as tx:
        row = await conversations.find_reply(tx, conversation_id, seq)
        assert await tx.fetchval("select count(*) from early_receipt where workspace_id = $1", shop.id) == 0
    return str(row["state"])


async def test_whatever_the_order_of_settling_and_receipts_the_end_is_the_same(server: Server, tmp_path: Path) -> None:
    async with open_world(server, tmp_path) as world:
        shop = await world.shop("Kotori")
        for count in (1, 2):
            for news in itertools.permutations(NEWS, count):
                for place in range(count + 1):
                    inbox_id, one, seq = await answered(world, shop)
                    for n, (status, reason) in enumerate([*news, ("", "")]):
                        if n == place:
                            await settles(world, shop, one, seq)
                        if status:
                            await hears(world, shop, inbox_id, status, reason)
                    expected = "sent"
                    for status, _ in news:
                        expected = status if moves_forward(expected, status) else expected
                    assert await state_of(world, shop, one, seq) == expected, (news, place)


async def test_a_receipt_and_the_settling_at_the_same_moment_find_each_other(server: Server, tmp_path: Path) -> None:
    async with open_world(server, tmp_path) as world:
        shop = await world.shop("Kotori")
        for _ in range(15):
            inbox_id, one, seq = await answered(world, shop)
            await asyncio.gather(
                settles(world, shop, one, seq), hears(world, shop, inbox_id, "delivered", ""),
                hears(world, shop, inbox_id, "read", ""),
            )  # fmt: skip
            assert await state_of(world, shop, one, seq) == "read"


async def test_an_id_that_the_platform_gives_twice_fails_no_settling(server: Server, tmp_path: Path) -> None:
    async with open_world(server, tmp_path) as world:
        shop = await world.shop("Kotori")
        _, one, seq = await answered(world, shop)
        await settles(world, shop, one, seq)
        async with world.house.db.transaction(shop.id) as tx:
            again = await conversations.reply(tx, one, id=uuid4(), content=Text("y"), agent_id=shop.agents["林薇"])
        await settles(world, shop, one, again)
        assert await state_of(world, shop, one, again) == "sent"


async def test_receipts_about_what_we_never_sent_are_forgotten(server: Server, tmp_path: Path) -> None:
    async with open_world(server, tmp_path) as world:
        shop = await world.shop("Kotori")
        inbox_id, one, seq = await answered(world, shop)
        await hears(world, shop, inbox_id, "read", "")
        async with world.house.db.transaction(shop.id) as tx:
            assert await conversations.forget_early_receipts(tx) == 0
            tx.now += timedelta(days=2)
            assert await conversations.forget_early_receipts(tx) == 1
        await settles(world, shop, one, seq)
        assert await state_of(world, shop, one, seq) == "sent"
