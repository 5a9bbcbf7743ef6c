"""Conversations go to whoever is free and has least, never beyond capacity, and loads equal a recount."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from guanxi import access, conversations, routing, team
from guanxi.content import Text
from guanxi.infra.postgres import Server
from guanxi.worker import keep_time
from tests.http.desk import arrives
from tests.stories.test_line_message import SECRETS, line_request
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio


async def recount(world: World, shop: Shop) -> list[tuple[int, int, int]]:
    """(load, recounted load, capacity) of every agent."""
    async with world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch(
            """select a.load, a.capacity, (select count(*) from conversation c where c.workspace_id = a.workspace_id
                 and c.assignee_id = a.id and c.state = 0) as counted from agent a where a.workspace_id = $1""",
            shop.id,
        )
    return [(row["load"], row["counted"], row["capacity"]) for row in rows]


async def write_in(world: World, shop: Shop, count: int, prefix: str = "A") -> None:
    door = await shop.connects("line", secrets=SECRETS)
    for n in range(count):
        await shop.hears(door, line_request("hi", f"{prefix}{n}", f"{prefix}{n:031d}"))
    await world.read_everything()


async def test_the_least_loaded_free_agent_gets_the_next_one(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関", "周敏")
        for name in ("小関", "周敏"):
            await shop.comes_online(name)
        await write_in(world, shop, 20)
        assert sorted(await recount(world, shop)) == [(0, 0, 8), (8, 8, 8), (8, 8, 8)]


async def test_what_waits_is_given_when_somebody_comes(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関")
        await write_in(world, shop, 5)
        await shop.comes_online("小関")
        assert await keep_time.route(world.house) == 5
        assert sorted(await recount(world, shop)) == [(0, 0, 8), (5, 5, 8)]


async def test_loads_equal_a_recount_and_capacity_holds_while_everything_happens_at_once(
    own_server: Server, tmp_path: Path
) -> None:
    chance = random.Random(11)
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関", "周敏", "김민지")
        await write_in(world, shop, 60)
        people = list(shop.agents.values())

        async def something() -> None:
            await asyncio.sleep(0)
            what = chance.choice(["online", "offline", "route", "resolve", "reopen", "pull_back", "busy"])
            async with world.house.db.reading(shop.id) as tx:
                rows = await tx.fetch("select id from conversation where workspace_id = $1", shop.id)
            one = chance.choice(rows)["id"]
            agent = chance.choice(people)
            try:
                if what == "route":
                    await keep_time.route(world.house)
                    return
                async with world.house.db.transaction(shop.id) as tx:
                    if what in ("online", "offline", "busy"):
                        await routing.set_presence(tx, agent, what)  # type: ignore[arg-type]
                    elif what == "resolve":
                        await conversations.resolve(tx, one, agent_id=agent)
                    elif what == "reopen":
                        await conversations.reopen(tx, one, agent_id=agent)
                    else:
                        await routing.assign(tx, one, None, by=agent)
            except (conversations.Refused, routing.Refused):
                return

        for _ in range(25):
            await asyncio.gather(*[something() for _ in range(8)])
        loads = await recount(world, shop)
        assert all(load == counted for load, counted, _ in loads)
        assert sum(load for load, _, _ in loads) > 0


async def test_an_agent_without_a_sign_of_life_goes_offline_and_keeps_his_conversations(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関")
        await shop.comes_online("小関")
        await write_in(world, shop, 2)
        world.clock.forward(minutes=4)
        await keep_time.tick(world.house)
        async with world.house.db.reading(shop.id) as tx:
            presence = await tx.fetchval(
                "select presence from agent where workspace_id = $1 and id = $2", shop.id, shop.agents["小関"]
            )
        assert presence == "offline"
        assert (2, 2, 8) in await recount(world, shop)


async def test_what_an_agent_has_who_stays_away_goes_back_to_the_queue_with_a_line(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関", "周敏")
        away, here = shop.agents["小関"], shop.agents["周敏"]
        await shop.comes_online("小関")
        await write_in(world, shop, 3)
        async with world.house.db.transaction(shop.id) as tx:
            await team.change_workspace(tx, by=away, take_over_minutes=10)
            await routing.set_presence(tx, away, "offline")
            rows = await tx.fetch("select id from conversation where workspace_id = $1 order by id", shop.id)
            await conversations.resolve(tx, rows[0]["id"], agent_id=away)
        world.clock.forward(minutes=9)
        async with world.house.db.transaction(shop.id) as tx:  # given to her while she is away: it has its own time
            await routing.assign(tx, rows[1]["id"], here, by=here)
            await routing.assign(tx, rows[1]["id"], away, by=here)
        await keep_time.tick(world.house)
        assert sorted(await recount(world, shop)) == [(0, 0, 8), (0, 0, 8), (2, 2, 8)]
        world.clock.forward(minutes=2)
        await keep_time.tick(world.house)
        assert sorted(await recount(world, shop)) == [(0, 0, 8), (0, 0, 8), (1, 1, 8)]
        async with world.house.db.reading(shop.id) as tx:
            line = await tx.fetchval(
                """select content from message where workspace_id = $1 and conversation_id = $2
                   order by seq desc limit 1""",
                shop.id,
                rows[2]["id"],
            )
        assert line == {"kind": "event", "what": "taken_over", "to": "小関", "minutes": 10}
        await shop.comes_online("周敏")
        await keep_time.route(world.house)
        world.clock.forward(minutes=10)
        async with world.house.db.transaction(shop.id) as tx:
            await routing.set_presence(tx, here, "online")  # who is there keeps hers
        await keep_time.tick(world.house)
        assert sorted(await recount(world, shop)) == [(0, 0, 8), (0, 0, 8), (1, 1, 8)]
        async with world.house.db.transaction(shop.id) as tx:
            await team.change_workspace(tx, by=away, take_over_minutes=0)
            await routing.set_presence(tx, here, "offline")
        world.clock.forward(days=3)
        await keep_time.tick(world.house)
        assert sorted(await recount(world, shop)) == [(0, 0, 8), (0, 0, 8), (1, 1, 8)]


async def test_however_many_somebody_leaves_behind_all_go_back_and_no_transaction_moves_them_all(
    own_server: Server, tmp_path: Path
) -> None:
    many = 2 * routing.SLICE + 30
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関", "周敏")
        inbox = (await shop.connects("line", secrets=SECRETS)).inbox_id
        leaves, boss = shop.agents["小関"], shop.agents["林薇"]
        async with world.house.db.transaction(shop.id) as tx:
            await team.change_workspace(tx, by=boss, take_over_minutes=10)
        for n in range(many):
            talk = await arrives(shop, inbox, f"U{n}", "hello")
            async with world.house.db.transaction(shop.id) as tx:
                await routing.assign(tx, talk, leaves, by=boss)
        world.clock.forward(minutes=11)
        await keep_time.tick(world.house)
        assert await held(world, shop, leaves) == (0, 0)

        async with world.house.db.transaction(shop.id) as tx:
            for row in await tx.fetch("select id from conversation where workspace_id = $1", shop.id):
                await routing.assign(tx, row["id"], leaves, by=boss)
        async with world.house.db.transaction(shop.id) as tx:
            await team.remove(tx, leaves, by=boss)
            assert await routing.give_back_all(tx, leaves, by=boss) == routing.SLICE
        await world.send_everything()
        assert await held(world, shop, leaves) == (0, 0)


async def held(world: World, shop: Shop, agent: UUID) -> tuple[int, int]:
    """How many conversations the agent has, and what is counted as the load."""
    async with world.house.db.reading(shop.id) as tx:
        row = await tx.fetchrow(
            """select (select count(*) from conversation where workspace_id = $1 and assignee_id = $2) as has, load
               from agent where workspace_id = $1 and id = $2""",
            shop.id,
            agent,
        )
    return row["has"], row["load"]


async def test_a_transfer_carries_its_note_and_moves_the_load(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関", "周敏")
        await shop.comes_online("小関")
        await write_in(world, shop, 1)
        async with world.house.db.transaction(shop.id) as tx:
            one = await tx.fetchval("select id from conversation where workspace_id = $1", shop.id)
            await routing.transfer(tx, one, shop.agents["周敏"], note="日本語でお願いします", by=shop.agents["小関"])
        async with world.house.db.reading(shop.id) as tx:
            line = await tx.fetchval(
                "select content from message where workspace_id = $1 and author = 'system' order by seq desc limit 1",
                shop.id,
            )
        assert line == {
            "kind": "event", "what": "transferred", "by": "小関", "to": "周敏", "note": "日本語でお願いします"
        }  # fmt: skip
        assert sorted(await recount(world, shop)) == [(0, 0, 8), (0, 0, 8), (1, 1, 8)]


async def test_a_contact_who_writes_to_a_snoozed_conversation_gets_his_agent_back(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関", "周敏")
        for name in ("小関", "周敏"):
            await shop.comes_online(name)
        await write_in(world, shop, 1)
        async with world.house.db.transaction(shop.id) as tx:
            row = await tx.fetchrow(
                "select id, assignee_id, inbox_id from conversation where workspace_id = $1", shop.id
            )
            until = tx.now + timedelta(hours=3)
            await conversations.snooze(tx, row["id"], until=until, agent_id=row["assignee_id"])
        assert [load for load, _, _ in await recount(world, shop)] == [0, 0, 0]
        door = await world.doors.get(shop.id, row["inbox_id"])
        assert door is not None
        await shop.hears(door, line_request("もう一度", "again", f"A{0:031d}"))
        await world.read_everything()
        async with world.house.db.reading(shop.id) as tx:
            now = await tx.fetchrow("select state, assignee_id from conversation where workspace_id = $1", shop.id)
        assert (now["state"], now["assignee_id"]) == (conversations.OPEN, row["assignee_id"])
        assert sorted(await recount(world, shop)) == [(0, 0, 8), (0, 0, 8), (1, 1, 8)]


async def test_a_workspace_without_an_agent_keeps_everything_for_the_first_who_comes(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        async with world.house.db.transaction(shop.id) as tx:  # as an import, or a hand in the database, may leave it
            await tx.execute(
                "update agent set removed_at = now(), presence = 'offline' where workspace_id = $1", shop.id
            )
        await write_in(world, shop, 3)
        await world.follow_everything(shop.id)
        assert await keep_time.route(world.house) == 0
        await keep_time.tick(world.house)
        async with world.house.db.reading(shop.id) as tx:
            rows = await tx.fetch("select state, assignee_id from conversation where workspace_id = $1", shop.id)
        assert [(row["state"], row["assignee_id"]) for row in rows] == [(0, None)] * 3
        async with world.house.db.directory() as directory:
            person = await access.add_person(
                directory, email="yui@kotori.example", name="結衣", password_hash=None, language="ja"
            )
            shop.agents["結衣"] = await team.join(directory, shop.id, person_id=person, name="結衣", role="agent")
        await shop.comes_online("結衣")
        assert await keep_time.route(world.house) == 3
        assert sorted(load for load, counted, _ in await recount(world, shop) if load == counted) == [0, 3]


async def test_a_clock_that_is_set_back_loses_nothing_and_counts_no_negative_time(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        await shop.comes_online()
        door = await shop.connects("line", secrets=SECRETS)
        person = "U" + "c" * 32
        for n, hours in enumerate((0, -3, 5, -2)):  # summer time by hand, and a server that finds its time server again
            world.clock.forward(hours=hours)
            await shop.hears(door, line_request(f"{n}", f"c{n}", person))
            await world.read_everything()
            async with world.house.db.transaction(shop.id) as tx:
                one = await tx.fetchval("select id from conversation where workspace_id = $1 and state < 2", shop.id)
                await conversations.reply(tx, one, id=uuid4(), content=Text(f"{n}!"), agent_id=shop.agents["林薇"])
                if n == 1:
                    await conversations.resolve(tx, one, agent_id=shop.agents["林薇"])
            await world.follow_everything(shop.id)
        async with world.house.db.reading(shop.id) as tx:
            said = await tx.fetch(
                """select m.seq, m.content ->> 'text' as text from message m where m.workspace_id = $1
                   and m.author <> 'system' order by m.conversation_id, m.seq""",
                shop.id,
            )
            seconds = await tx.fetch(
                """select (payload ->> key)::numeric as seconds from event, jsonb_object_keys(payload) key
                   where workspace_id = $1 and jsonb_typeof(payload -> key) = 'number'""",
                shop.id,
            )
        assert [row["text"] for row in said if row["text"]] == ["0", "0!", "1", "1!", "2", "2!", "3", "3!"]
        assert min(row["seconds"] for row in seconds) >= 0
        assert await recount(world, shop) == [(1, 1, 8)]
