"""Promises as rows: clocks start and stop with what happens, time tells of each once, and edits reach what runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from guanxi import automation, conversations, promises, reports, routing, views
from guanxi.automation import model as rules
from guanxi.content import Text
from guanxi.inboxes import Door
from guanxi.infra.postgres import Server
from guanxi.promises import DaySpan, PolicyWishes
from guanxi.routing import QueueWishes
from guanxi.worker import keep_time
from tests.routing.test_queues import into, queue_of, writes
from tests.stories.test_line_message import SECRETS
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio
WEEK = [DaySpan(day=day, opens="09:00", closes="18:00") for day in range(7)]  # type: ignore[arg-type]


@pytest_asyncio.fixture
async def world(server: Server, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(server, tmp_path) as opened:
        opened.clock.at = datetime(2026, 10, 24, 14, 30, tzinfo=UTC)  # the day before Berlin's clocks are set back
        yield opened


@pytest_asyncio.fixture
async def shop(world: World) -> Shop:
    return await world.shop("Laden", "mei")


@pytest_asyncio.fixture
async def door(shop: Shop) -> Door:
    return await shop.connects("line", secrets=SECRETS)


async def hours(shop: Shop, zone: str = "Europe/Berlin", week: list[DaySpan] = WEEK) -> UUID:
    async with shop.world.house.db.transaction(shop.id) as tx:
        by = shop.agents["林薇"]
        return await routing.add_hours(tx, name="Shop", time_zone=zone, week=week, holidays=[], by=by)


async def policy(shop: Shop, *, default: bool = True, name: str = "equal", **wishes: Any) -> UUID:
    async with shop.world.house.db.transaction(shop.id) as tx:
        wanted = PolicyWishes(name=name, **wishes)
        return await promises.add_policy(tx, wanted, is_default=default, by=shop.agents["林薇"])


async def row(shop: Shop, talk: UUID) -> Any:
    async with shop.world.house.db.reading(shop.id) as tx:
        return await tx.fetchrow(
            "select * from conversation where workspace_id = $1 and id = $2", tx.workspace_id, talk
        )


async def due(shop: Shop, talk: UUID) -> dict[str, str]:
    """What runs, and when it is due."""
    return {one["promise"]: one["due_at"] for one in (await row(shop, talk))["promises"] if one["runs"]}


async def told(shop: Shop, *kinds: str) -> list[tuple[str, Any]]:
    async with shop.world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch(
            "select kind, payload from event where workspace_id = $1 and kind = any($2) order by xid, id",
            tx.workspace_id,
            list(kinds or ("promise.warned", "promise.missed")),
        )
    return [(one["kind"], one["payload"].get("promise")) for one in rows]


async def answer(shop: Shop, talk: UUID, *, author: str = "agent") -> None:
    async with shop.world.house.db.transaction(shop.id) as tx:
        agent = shop.agents["林薇"] if author == "agent" else None
        await conversations.reply(tx, talk, id=uuid4(), content=Text("好的"), agent_id=agent, author=author)


async def test_a_clock_runs_across_the_night_in_which_clocks_change_and_everything_else_that_happens(
    world: World, shop: Shop, door: Door
) -> None:
    await policy(shop, first_minutes=120, next_minutes=30, resolve_minutes=600, hours_id=await hours(shop))
    talk = await writes(shop, door, "chen")  # 16:30 in Berlin; an hour and a half are left of the day
    assert await due(shop, talk) == {"first": "2026-10-25T08:30:01Z", "resolve": "2026-10-25T16:30:01Z"}
    before = await due(shop, talk)
    await answer(shop, talk, author="bot")
    await writes(shop, door, "chen", "hello?")
    async with world.house.db.transaction(shop.id) as tx:
        await routing.set_presence(tx, shop.agents["mei"], "online")
        await routing.assign(tx, talk, shop.agents["mei"], by=None)
        await routing.set_presence(tx, shop.agents["mei"], "offline")
        await conversations.snooze(tx, talk, until=tx.now + timedelta(days=2), agent_id=shop.agents["mei"])
    assert await due(shop, talk) == before  # a robot, a second word, an agent's day and putting aside change nothing
    world.clock.at = datetime(2026, 10, 25, 8, 20, tzinfo=UTC)
    await keep_time.promises_pass(world.house)
    assert await told(shop) == [("promise.warned", "first")]
    aside = await row(shop, talk)
    assert (aside["state"], aside["promise_state"]) == (conversations.SNOOZED, 1)
    async with world.house.db.reading(shop.id) as tx:
        late = await views.conversations(tx, views.Ask(view="late"), shop.agents["mei"])
    assert len(late.rows) == 1  # put aside, and to be seen all the same
    await answer(shop, talk)
    assert await due(shop, talk) == {}
    world.clock.forward(hours=1)  # we wait for her, and nothing is counted
    await writes(shop, door, "chen", "谢谢")
    assert await due(shop, talk) == {"next": "2026-10-25T09:50:01Z", "resolve": "2026-10-26T08:30:02Z"}
    async with world.house.db.transaction(shop.id) as tx:
        await conversations.resolve(tx, talk, agent_id=shop.agents["林薇"])
    assert (await row(shop, talk))["due_at"] is None
    async with world.house.db.transaction(shop.id) as tx:
        await conversations.reopen(tx, talk, agent_id=shop.agents["林薇"], as_before=True)
    assert (await due(shop, talk))["next"] == "2026-10-25T09:50:01Z"


async def _killed_while_it_tells(world: World, shop: Shop) -> None:
    async with world.house.db.transaction(shop.id) as tx:
        assert await conversations.pass_time(tx) == 12
        raise RuntimeError("killed before its commit")


async def test_what_is_late_is_told_once_by_however_many_workers_and_after_one_that_died(
    world: World, shop: Shop, door: Door
) -> None:
    await policy(shop, first_minutes=10)
    talks = [await writes(shop, door, f"guest{n}") for n in range(12)]
    world.clock.forward(minutes=8, seconds=30)
    with pytest.raises(RuntimeError):
        await _killed_while_it_tells(world, shop)
    assert await told(shop) == []
    await asyncio.gather(*(keep_time.promises_pass(world.house) for _ in range(4)))
    await keep_time.promises_pass(world.house)
    assert await told(shop) == [("promise.warned", "first")] * len(talks)
    await answer(shop, talks[0])
    world.clock.forward(minutes=5)
    await answer(shop, talks[1])  # late, and nobody has looked yet
    await asyncio.gather(*(keep_time.promises_pass(world.house) for _ in range(4)))
    await keep_time.promises_pass(world.house)
    late = [kind for kind, _ in await told(shop) if kind == "promise.missed"]
    assert len(late) == len(talks) - 1
    await world.follow_everything(shop.id)
    async with world.house.db.reading(shop.id) as tx:
        today = (await reports.now(tx)).today
        assert (today.kept, today.missed) == (1, len(talks) - 1)
        called = await tx.fetch("select kind, count(*) as many from notice where workspace_id = $1 group by 1", shop.id)
        versions = await tx.fetch(
            "select version from event where workspace_id = $1 and conversation_id = $2 order by xid, id",
            shop.id,
            talks[1],
        )
    assert {one["kind"]: one["many"] for one in called}["missed"] == len(talks) - 2  # who was answered calls nobody
    seen = [one["version"] for one in versions]
    assert seen == sorted(set(seen)), "each change has a version of its own"
    assert seen[-1] == (await row(shop, talks[1]))["version"]


async def test_an_edit_of_a_policy_or_its_hours_reaches_what_runs_slice_by_slice(
    world: World, shop: Shop, door: Door
) -> None:
    kept = await hours(shop)
    quick = await policy(shop, first_minutes=60, hours_id=kept)
    talks = [await writes(shop, door, f"guest{n}") for n in range(5)]
    async with world.house.db.transaction(shop.id) as tx:
        wishes = PolicyWishes(name="equal", first_minutes=30, hours_id=kept)
        await promises.change_policy(tx, quick, wishes, is_default=True, by=None)
    async with world.house.db.transaction(shop.id) as tx:
        place, slices = None, 0
        while (place := await conversations.reckon_anew(tx, 0, place, most=2)) is not None:
            slices += 1
    assert slices == 2
    assert [await due(shop, talk) for talk in talks] == [{"first": f"2026-10-24T15:00:0{n + 1}Z"} for n in range(5)]
    changed = await told(shop, "conversation.promised")
    assert len(changed) == len(talks)
    async with world.house.db.transaction(shop.id) as tx:  # in the middle of the day the shop moves to New York
        await routing.change_hours(
            tx, kept, name="Shop", time_zone="America/New_York", week=WEEK, holidays=[], by=shop.agents["林薇"]
        )
    await world.send_everything()
    assert [await due(shop, talk) for talk in talks] == [{"first": f"2026-10-24T15:00:0{n + 1}Z"} for n in range(5)]
    async with world.house.db.transaction(shop.id) as tx:
        await routing.change_hours(
            tx, kept, name="Shop", time_zone="Asia/Tokyo", week=WEEK, holidays=[], by=shop.agents["林薇"]
        )
    await world.send_everything()
    assert set(map(str, (await due(shop, talks[0])).values())) == {"2026-10-25T00:30:00Z"}
    async with world.house.db.transaction(shop.id) as tx:  # and then it never opens again: nothing is promised
        await routing.change_hours(
            tx, kept, name="Shop", time_zone="Asia/Tokyo", week=[], holidays=[], by=shop.agents["林薇"]
        )
        with pytest.raises(routing.Refused, match="in_use"):
            await routing.remove_hours(tx, kept, by=shop.agents["林薇"])
    await world.send_everything()
    assert await due(shop, talks[0]) == {"first": None}
    world.clock.forward(days=400)
    await keep_time.promises_pass(world.house)
    assert await told(shop) == []


async def test_a_rule_says_which_policy_holds_before_the_queue_does_and_the_queue_before_the_house(
    world: World, shop: Shop, door: Door
) -> None:
    await policy(shop, first_minutes=60)
    fast = await policy(shop, default=False, name="fast", first_minutes=5)
    slow = await policy(shop, default=False, name="slow", first_minutes=600)
    by = shop.agents["林薇"]
    queue = await queue_of(shop, policy_id=slow)
    await into(shop, door, queue)
    async with world.house.db.transaction(shop.id) as tx:
        gold = [rules.OnText(any_of=["急"])]
        await automation.add_rule(
            tx, name="gold", kind="message.received", conditions=gold, actions=[rules.Promise(policy_id=fast)], is_on=True, by=by
        )  # fmt: skip
        await automation.add_rule(
            tx, name="late", kind="promise.missed", conditions=[], actions=[rules.Prioritise(priority=2)], is_on=True, by=by
        )  # fmt: skip
    plain, urgent = await writes(shop, door, "plain"), await writes(shop, door, "urgent", "很急")
    await world.follow_everything(shop.id)
    await world.send_everything()
    minutes = {
        talk: (
            datetime.fromisoformat((await due(shop, talk))["first"]) - (await row(shop, talk))["waiting_since"]
        ).seconds
        / 60
        for talk in (plain, urgent)
    }
    assert minutes == {plain: 600, urgent: 5}
    async with world.house.db.transaction(shop.id) as tx:
        with pytest.raises(promises.Refused, match="in_use"):
            await promises.remove_policy(tx, slow, by=by)
        await promises.remove_policy(tx, fast, by=by)
        other = await routing.add_queue(tx, QueueWishes(name="other"), [], by=by)
        await routing.move(tx, plain, other, by=by)
    await world.send_everything()
    assert [(await row(shop, talk))["promises"][0]["due_at"][11:16] for talk in (plain, urgent)] == ["15:30", "00:30"]
    world.clock.forward(hours=2)
    await keep_time.promises_pass(world.house)
    await world.follow_everything(shop.id)
    await world.send_everything()
    assert [(await row(shop, talk))["priority"] for talk in (plain, urgent)] == [2, 0]


async def test_another_workspaces_policies_and_hours_cannot_be_named(world: World, shop: Shop, door: Door) -> None:
    stranger = await world.shop("Fremd")
    theirs, their_hours = await policy(stranger, first_minutes=5), await hours(stranger)
    talk = await writes(shop, door, "chen")
    by = shop.agents["林薇"]
    async with world.house.db.transaction(shop.id) as tx:
        with pytest.raises(promises.NotFound):
            await promises.add_policy(
                tx, PolicyWishes(name="x", first_minutes=5, hours_id=their_hours), is_default=False, by=by
            )
        with pytest.raises(promises.NotFound):
            await promises.change_policy(tx, theirs, PolicyWishes(name="x", first_minutes=5), is_default=False, by=by)
        with pytest.raises(conversations.Refused, match="unknown_policy"):
            await conversations.promise(tx, talk, theirs, by=by)
        with pytest.raises(routing.NotFound):
            await routing.add_queue(tx, QueueWishes(name="x", policy_id=theirs), [], by=by)
