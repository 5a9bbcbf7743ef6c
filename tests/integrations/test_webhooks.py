"""Outgoing webhooks: signed, in order, repeated, paused; and a bad receiver hurts nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import pytest_asyncio

from guanxi import conversations, integrations
from guanxi.infra.postgres import Server
from guanxi.integrations.rules import DELAYS, TELLABLE, wait_after
from guanxi.worker import outbound
from tests.http.desk import arrives
from tests.integrations.receiver import Receiver, goes_on, listens, log_of, open_receiver, signed_by, state_of
from tests.world import Shop, World, open_world

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@dataclass
class Told:
    world: World
    receiver: Receiver

    async def shop(self) -> tuple[Shop, UUID]:
        """A shop and its inbox."""
        shop = await self.world.shop("Kotori", "mei")
        return shop, (await shop.connects("line", secrets=LINE)).inbox_id


@pytest_asyncio.fixture
async def told(own_server: Server, tmp_path: Path) -> AsyncIterator[Told]:
    async with open_receiver() as receiver:
        allowed = (urlsplit(receiver.url).netloc,)
        async with open_world(own_server, tmp_path, private_hosts_allowed=allowed) as world:
            yield Told(world, receiver)


async def test_what_happens_is_told_signed_in_order_and_once(told: Told) -> None:
    shop, inbox = await told.shop()
    hook, secret = await listens(shop, told.receiver.url, "message.received", "conversation.resolved")
    talk = await arrives(shop, inbox, "佐藤 健", "one", "two")
    async with told.world.house.db.transaction(shop.id) as tx:
        await conversations.note(tx, talk, id=talk, text="not for the till", agent_id=shop.agents["林薇"])
        await conversations.resolve(tx, talk, agent_id=shop.agents["林薇"])
    for _ in range(3):
        await goes_on(shop)
    assert told.receiver.kinds == ["message.received", "message.received", "conversation.resolved"]
    first = told.receiver.taken[0]
    assert [one["messages"][0]["content"]["text"] for one in told.receiver.taken[:2]] == ["one", "two"]
    assert (first["conversation"]["id"], first["conversation"]["contact"]["name"]) == (str(talk), "佐藤 健")
    assert first["workspace_id"] == str(shop.id)
    call = told.receiver.calls[0]
    assert signed_by(call, secret)
    assert not signed_by(call, secret + "x")
    assert call.headers["x-guanxi-event"] == "message.received"
    log = await log_of(shop, hook)
    assert [(row["state"], row["attempts"], row["status"]) for row in log] == [("delivered", 1, 200)] * 3
    assert log[0]["answer"] == "thank you"


async def test_a_failure_holds_back_what_comes_after_it_and_is_tried_again(told: Told) -> None:
    shop, inbox = await told.shop()
    hook, _ = await listens(shop, told.receiver.url, "message.received")
    told.receiver.script.next("hook", status=503, times=2)
    await arrives(shop, inbox, "a", "one")
    await goes_on(shop)
    await arrives(shop, inbox, "b", "two")
    await told.world.follow_everything(shop.id)
    await told.world.send_everything()  # the lane waits: nobody is called
    assert len(told.receiver.calls) == 1
    assert [row["state"] for row in await log_of(shop, hook)] == ["waiting", "waiting"]
    await goes_on(shop)
    await goes_on(shop)
    texts = [one["messages"][0]["content"]["text"] for one in told.receiver.taken]
    assert texts == ["one", "two"]
    assert [row["attempts"] for row in await log_of(shop, hook)] == [3, 1]
    assert len({call.body for call in told.receiver.calls[:3]}) == 1


async def test_what_a_receiver_refuses_is_given_up_and_a_redirect_is_never_followed(told: Told) -> None:
    shop, inbox = await told.shop()
    hook, _ = await listens(shop, told.receiver.url, "message.received")
    inward = {"location": f"{told.receiver.url}/inside"}
    told.receiver.script.next("hook", status=307, headers=inward, times=3)
    await arrives(shop, inbox, "a", "one")
    await arrives(shop, inbox, "b", "two")
    for _ in range(4):
        await goes_on(shop)
    assert {call.path for call in told.receiver.calls} == {"/"}
    log = await log_of(shop, hook)
    assert [(row["state"], row["problem"]) for row in log] == [("failed", "redirect"), ("delivered", "")]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "http://10.0.0.7/x", "http://[::1]:80/", "http://169.254.169.254/"]
)
async def test_an_address_inside_the_house_is_never_called(told: Told, url: str) -> None:
    shop, _ = await told.shop()
    hook, _ = await listens(shop, url, "message.received")
    async with told.world.house.db.transaction(shop.id) as tx:
        await integrations.send_test(tx, hook)
    await goes_on(shop)
    assert [(row["state"], row["problem"]) for row in await log_of(shop, hook)] == [("waiting", "private_address")]


async def test_a_receiver_that_hangs_holds_up_nobody_else(told: Told) -> None:
    shop, inbox = await told.shop()
    hooks = [(await listens(shop, f"{told.receiver.url}/{n}", "message.received"))[0] for n in range(2)]
    told.receiver.script.next("hook", "hang")  # whichever comes first
    await arrives(shop, inbox, "a", "one")
    await told.world.follow_everything(shop.id)
    await outbound.work(told.world.house, told.world.doors, told.world.lender)
    async with asyncio.timeout(9):  # less than a receiver may take
        while not told.receiver.taken:
            await asyncio.sleep(0.02)
    await outbound.finish()
    states = {(await log_of(shop, one))[0]["problem"] for one in hooks}
    assert states == {"", "timed_out"}


async def test_a_receiver_that_fails_for_a_day_is_paused_and_taken_up_again(told: Told) -> None:
    shop, inbox = await told.shop()
    hook, _ = await listens(shop, told.receiver.url, "message.received")
    told.receiver.script.next("hook", status=500, times=2)
    await arrives(shop, inbox, "a", "one")
    await goes_on(shop)
    assert await state_of(shop, hook) == ("active", "")
    told.world.clock.forward(hours=25)
    await goes_on(shop)
    assert await state_of(shop, hook) == ("paused", "failing")
    await arrives(shop, inbox, "b", "meanwhile")
    await goes_on(shop)
    assert len(told.receiver.calls) == 2
    async with told.world.house.db.reading(shop.id) as tx:
        notices = await tx.fetch(
            "select payload from event where workspace_id = $1 and kind = 'webhook.changed' order by id desc limit 1",
            shop.id,
        )
    assert notices[0]["payload"] == {"webhook_id": str(hook), "paused": True, "reason": "failing"}
    async with told.world.house.db.transaction(shop.id) as tx:
        await integrations.resume_webhook(tx, hook, by=shop.agents["林薇"])
    await goes_on(shop)
    assert [one["messages"][0]["content"]["text"] for one in told.receiver.taken] == ["one"]


async def test_a_rotated_secret_signs_beside_the_old_one_for_a_day(told: Told) -> None:
    shop, _ = await told.shop()
    hook, old = await listens(shop, told.receiver.url, "message.received")

    async def tests() -> None:
        async with told.world.house.db.transaction(shop.id) as tx:
            await integrations.send_test(tx, hook)
        await goes_on(shop)

    async with told.world.house.db.transaction(shop.id) as tx:
        new = await integrations.rotate_secret(tx, hook, sealer=told.world.house.sealer, by=shop.agents["林薇"])
    await tests()
    assert signed_by(told.receiver.calls[-1], old)
    assert signed_by(told.receiver.calls[-1], new)
    told.world.clock.forward(hours=25)
    await tests()
    assert not signed_by(told.receiver.calls[-1], old)
    assert signed_by(told.receiver.calls[-1], new)
    async with told.world.house.db.reading(shop.id) as tx:
        kept = await tx.fetchval("select t::text from webhook t where workspace_id = $1", shop.id)
    assert new not in kept
    assert new.encode().hex() not in kept


async def test_a_delivery_is_sent_again_and_a_removed_receiver_hears_nothing(told: Told) -> None:
    shop, inbox = await told.shop()
    hook, _ = await listens(shop, told.receiver.url, "message.received")
    await arrives(shop, inbox, "a", "one")
    await goes_on(shop)
    async with told.world.house.db.reading(shop.id) as tx:
        delivery = await tx.fetchval("select id from webhook_delivery where workspace_id = $1", shop.id)
    async with told.world.house.db.transaction(shop.id) as tx:
        await integrations.resend(tx, hook, delivery)
    await goes_on(shop)
    assert told.receiver.calls[0].body == told.receiver.calls[1].body
    await arrives(shop, inbox, "a", "two")
    await told.world.follow_everything(shop.id)
    async with told.world.house.db.transaction(shop.id) as tx:
        await integrations.remove_webhook(tx, hook, by=shop.agents["林薇"])
    await goes_on(shop)
    assert len(told.receiver.calls) == 2
    async with told.world.house.db.reading(shop.id) as tx:
        assert (
            await tx.fetchval("select count(*) from job where workspace_id = $1 and kind <> 'tell_waited'", shop.id)
            == 0
        )


async def test_another_workspaces_webhook_hears_nothing_of_ours(told: Told) -> None:
    ours, inbox = await told.shop()
    theirs, _ = await told.shop()
    await listens(theirs, told.receiver.url, *TELLABLE)
    await arrives(ours, inbox, "a", "secret")
    for shop in (ours, theirs):
        await goes_on(shop)
    assert not any(b"secret" in call.body for call in told.receiver.calls)


@pytest.mark.parametrize(("status", "attempt", "goes_again"), [
    (500, 1, True), (None, 8, True), (None, 9, False), (429, 5, True), (400, 1, True), (400, 3, False), (301, 3, False),
])  # fmt: skip
def test_a_call_is_repeated_as_long_as_it_makes_sense(status: int | None, attempt: int, goes_again: bool) -> None:
    wait = wait_after(integrations.Answered(status=status, ms=1), attempt, 0.5)
    assert (wait is not None) is goes_again
    assert wait is None or wait == DELAYS[attempt - 1]
