"""A customer writes at night: he hears once that nobody is there, and by which clock somebody will be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from guanxi import routing, team
from guanxi.inboxes import Door
from guanxi.infra.postgres import Server
from guanxi.routing import DaySpan, QueueWishes
from tests.stories.test_line_message import SECRETS, line_request
from tests.world import Shop, open_world

pytestmark = pytest.mark.asyncio
WEEK = [DaySpan(day=day, opens="09:00", closes="18:00") for day in (0, 1, 2, 3, 4)]


async def keeps_hours(shop: Shop) -> None:
    """Its one queue is open on weekdays, by the clock of Shanghai."""
    by = shop.agents["林薇"]
    async with shop.world.house.db.transaction(shop.id) as tx:
        hours = await routing.add_hours(tx, name="平日", time_zone="Asia/Shanghai", week=WEEK, holidays=[], by=by)
        queue = (await routing.queues(tx))[0]
        await routing.change_queue(tx, queue.id, QueueWishes(name=queue.name, hours_id=hours), [], by=by)
        await team.change_workspace(tx, by=by, greeting="您好！", away_text="请留言。")


async def writes(shop: Shop, door: Door, at: datetime, who: str = "A") -> None:
    shop.world.clock.at = at
    await shop.hears(door, line_request("hi", f"{who}{at.timestamp()}", f"{who:0>32}"))
    await shop.world.read_everything()
    await shop.world.follow_everything(shop.id)


async def heard(shop: Shop, who: str = "A") -> list[str]:
    """What we said by ourselves."""
    async with shop.world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch(
            """select m.content ->> 'text' as text from message m
               join conversation c on c.workspace_id = $1 and c.id = m.conversation_id
               join identity d on d.workspace_id = $1 and d.id = c.identity_id
               where m.workspace_id = $1 and m.author = 'bot' and d.external_id = $2 order by m.created_at, m.seq""",
            shop.id,
            f"{who:0>32}",
        )
    return [row["text"] for row in rows]


SATURDAY, SUNDAY = datetime(2027, 1, 2, 3, tzinfo=UTC), datetime(2027, 1, 3, 3, tzinfo=UTC)
MONDAY, MONDAY_NIGHT = datetime(2027, 1, 4, 3, tzinfo=UTC), datetime(2027, 1, 4, 15, tzinfo=UTC)


async def test_who_writes_while_it_is_closed_hears_when_it_opens_once_each_time(server: Server, tmp_path: Path) -> None:
    async with open_world(server, tmp_path) as world:
        shop = await world.shop("Kotori")
        await keeps_hours(shop)
        door = await shop.connects("line", secrets=SECRETS)
        await writes(shop, door, SATURDAY)
        first = "请留言。\n\n现在是非服务时间，人工客服将于1月4日（周一）09:00（UTC+8）上班。"
        assert await heard(shop) == [first]
        await writes(shop, door, SUNDAY)
        await writes(shop, door, MONDAY)
        assert await heard(shop) == [first]
        await writes(shop, door, MONDAY_NIGHT)
        assert await heard(shop) == [first, first.replace("1月4日（周一）", "1月5日（周二）")]


async def test_he_hears_it_in_his_own_language(server: Server, tmp_path: Path) -> None:
    async with open_world(server, tmp_path) as world:
        shop = await world.shop("Kotori")
        await keeps_hours(shop)
        door = await shop.connects("line", secrets=SECRETS)
        await writes(shop, door, MONDAY, "B")
        async with world.house.db.transaction(shop.id) as tx:
            await tx.execute("update identity set language = 'ja' where workspace_id = $1", shop.id)
        await writes(shop, door, MONDAY_NIGHT, "B")
        assert await heard(shop, "B") == [
            "请留言。",  # it is open, and nobody is there
            "请留言。\n\nただいま営業時間外です。次の営業は1月5日（火）09:00（UTC+8）からです。",
        ]


async def test_whose_agent_is_there_at_night_hears_nothing_of_closing(server: Server, tmp_path: Path) -> None:
    async with open_world(server, tmp_path) as world:
        shop = await world.shop("Kotori")
        await keeps_hours(shop)
        door = await shop.connects("line", secrets=SECRETS)
        await shop.comes_online()
        await writes(shop, door, MONDAY_NIGHT, "C")
        assert await has_agent(shop)
        assert await heard(shop, "C") == []


async def has_agent(shop: Shop) -> UUID | None:
    async with shop.world.house.db.reading(shop.id) as tx:
        found: UUID | None = await tx.fetchval("select assignee_id from conversation where workspace_id = $1", shop.id)
    return found
