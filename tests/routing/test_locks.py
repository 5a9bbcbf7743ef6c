"""Rows are locked in one order: identities, conversations, agents, lanes. So nobody waits for somebody who waits for him."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from guanxi import conversations, routing, team
from guanxi.channel_kit import Receipt, Received, Sender
from guanxi.content import Text
from guanxi.conversations import OPEN, Conversation
from guanxi.inboxes import Raw
from guanxi.infra.postgres import Server
from guanxi.pipeline.parse import Read
from guanxi.pipeline.thread import thread
from tests.http.desk import arrives
from tests.stories.test_line_message import SECRETS
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio


async def state_of(world: World, shop: Shop, conversation_id: UUID) -> Conversation:
    async with world.house.db.transaction(shop.id) as tx:
        return await conversations.lock(tx, conversation_id)


async def test_two_transfers_crosswise_never_wait_for_each_other(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関", "周敏")
        one, two = shop.agents["小関"], shop.agents["周敏"]
        door = await shop.connects("line", secrets=SECRETS)
        first, second = [await arrives(shop, door.inbox_id, f"U{n}", "hi") for n in range(2)]
        async with world.house.db.transaction(shop.id) as tx:
            await routing.assign(tx, first, one, by=None)
            await routing.assign(tx, second, two, by=None)
        turn = asyncio.Barrier(2)

        async def cross(conversation_id: UUID, to: UUID, back: UUID) -> None:
            for _ in range(12):
                await turn.wait()
                async with world.house.db.transaction(shop.id) as tx:
                    await routing.transfer(tx, conversation_id, to, note="", by=back)
                to, back = back, to

        await asyncio.gather(cross(first, two, one), cross(second, one, two))


async def test_what_returns_to_its_agents_takes_them_in_one_order(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関", "周敏")
        for name in ("小関", "周敏"):
            await shop.comes_online(name)
        agents = [shop.agents["小関"], shop.agents["周敏"]]
        door = await shop.connects("line", secrets=SECRETS)
        ids = [await arrives(shop, door.inbox_id, f"U{n}", "hi") for n in range(4)]
        turn = asyncio.Barrier(2)

        async def hand(ids: list[UUID], agents: list[UUID]) -> None:
            for _ in range(12):
                await turn.wait()
                async with world.house.db.transaction(shop.id) as tx:
                    waiting = [await conversations.lock(tx, one) for one in ids]
                    for conversation, agent in zip(waiting, agents, strict=True):
                        conversation.assignee_id = agent
                    await routing.give(tx, waiting)

        await asyncio.gather(hand(ids[:2], agents), hand(ids[2:], agents[::-1]))


async def test_a_receipt_behind_a_new_message_waits_for_nobody_who_waits_for_us(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関")
        await shop.comes_online("小関")
        door = await shop.connects("line", secrets=SECRETS)
        old = await arrives(shop, door.inbox_id, "old", "hi")
        async with world.house.db.transaction(shop.id) as tx:
            await routing.assign(tx, old, shop.agents["小関"], by=None)
            await conversations.reply(tx, old, id=uuid4(), content=Text("您好"), agent_id=shop.agents["小関"])
            await tx.execute("update message set state = 'sent' where workspace_id = $1 and author = 'agent'", shop.id)
        agent_has_it, may_go_on = asyncio.Event(), asyncio.Event()

        async def agent() -> None:
            async with world.house.db.transaction(shop.id) as tx:
                await conversations.lock(tx, old)
                agent_has_it.set()
                await may_go_on.wait()
                await conversations.resolve(tx, old, agent_id=shop.agents["小関"])

        async def hand() -> None:
            await agent_has_it.wait()
            raw = inbox_event(world)
            items = (
                Received(external_id="n1", sender=Sender(external_id="new"), sent_at=world.clock(), content=Text("x")),
                Receipt(status="read", at=world.clock(), sender=Sender(external_id="old"), up_to=True),
            )
            async with world.house.db.transaction(shop.id) as tx:
                await thread(tx, door, [Read(raw=raw, items=items)], reopen=timedelta(hours=24))

        async def when_the_hand_waits() -> None:
            async with asyncio.timeout(60):
                while True:
                    async with world.house.db.reading(shop.id) as tx:
                        if await tx.fetchval("select count(*) from pg_locks where not granted"):
                            break
                    await asyncio.sleep(0.02)
            may_go_on.set()

        await asyncio.gather(agent(), hand(), when_the_hand_waits())
        async with world.house.db.reading(shop.id) as tx:
            states = await tx.fetch("select state from message where workspace_id = $1 and author = 'agent'", shop.id)
        assert [row["state"] for row in states] == ["read"]


def inbox_event(world: World) -> Raw:
    return Raw(seq=1, method="POST", query={}, headers={}, body=b"", received_at=world.clock(), attempts=0)


async def test_nothing_is_given_to_somebody_who_is_not_of_the_team(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関")
        door = await shop.connects("line", secrets=SECRETS)
        one = await arrives(shop, door.inbox_id, "U1", "hi")
        async with world.house.db.transaction(shop.id) as tx:
            await conversations.snooze(tx, one, until=tx.now + timedelta(hours=1), agent_id=shop.agents["小関"])
        other = await world.shop("别家")
        for stranger in (uuid4(), other.agents["林薇"]):
            with pytest.raises(routing.NotFound):
                async with world.house.db.transaction(shop.id) as tx:
                    await routing.assign(tx, one, stranger, by=None)


async def test_what_is_reopened_does_not_return_to_an_agent_who_has_left(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関")
        door = await shop.connects("line", secrets=SECRETS)
        one = await arrives(shop, door.inbox_id, "U1", "hi")
        async with world.house.db.transaction(shop.id) as tx:
            await routing.assign(tx, one, shop.agents["小関"], by=None)
            await conversations.resolve(tx, one, agent_id=shop.agents["小関"])
        async with world.house.db.transaction(shop.id) as tx:
            await routing.give_back_all(tx, shop.agents["小関"], by=shop.agents["林薇"])
            await team.remove(tx, shop.agents["小関"], by=shop.agents["林薇"])
        async with world.house.db.transaction(shop.id) as tx:
            await conversations.reopen(tx, one, agent_id=shop.agents["林薇"])
        now = await state_of(world, shop, one)
        assert (now.state, now.assignee_id) == (OPEN, None)
