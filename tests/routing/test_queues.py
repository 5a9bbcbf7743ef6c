"""Whose turn it is, and who is fit: queues, skills, head starts, who knows the contact, and what nobody can serve."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from guanxi import conversations, inboxes, routing
from guanxi.inboxes import Door
from guanxi.infra.postgres import Server
from guanxi.routing import QueueWishes
from guanxi.worker import keep_time
from tests.stories.test_line_message import SECRETS, line_request
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def world(server: Server, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(server, tmp_path) as opened:
        yield opened


async def queue_of(shop: Shop, *names: str, **wishes: Any) -> UUID:
    """A queue in which these agents serve; without any, everybody."""
    async with shop.world.house.db.transaction(shop.id) as tx:
        return await routing.add_queue(
            tx,
            QueueWishes(name="退款", everybody=not names, **wishes),
            [shop.agents[name] for name in names],
            by=shop.agents["林薇"],
        )


async def can(shop: Shop, name: str, **skills: int) -> None:
    async with shop.world.house.db.transaction(shop.id) as tx:
        await routing.set_skills(tx, shop.agents[name], skills, by=shop.agents["林薇"])


async def into(shop: Shop, door: Door, queue_id: UUID) -> None:
    """From now on what comes by this door waits in that queue."""
    async with shop.world.house.db.transaction(shop.id) as tx:
        await inboxes.lead_to(tx, door.inbox_id, queue_id, by=shop.agents["林薇"])
    shop.world.doors.forget()


async def writes(shop: Shop, door: Door, who: str, text: str = "hi") -> UUID:
    """The contact writes; the conversation in which that stands."""
    shop.world.clock.forward(seconds=1)
    number = shop.world.clock().timestamp()
    await shop.hears(door, line_request(text, f"{who}{number}", f"{who:0>32}"))
    await shop.world.read_everything()
    async with shop.world.house.db.reading(shop.id) as tx:
        found: UUID = await tx.fetchval(
            """select c.id from conversation c join identity d on d.workspace_id = $1 and d.id = c.identity_id
               where c.workspace_id = $1 and d.external_id = $2 order by c.opened_at desc limit 1""",
            shop.id,
            f"{who:0>32}",
        )
    return found


async def has(shop: Shop, conversation_id: UUID) -> str | None:
    """Who has it."""
    row = await row_of(shop, conversation_id)
    return next((name for name, id_ in shop.agents.items() if id_ == row["assignee_id"]), None)


async def row_of(shop: Shop, conversation_id: UUID) -> Any:
    async with shop.world.house.db.reading(shop.id) as tx:
        return await tx.fetchrow(
            "select * from conversation where workspace_id = $1 and id = $2", shop.id, conversation_id
        )


async def lines(shop: Shop, conversation_id: UUID) -> list[dict[str, Any]]:
    async with shop.world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch(
            """select content from message where workspace_id = $1 and conversation_id = $2 and kind = 'event'
               order by seq""",
            shop.id,
            conversation_id,
        )
    return [row["content"] for row in rows]


async def resolve(shop: Shop, conversation_id: UUID) -> None:
    async with shop.world.house.db.transaction(shop.id) as tx:
        await conversations.resolve(tx, conversation_id, agent_id=None)


async def test_only_who_serves_in_the_queue_is_given_what_waits_there(world: World) -> None:
    shop = await world.shop("Kotori", "小関", "周敏")
    door = await shop.connects("line", secrets=SECRETS)
    await into(shop, door, await queue_of(shop, "周敏"))
    await shop.comes_online("小関")
    first = await writes(shop, door, "a")
    assert await keep_time.route(world.house) == 0
    assert await has(shop, first) is None
    await shop.comes_online("周敏")
    await keep_time.route(world.house)
    assert await has(shop, first) == "周敏"


async def test_a_skill_at_a_level_includes_the_levels_below_and_the_line_says_why_she_was_chosen(world: World) -> None:
    shop = await world.shop("Kotori", "小関", "周敏")
    door = await shop.connects("line", secrets=SECRETS)
    await can(shop, "小関", refunds=1)
    await can(shop, "周敏", refunds=3)
    await into(shop, door, await queue_of(shop, needs={"refunds": 2}))
    for name in ("小関", "周敏"):
        await shop.comes_online(name)
    for who in "abc":
        assert await has(shop, await writes(shop, door, who)) == "周敏"
    assert (await lines(shop, await writes(shop, door, "d")))[-1]["why"] == {
        "code": "skilled", "needs": "refunds+2", "load": 4, "capacity": 8,
    }  # fmt: skip


async def test_a_contact_comes_back_to_who_served_him_last_while_the_queue_remembers(world: World) -> None:
    shop = await world.shop("Kotori", "小関", "周敏")
    door = await shop.connects("line", secrets=SECRETS)
    await into(shop, door, await queue_of(shop, sticky_days=2))
    await shop.comes_online("小関")
    first = await writes(shop, door, "a")
    await resolve(shop, first)
    await writes(shop, door, "b")  # so that she has more than the other
    await shop.comes_online("周敏")
    world.clock.forward(hours=25)
    again = await writes(shop, door, "a")
    assert again != first
    assert await has(shop, again) == "小関"
    assert (await lines(shop, again))[-1]["why"]["code"] == "knows"
    await resolve(shop, again)
    world.clock.forward(hours=50)
    assert await has(shop, await writes(shop, door, "a")) == "周敏"


async def test_an_urgent_one_passes_those_within_its_head_start_and_none_that_waits_longer(world: World) -> None:
    shop = await world.shop("Kotori", "小関")
    door = await shop.connects("line", secrets=SECRETS)
    longest = await writes(shop, door, "a")
    world.clock.forward(minutes=20)
    shorter = await writes(shop, door, "b")
    world.clock.forward(minutes=5)
    urgent = await writes(shop, door, "c")
    async with world.house.db.transaction(shop.id) as tx:
        await routing.prioritise(tx, urgent, 1, by=shop.agents["林薇"])  # a head start of fifteen minutes
    turns = []
    for _ in range(3):
        async with world.house.db.transaction(shop.id) as tx:
            turns.append(await routing.pull(tx, shop.agents["小関"]))
    assert turns == [longest, urgent, shorter]


async def test_a_line_that_nobody_free_is_fit_for_keeps_nobody_else_waiting(world: World) -> None:
    shop = await world.shop("Kotori", "小関", "周敏")
    door = await shop.connects("line", secrets=SECRETS)
    await can(shop, "周敏", korean=1)
    await into(shop, door, await queue_of(shop, needs={"korean": 1}))
    unfit = [await writes(shop, door, f"k{n}") for n in range(60)]
    other = await shop.connects("line", secrets=SECRETS)
    last = await writes(shop, other, "z")
    await shop.comes_online("小関")
    assert await keep_time.route(world.house) == 1
    assert [await has(shop, one) for one in (last, unfit[0])] == ["小関", None]


async def test_what_needs_a_skill_that_nobody_of_the_team_has_goes_to_anybody_and_says_so(world: World) -> None:
    shop = await world.shop("Kotori", "小関")
    door = await shop.connects("line", secrets=SECRETS)
    await into(shop, door, await queue_of(shop, needs={"lang:ko": 1}))
    await shop.comes_online("小関")
    waits = await writes(shop, door, "a")
    assert await keep_time.route(world.house) == 0
    await keep_time.tick(world.house)
    assert {"kind": "event", "what": "nobody_skilled", "needs": "lang:ko"} in await lines(shop, waits)
    await shop.comes_online("小関")
    await keep_time.route(world.house)
    assert await has(shop, waits) == "小関"


async def test_what_waits_too_long_goes_on_to_the_next_queue_once_and_keeps_its_turn(world: World) -> None:
    shop = await world.shop("Kotori", "小関", "周敏")
    door = await shop.connects("line", secrets=SECRETS)
    second = await queue_of(shop, "小関")
    first = await queue_of(shop, "周敏", overflow_minutes=10, overflow_queue_id=second)
    await into(shop, door, first)
    await shop.comes_online("小関")
    waits = await writes(shop, door, "a")
    since = (await row_of(shop, waits))["waiting_since"]
    world.clock.forward(minutes=9)
    await keep_time.tick(world.house)
    assert (await row_of(shop, waits))["queue_id"] == first
    world.clock.forward(minutes=2)
    await keep_time.tick(world.house)
    await keep_time.tick(world.house)
    row = await row_of(shop, waits)
    assert (row["queue_id"], row["waiting_since"]) == (second, since)
    assert [line["what"] for line in await lines(shop, waits)] == ["overflowed"]
    await shop.comes_online("小関")
    await keep_time.route(world.house)
    assert await has(shop, waits) == "小関"


async def test_queues_that_would_overflow_in_a_circle_are_refused(world: World) -> None:
    shop = await world.shop("Kotori")
    by = shop.agents["林薇"]
    one = await queue_of(shop)
    other = await queue_of(shop, overflow_minutes=5, overflow_queue_id=one)
    circle = QueueWishes(name="一", overflow_minutes=5, overflow_queue_id=other)
    async with world.house.db.transaction(shop.id) as tx:
        with pytest.raises(routing.Refused, match="in_a_circle"):
            await routing.change_queue(tx, one, circle, [], by=by)
        with pytest.raises(routing.Refused, match="in_use"):
            await routing.remove_queue(tx, one, by=by)


async def test_a_conversation_fills_as_many_places_as_its_medium_weighs(world: World) -> None:
    shop = await world.shop("Kotori", "小関")
    async with world.house.db.transaction(shop.id) as tx:
        await tx.execute("""update workspace set weights = '{"chat": 3}' where id = $1""", shop.id)
    door = await shop.connects("line", secrets=SECRETS)
    await shop.comes_online("小関")
    mine = [await writes(shop, door, f"w{n}") for n in range(3)]
    assert [await has(shop, one) for one in mine] == [
        "小関",
        "小関",
        None,
    ]  # six of eight places, and no room for three
    await resolve(shop, mine[0])
    await keep_time.route(world.house)
    assert await has(shop, mine[2]) == "小関"
