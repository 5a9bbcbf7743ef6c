"""Sends that take too long, inboxes that go away meanwhile, and a database that is away when a send settles."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from guanxi import inboxes
from guanxi.channel_kit import Sent
from guanxi.infra import jobs
from guanxi.infra.postgres import Server
from guanxi.pipeline import deliver
from tests.places import Place, open_place

YUKI, CHEN = "U" + "1" * 32, "oChenYu0000000000000000001"

pytestmark = pytest.mark.asyncio


async def prepared(place: Place, person: str, text: str, *, lease: float = 30) -> tuple[jobs.Claim, deliver.Prepared]:
    await place.answer(person, text)
    (claim,) = await jobs.claim(place.world.house.db, in_flight=8, share=4, most=10, lease=lease)
    door = await place.world.doors.get(place.shop.id, deliver.inbox_of(claim))
    async with place.world.house.db.transaction(place.shop.id) as tx:
        ready = await deliver.prepare(tx, place.world.house, door, claim)
    assert isinstance(ready, deliver.Prepared)
    return claim, ready


async def test_what_waits_behind_a_removed_inbox_fails_and_says_so(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.line.customer_says(YUKI, "もしもし")
        await place.world.read_everything()
        await place.answer(YUKI, "はい")
        async with place.world.house.db.transaction(place.shop.id) as tx:
            await inboxes.pause(tx, place.line_door.inbox_id, "credentials_refused")
            await inboxes.remove(tx, place.line_door.inbox_id, by=None)
        place.world.doors.forget()
        await place.send_until_quiet()
        assert await place.states(YUKI) == [("failed", "inbox_removed")]


async def test_a_hand_that_was_held_up_does_not_begin_a_call_near_the_end_of_its_lease(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.wechat.customer_says(CHEN, "在吗")
        await place.world.read_everything()
        await place.world.send_everything()
        _, ready = await prepared(place, CHEN, "在的", lease=0.2)
        await asyncio.sleep(0.25)  # stopped, or busy; its lease has run out
        outcome = await deliver.call(place.world.house, place.world.lender, ready)
        assert place.wechat.received(CHEN) == []
        assert not isinstance(outcome, Sent)


async def test_a_call_ends_with_its_lease(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.wechat.customer_says(CHEN, "在吗")
        await place.world.read_everything()
        await place.world.send_everything()
        await place.answer(CHEN, "一")
        await place.world.send_everything()  # the access token is there now
        place.wechat.script.next("send", "hang")
        claim, ready = await prepared(place, CHEN, "二", lease=4)
        outcome = await asyncio.wait_for(deliver.call(place.world.house, place.world.lender, ready), 8)
        assert isinstance(outcome, deliver.Unknown)
        async with place.world.house.db.transaction(place.shop.id) as tx:
            assert await deliver.settle(tx, claim, ready, outcome)
        assert await place.states(CHEN) == [("sent", ""), ("unknown", "no_answer")]


async def test_a_database_that_is_away_while_a_send_settles_costs_no_certainty(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.wechat.customer_says(CHEN, "在吗")
        await place.world.read_everything()
        await place.world.send_everything()
        await place.answer(CHEN, "在的")
        owner = await asyncpg.connect(**own_server.connect_args("guanxi_owner"))
        sent = asyncio.Event()

        async def cut() -> None:
            """Hold the lane's row until the call is over and its settling waits for it; then cut the settling off."""
            async with asyncio.timeout(60):
                while not place.wechat.received(CHEN):
                    await asyncio.sleep(0.005)
                sent.set()
                for _ in range(3):
                    await owner.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 "
                        "and usename = 'guanxi_app'", own_server.database,
                    )  # fmt: skip
                    await asyncio.sleep(0.02)

        try:
            await owner.execute("create function slowly() returns trigger language plpgsql as "
                                "$$ begin perform pg_sleep(0.5); return new; end $$")  # fmt: skip
            await owner.execute("create trigger slowly before update on message for each row when (new.state = 'sent') "
                                "execute function slowly()")  # fmt: skip
            await asyncio.gather(place.world.send_everything(), cut())
        finally:
            await owner.close()
        assert sent.is_set()
        assert await place.states(CHEN) == [("sent", "")]
        assert len(place.wechat.received(CHEN)) == 1
