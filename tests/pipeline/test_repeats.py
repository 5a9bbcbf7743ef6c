"""What is delivered twice by a platform changes nothing the second time, however late it comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guanxi import conversations
from guanxi.infra.postgres import Server
from tests.places import Place, open_place
from tests.stories.test_line_message import SECRETS, line_request
from tests.world import open_world

pytestmark = pytest.mark.asyncio
CHEN = "oChenYu0000000000000000001"


async def test_a_late_repeat_opens_no_empty_conversation(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        door = await shop.connects("line", secrets=SECRETS)
        await shop.hears(door, line_request("hi", "1"))
        await world.read_everything()
        async with world.house.db.transaction(shop.id) as tx:
            one = await tx.fetchval("select id from conversation where workspace_id = $1", shop.id)
            await conversations.resolve(tx, one, agent_id=None)
        world.clock.forward(hours=30)
        await shop.hears(door, line_request("hi", "1"))
        await world.read_everything()
        async with world.house.db.reading(shop.id) as tx:
            rows = await tx.fetch("select id, state from conversation where workspace_id = $1", shop.id)
        assert [(row["id"], row["state"]) for row in rows] == [(one, conversations.RESOLVED)]


async def windows(place: Place) -> list[Any]:
    async with place.world.house.db.reading(place.shop.id) as tx:
        found: list[Any] = await tx.fetchval(
            "select windows from identity where workspace_id = $1 and external_id = $2", place.shop.id, CHEN
        )
    return [(one["by"], one["left"]) for one in found]


async def test_a_repeat_gives_back_no_reply_that_was_spent(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.wechat.customer_says(CHEN, "在吗")
        await place.world.read_everything()
        await place.answer(CHEN, "在的")
        await place.world.send_everything()
        assert await windows(place) == [("message", 4)]
        async with place.world.house.db.transaction(place.shop.id) as tx:  # the platform missed our thanks
            await tx.execute(
                """insert into inbound_event (workspace_id, inbox_id, id, method, query, headers, body)
                   select workspace_id, inbox_id, gen_random_uuid(), method, query, headers, body from inbound_event
                   where workspace_id = $1""",
                place.shop.id,
            )
        await place.world.read_everything()
        assert await windows(place) == [("message", 4)]
