"""A snoozed conversation always comes back, and only a word of its contact or its time brings it: whichever was asked for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from guanxi import contacts, conversations
from guanxi.content import Text
from guanxi.infra.ids import new_id
from guanxi.infra.postgres import Server
from tests.places import Place, open_place

pytestmark = pytest.mark.asyncio
CHEN = "oChenYu0000000000000000001"


async def snoozed(place: Place, hours: int = 3) -> Any:
    """Chen's conversation, snoozed for so many hours."""
    await place.wechat.customer_says(CHEN, "明天再联系我")
    await place.world.read_everything()
    await place.world.send_everything()
    found = await place.conversation(CHEN)
    async with place.world.house.db.transaction(place.shop.id) as tx:
        until = tx.now + timedelta(hours=hours)
        await conversations.snooze(tx, found["id"], until=until, agent_id=place.shop.agents["林薇"])
    return found


async def puts_aside(place: Place, id_: Any, hours: int | None, **how: Any) -> None:
    async with place.world.house.db.transaction(place.shop.id) as tx:
        until = None if hours is None else tx.now + timedelta(hours=hours)
        await conversations.snooze(tx, id_, until=until, agent_id=place.shop.agents["林薇"], **how)


async def says(place: Place, words: str) -> Any:
    await place.wechat.customer_says(CHEN, words)
    await place.world.read_everything()
    return await place.conversation(CHEN)


async def let_the_lane_be_due(place: Place) -> None:
    async with place.world.house.db.transaction(place.shop.id) as tx:
        await tx.execute("update lane set next_at = now() where workspace_id = $1 and key like 'wake:%'", place.shop.id)
    await place.world.send_everything()


async def test_tagging_or_reading_a_snoozed_conversation_does_not_make_it_sleep_for_ever(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_place(own_server, tmp_path) as place:
        found = await snoozed(place)
        async with place.world.house.db.transaction(place.shop.id) as tx:
            await conversations.tag(tx, found["id"], ["退款"], agent_id=place.shop.agents["林薇"])
            await conversations.mark_read(tx, found["id"], agent_id=place.shop.agents["林薇"], seq=9)
        place.world.clock.forward(hours=4)
        await let_the_lane_be_due(place)
        assert (await place.conversation(CHEN))["state"] == conversations.OPEN


async def test_a_waking_that_comes_before_its_time_is_put_off_and_not_forgotten(
    own_server: Server, tmp_path: Path
) -> None:
    """The database's clock runs ahead of ours, or somebody has snoozed it anew."""
    async with open_place(own_server, tmp_path) as place:
        await snoozed(place)
        for _ in range(15):
            await let_the_lane_be_due(place)
        assert (await place.conversation(CHEN))["state"] == conversations.SNOOZED
        place.world.clock.forward(hours=4)
        await let_the_lane_be_due(place)
        assert (await place.conversation(CHEN))["state"] == conversations.OPEN


async def test_a_blocked_contact_and_a_mere_event_wake_nobody(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        found = await snoozed(place)
        await place.wechat.customer_taps(CHEN, "HOURS")
        await place.world.read_everything()
        assert (await place.conversation(CHEN))["state"] == conversations.SNOOZED
        async with place.world.house.db.transaction(place.shop.id) as tx:
            identity = await contacts.get_identity(tx, found["identity_id"])
            await contacts.block(tx, identity.contact_id, by=place.shop.agents["林薇"])
        await place.wechat.customer_says(CHEN, "骂人的话")
        await place.world.read_everything()
        assert (await place.conversation(CHEN))["state"] == conversations.SNOOZED
        async with place.world.house.db.transaction(place.shop.id) as tx:
            await contacts.block(tx, identity.contact_id, by=place.shop.agents["林薇"], blocked=False)
        await place.wechat.customer_says(CHEN, "对不起")
        await place.world.read_everything()
        assert (await place.conversation(CHEN))["state"] == conversations.OPEN


async def test_it_waits_for_a_word_for_its_time_or_for_both_and_says_what_brought_it_back(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_place(own_server, tmp_path) as place:
        id_ = (await snoozed(place))["id"]
        for hours, refused in ((None, "no_return"), (-1, "in_the_past")):
            with pytest.raises(conversations.Refused, match=refused):
                await puts_aside(place, id_, hours, on_reply=False)

        await puts_aside(place, id_, None, note="  等仓库\n核实 ")  # anew, without the time that it had
        place.world.clock.forward(hours=4)
        await let_the_lane_be_due(place)  # of the first time
        row = await place.conversation(CHEN)
        assert (row["state"], row["snoozed_until"]) == (conversations.SNOOZED, None)
        row = await says(place, "到了吗")
        assert (row["state"], row["woken_by"], row["snooze_note"]) == (conversations.OPEN, "contact", "等仓库 核实")

        await puts_aside(place, id_, 3, on_reply=False)
        row = await says(place, "还没到")  # heard, counted as waiting, and woken by nothing but its time
        assert (row["state"], row["woken_by"], row["waiting_since"] is not None) == (conversations.SNOOZED, "", True)
        unread, before = row["unread"], row["last_at"]
        place.world.clock.forward(hours=4)
        await let_the_lane_be_due(place)
        row = await place.conversation(CHEN)
        assert (row["state"], row["woken_by"], row["snooze_note"]) == (conversations.OPEN, "time", "")
        assert row["unread"] == unread > 0
        assert row["last_at"] > before  # on top

        async with place.world.house.db.transaction(place.shop.id) as tx:
            agent = place.shop.agents["林薇"]
            await conversations.reply(tx, id_, id=new_id(), content=Text("到了"), agent_id=agent)
        assert (await place.conversation(CHEN))["woken_by"] == ""
