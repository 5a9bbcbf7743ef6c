"""A snoozed conversation always comes back, and only a word of its contact or its time brings it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from guanxi import contacts, conversations
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
