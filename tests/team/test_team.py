"""A workspace is founded, agents come and go, and each change says so once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from guanxi import access, team
from guanxi.infra.postgres import Server
from tests.world import Shop, World, open_world


@pytest_asyncio.fixture
async def world(server: Server, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(server, tmp_path) as world:
        yield world


async def happened(shop: Shop) -> list[tuple[str, Any]]:
    async with shop.world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch("select kind, payload from event where workspace_id = $1 order by xid, id", shop.id)
    return [(row["kind"], row["payload"].get("what")) for row in rows]


async def test_a_founded_workspace_has_a_queue_and_an_admin(world: World) -> None:
    shop = await world.shop("青禾陶作")
    async with world.house.db.reading(shop.id) as tx:
        assert [row["name"] for row in await tx.fetch("select name from queue")] == ["客服"]
        row = await tx.fetchrow("select id, role, presence, load, capacity from agent")
    assert tuple(row) == (shop.agents["林薇"], "admin", "offline", 0, 8)


async def test_two_admins_who_remove_each_other_leave_one(world: World) -> None:
    shop = await world.shop("Two", "second")
    boss, second = shop.agents["林薇"], shop.agents["second"]
    async with world.house.db.transaction(shop.id) as tx:
        await team.change(tx, second, by=boss, role="admin")

    async def remove(who: UUID, by: UUID) -> str:
        try:
            async with world.house.db.transaction(shop.id) as tx:
                await team.remove(tx, who, by=by)
        except team.Refused as refused:
            return refused.code
        return "removed"

    assert sorted(await asyncio.gather(remove(boss, second), remove(second, boss))) == ["last_admin", "removed"]
    assert [event for event in await happened(shop) if event[1] == "removed"] == [("agent.changed", "removed")]


async def test_who_left_comes_back_in_the_new_role_and_who_is_there_keeps_his(world: World) -> None:
    shop = await world.shop("Back", "mei")
    mei = shop.agents["mei"]
    async with world.house.db.reading(shop.id) as tx:
        person = await tx.fetchval("select person_id from agent where id = $1", mei)
    async with world.house.db.directory() as directory:
        assert await team.join(directory, shop.id, person_id=person, name="mei", role="admin") == mei
    async with world.house.db.transaction(shop.id) as tx:
        assert await tx.fetchval("select role from agent where id = $1", mei) == "agent"
        await team.remove(tx, mei, by=shop.agents["林薇"])
    async with world.house.db.directory() as directory:
        assert await team.join(directory, shop.id, person_id=person, name="mei", role="admin") == mei
    async with world.house.db.reading(shop.id) as tx:
        assert tuple(await tx.fetchrow("select role, removed_at from agent where id = $1", mei)) == ("admin", None)


async def test_a_removed_agent_is_signed_out_of_this_workspace_only(world: World) -> None:
    one, other = await world.shop("One", "mei"), await world.shop("Other")
    async with world.house.db.reading(one.id) as tx:
        person = await tx.fetchval("select person_id from agent where id = $1", one.agents["mei"])
    async with world.house.db.directory() as directory:
        await team.join(directory, other.id, person_id=person, name="mei", role="agent")
        tokens = [await access.sign_in(directory, person, shop.id) for shop in (one, other)]
    async with world.house.db.transaction(one.id) as tx:
        await team.remove(tx, one.agents["mei"], by=one.agents["林薇"])
    async with world.house.db.directory() as directory:
        found = [await access.find_who(directory, access.token_hash(token)) for token in tokens]
    assert found[0] is None
    assert found[1] is not None
    assert found[1].workspace_id == other.id


async def test_what_is_not_there_cannot_be_changed(world: World) -> None:
    shop = await world.shop("Nobody")
    for verb in (
        lambda tx: team.change(tx, uuid4(), by=shop.agents["林薇"], name="x"),
        lambda tx: team.remove(tx, uuid4(), by=shop.agents["林薇"]),
        lambda tx: team.bring_back(tx, uuid4(), by=shop.agents["林薇"]),
        lambda tx: team.change_phrase(tx, uuid4(), shortcut="x", text=None, by=shop.agents["林薇"]),
        lambda tx: team.remove_phrase(tx, uuid4(), by=shop.agents["林薇"]),
    ):
        with pytest.raises(team.NotFound):
            async with world.house.db.transaction(shop.id) as tx:
                await verb(tx)
    assert await happened(shop) == []


async def test_a_phrase_and_the_workspace_say_what_has_changed(world: World) -> None:
    shop = await world.shop("Phrases")
    by = shop.agents["林薇"]
    async with world.house.db.transaction(shop.id) as tx:
        id_ = await team.add_phrase(tx, shortcut="hi", text="hello", by=by)
        await team.change_phrase(tx, id_, shortcut=None, text="hello there", by=by)
        await team.change_workspace(tx, by=by, greeting="欢迎")
        assert tuple(await tx.fetchrow("select shortcut, text from quick_phrase")) == ("hi", "hello there")
        await team.remove_phrase(tx, id_, by=by)
    assert await happened(shop) == [
        ("quick_phrase.changed", None),
        ("quick_phrase.changed", None),
        ("workspace.changed", None),
        ("quick_phrase.changed", "removed"),
    ]
