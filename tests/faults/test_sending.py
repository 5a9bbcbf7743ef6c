"""What is sent reaches the customer once, or we say that we cannot know."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from guanxi import inboxes
from guanxi.infra import jobs
from guanxi.infra.jobs import Claim
from guanxi.infra.postgres import Server
from guanxi.pipeline import deliver
from tests.places import Place, open_place

YUKI, CHEN = "U" + "1" * 32, "oChenYu0000000000000000001"

pytestmark = pytest.mark.asyncio


async def prepare(place: Place, claim: Claim) -> deliver.Prepared | bool:
    """The first third of a delivery, by a hand that we can let die after it."""
    if not claim.lane.startswith(deliver.LANE):
        return False
    door = await place.world.doors.get(place.shop.id, deliver.inbox_of(claim))
    async with place.world.house.db.transaction(place.shop.id) as tx:
        return await deliver.prepare(tx, place.world.house, door, claim)


async def test_replies_arrive_once_and_in_the_order_in_which_they_were_written(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.wechat.customer_says(CHEN, "订单一直没发货")
        await place.line.customer_says(YUKI, "サイズ交換できますか")
        await place.world.read_everything()
        for n in range(4):
            await place.answer(CHEN, f"答 {n}")
            await place.answer(YUKI, f"返事 {n}")
        await place.world.send_everything()
        assert [m["text"]["content"] for m in place.wechat.received(CHEN)] == [f"答 {n}" for n in range(4)]
        assert [m["text"] for m in place.line.received(YUKI)] == [f"返事 {n}" for n in range(4)]
        assert await place.states(CHEN) == [("sent", "")] * 4
        assert place.line.calls["reply"] == 1
        assert place.line.calls["push"] == 3


async def test_a_wechat_send_cut_off_after_the_bytes_left_is_unknown_and_not_repeated(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.wechat.customer_says(CHEN, "在吗")
        await place.world.read_everything()
        place.wechat.script.next("send", "accept_then_drop")
        await place.answer(CHEN, "在的")
        await place.answer(CHEN, "请稍等")
        await place.send_until_quiet()
        assert await place.states(CHEN) == [("unknown", "no_answer"), ("sent", "")]
        assert [m["text"]["content"] for m in place.wechat.received(CHEN)] == ["在的", "请稍等"]


async def test_a_line_push_cut_off_is_repeated_under_its_key_and_arrives_once(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.line.customer_says(YUKI, "もしもし")
        await place.world.read_everything()
        await place.answer(YUKI, "最初")  # spends the reply token
        await place.world.send_everything()
        place.line.script.next("push", "accept_then_drop")
        await place.answer(YUKI, "二番目")
        await place.send_until_quiet()
        assert await place.states(YUKI) == [("sent", ""), ("sent", "")]
        assert [m["text"] for m in place.line.received(YUKI)] == ["最初", "二番目"]
        assert place.line.calls["push"] == 2


async def test_a_line_reply_cut_off_with_its_token_is_unknown(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.line.customer_says(YUKI, "もしもし")
        await place.world.read_everything()
        place.line.script.next("reply", "accept_then_drop")
        await place.answer(YUKI, "はい")
        await place.send_until_quiet()
        assert await place.states(YUKI) == [("unknown", "no_answer")]
        assert len(place.line.received(YUKI)) == 1


async def test_a_refused_reply_token_falls_back_to_a_push_at_once(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.line.customer_says(YUKI, "もしもし")
        await place.world.read_everything()
        place.line.reply_tokens.clear()
        await place.answer(YUKI, "はい")
        await place.world.send_everything()
        assert await place.states(YUKI) == [("sent", "")]
        assert [m["text"] for m in place.line.received(YUKI)] == ["はい"]


async def test_a_hand_that_died_in_the_middle_leaves_unknown_on_wechat_and_a_repeat_on_line(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_place(own_server, tmp_path) as place:
        house = place.world.house
        await place.wechat.customer_says(CHEN, "在吗")
        await place.line.customer_says(YUKI, "もしもし")
        await place.world.read_everything()
        place.line.reply_tokens.clear()
        await place.answer(YUKI, "一")
        await place.world.send_everything()
        await place.answer(CHEN, "在的")
        await place.answer(YUKI, "二")
        claims = await jobs.claim(house.db, in_flight=8, share=4, most=10, lease=0.2)
        prepared = [await prepare(place, claim) for claim in claims]
        assert len([one for one in prepared if isinstance(one, deliver.Prepared)]) == 2
        async with house.db.transaction(place.shop.id) as tx:  # their leases run out
            await tx.execute(
                "update lane set locked_until = now() - interval '1 s' where workspace_id = $1", place.shop.id
            )
        await place.send_until_quiet()
        assert await place.states(CHEN) == [("unknown", "no_answer")]
        assert place.wechat.received(CHEN) == []
        assert (await place.states(YUKI))[-1] == ("sent", "")
        assert [m["text"] for m in place.line.received(YUKI)] == ["一", "二"]


async def test_a_hand_that_lost_its_lease_settles_nothing(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        house = place.world.house
        await place.wechat.customer_says(CHEN, "在吗")
        await place.world.read_everything()
        await place.world.send_everything()
        await place.answer(CHEN, "在的")
        (claim,) = await jobs.claim(house.db, in_flight=8, share=4, most=10, lease=30)
        prepared = await prepare(place, claim)
        assert isinstance(prepared, deliver.Prepared)
        async with house.db.transaction(place.shop.id) as tx:
            await tx.execute(
                "update lane set locked_until = now() - interval '1 s' where workspace_id = $1", place.shop.id
            )
        await place.send_until_quiet()  # another hand takes the lane over and marks it unknown
        outcome = await deliver.call(house, place.world.lender, prepared)
        async with house.db.transaction(place.shop.id) as tx:
            assert await deliver.settle(tx, claim, prepared, outcome) is False
        assert await place.states(CHEN) == [("unknown", "no_answer")]


async def test_the_sixth_reply_in_a_wechat_window_fails_without_a_call(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.wechat.customer_says(CHEN, "在吗")
        await place.world.read_everything()
        for n in range(6):
            await place.answer(CHEN, str(n))
        await place.world.send_everything()
        assert await place.states(CHEN) == [("sent", "")] * 5 + [("failed", "window_closed")]
        assert place.wechat.calls["send"] == 5
        await place.wechat.customer_says(CHEN, "还在吗")
        await place.world.read_everything()
        await place.answer(CHEN, "在的")
        await place.world.send_everything()
        assert (await place.states(CHEN))[-1] == ("sent", "")


async def test_a_hundred_senders_meet_an_expired_token_with_one_refresh(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path, inbox_in_flight=50) as place:
        people = [f"oPerson{n:020d}" for n in range(100)]
        await asyncio.gather(*[place.wechat.customer_says(one, "你好") for one in people])
        await place.world.read_everything()
        await place.answer(people[0], "第一")
        await place.world.send_everything()
        before = place.wechat.calls["token"]
        place.wechat.expire_tokens()
        for one in people:
            await place.answer(one, "您好")
        await place.send_until_quiet()
        assert all(place.wechat.received(one)[-1]["text"]["content"] == "您好" for one in people)
        assert place.wechat.calls["token"] - before == 1


async def test_lost_access_pauses_the_inbox_and_keeps_its_queue(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.line.customer_says(YUKI, "もしもし")
        await place.world.read_everything()
        right, place.line.channel_access_token = place.line.channel_access_token, "another"
        await place.answer(YUKI, "はい")
        await place.send_until_quiet()
        async with place.world.house.db.reading(place.shop.id) as tx:
            inbox = await tx.fetchrow(
                "select state, state_reason from inbox where workspace_id = $1 and id = $2",
                place.shop.id, place.line_door.inbox_id,
            )  # fmt: skip
        assert inbox["state"] == "paused"
        assert inbox["state_reason"]
        assert [state for state, _ in await place.states(YUKI)] == ["waiting"]
        place.line.channel_access_token = right
        async with place.world.house.db.transaction(place.shop.id) as tx:
            await inboxes.resume(tx, place.line_door.inbox_id, by=None)
        await place.send_until_quiet()
        assert [m["text"] for m in place.line.received(YUKI)] == ["はい"]


async def test_the_same_reply_sent_twice_by_an_impatient_desk_is_one_message(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.line.customer_says(YUKI, "もしもし")
        await place.world.read_everything()
        same = uuid4()
        seqs = await asyncio.gather(*[place.answer(YUKI, "はい", id=same) for _ in range(20)])
        await place.send_until_quiet()
        assert len(set(seqs)) == 1
        assert len(place.line.received(YUKI)) == 1


async def test_a_reply_that_was_definitely_not_sent_costs_no_window(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.wechat.customer_says(CHEN, "在吗")
        await place.world.read_everything()
        place.wechat.script.next("send", errcode=-1, times=4)
        place.wechat.script.next("send", "drop_before")
        for n in range(5):
            await place.answer(CHEN, str(n))
        await place.send_until_quiet()
        states = [state for state, _ in await place.states(CHEN)]
        assert states == ["unknown", "sent", "sent", "sent", "sent"]
        assert [m["text"]["content"] for m in place.wechat.received(CHEN)] == ["1", "2", "3", "4"]


async def test_a_quota_that_is_full_all_night_costs_no_message_its_tries(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.wechat.customer_says(CHEN, "在吗")
        await place.world.read_everything()
        place.wechat.script.next("send", errcode=45009, times=20)  # of a day, asked for once an hour
        await place.answer(CHEN, "在的")
        await place.send_until_quiet(tries=20)
        assert await place.states(CHEN) == [("waiting", "daily_quota")]
        place.wechat.script.next("send", errcode=-1, times=11)  # and then what it may have of its own
        await place.send_until_quiet(tries=40)
        assert await place.states(CHEN) == [("sent", "")]
        assert [m["text"]["content"] for m in place.wechat.received(CHEN)] == ["在的"]
