"""Who is called: by a note that names her, by a colleague who gives her something; never by herself or another house."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from guanxi import conversations, routing, team, views
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import arrives
from tests.stories.test_line_message import SECRETS
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio


async def called(shop: Shop, name: str) -> list[tuple[str, str]]:
    """Kinds and words of an agent's notices, the newest first."""
    async with shop.world.house.db.reading(shop.id) as tx:
        page: Any = msgspec.json.decode(await views.notices(tx, shop.agents[name], None, 50))
    return [(one["kind"], one["text"]) for one in page["rows"]]


async def furnished(world: World) -> tuple[Shop, UUID]:
    shop = await world.shop("Kotori", "小関", "周敏")
    door = await shop.connects("line", secrets=SECRETS)
    return shop, await arrives(shop, door.inbox_id, "佐藤", "hello")


async def test_a_note_and_a_hand_over_call_whom_they_mean_once(server: Server) -> None:
    with open_folder() as folder:
        async with open_world(server, folder) as world:
            shop, conversation = await furnished(world)
            other, _ = await furnished(world)
            me, her = shop.agents["小関"], shop.agents["周敏"]
            note = uuid4()
            for _ in range(2):  # the same note twice
                async with world.house.db.transaction(shop.id) as tx:
                    await conversations.note(
                        tx, conversation, id=note, text="@周敏 看一下", agent_id=me,
                        mentions=[her, me, her, other.agents["周敏"], uuid4()],
                    )  # fmt: skip
            await world.follow_everything(shop.id)
            async with world.house.db.transaction(shop.id) as tx:
                await routing.assign(tx, conversation, me, by=me)
            async with world.house.db.transaction(shop.id) as tx:
                await routing.transfer(tx, conversation, her, note="日本語で", by=me)
            async with world.house.db.transaction(shop.id) as tx:
                await routing.assign(tx, conversation, me, by=her)
            await world.follow_everything(shop.id)
            assert await called(shop, "周敏") == [("transferred", "日本語で"), ("mentioned", "@周敏 看一下")]
            assert await called(shop, "小関") == [("assigned", "")]
            assert await called(other, "周敏") == []


async def test_who_does_not_want_to_be_called_is_not_and_who_left_is_not(server: Server) -> None:
    with open_folder() as folder:
        async with open_world(server, folder) as world:
            shop, conversation = await furnished(world)
            me, her = shop.agents["小関"], shop.agents["周敏"]
            async with world.house.db.transaction(shop.id) as tx:
                await team.change(tx, her, by=her, settings={"notify_mentioned": False})
                await team.remove(tx, shop.agents["小関"], by=shop.agents["林薇"])
                await conversations.note(
                    tx, conversation, id=uuid4(), text="@周敏 @小関", agent_id=shop.agents["林薇"], mentions=[her, me]
                )
                await routing.assign(tx, conversation, her, by=shop.agents["林薇"])
            await world.follow_everything(shop.id)
            assert await called(shop, "周敏") == [("assigned", "")]
            assert await called(shop, "小関") == []


async def test_what_was_read_is_read_and_the_rest_stays_new(server: Server) -> None:
    with open_folder() as folder:
        async with open_world(server, folder) as world:
            shop, conversation = await furnished(world)
            me, her = shop.agents["小関"], shop.agents["周敏"]
            async with world.house.db.transaction(shop.id) as tx:
                for text in ("one", "two"):
                    await conversations.note(tx, conversation, id=uuid4(), text=text, agent_id=me, mentions=[her])
            await world.follow_everything(shop.id)
            async with world.house.db.transaction(shop.id) as tx:
                assert await team.read_notices(tx, her, uuid4()) == 0
                assert await team.read_notices(tx, me) == 0
                assert await team.read_notices(tx, her, conversation) == 2
                assert await team.read_notices(tx, her) == 0
                assert await team.forget_notices(tx, tx.now) == 0
            world.clock.forward(days=1)
            async with world.house.db.transaction(shop.id) as tx:
                assert await team.forget_notices(tx, tx.now) == 2
