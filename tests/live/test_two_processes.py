"""Two web processes on one database: what happens in one is heard in the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosed

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def fronts(server: Server) -> AsyncIterator[tuple[Front, Front]]:
    with open_folder() as folder:
        async with open_front(server, folder) as one, open_front(server, folder) as other:
            yield one, other


def through(front: Front, agent: Agent) -> Agent:
    """The same agent, served by another process."""
    http = front.stranger(cookie=f"guanxi={agent.cookie}", **{"x-csrf": agent.csrf})
    return replace(agent, http=http, base=front.base)


async def test_events_typing_and_viewing_cross_processes(fronts: tuple[Front, Front]) -> None:
    one, other = fronts
    shop, people = await one.opens("Two doors", "mei")
    door = await shop.connects("line", secrets=LINE)
    id_ = await arrives(shop, door.inbox_id, "x", "hello")
    mei_there = through(other, people["mei"])
    async with people["boss"].socket() as here, mei_there.socket() as there:
        await here.say(type="watch", conversation=id_)
        await there.say(type="watch", conversation=id_)
        await here.hear(lambda frame: frame["type"] == "viewing" and len(frame["agents"]) == 2)
        await there.say(type="typing", conversation=id_, on=True)
        assert (await here.hear(lambda frame: frame["type"] == "typing"))["by"] == "mei"
        hints: list[UUID] = []
        one.world.house.bus.on_commit.append(lambda workspace_id, _: hints.append(workspace_id))
        await mei_there.post(f"/api/conversations/{id_}/tags", {"tags": ["vip"]})
        frame = await here.hear(lambda frame: frame.get("kind") == "conversation.tagged")
        assert frame["row"]["tags"] == ["vip"]
        async with asyncio.timeout(60):  # the one process was told, whoever looked around first
            while shop.id not in hints:
                await asyncio.sleep(0.01)


async def test_a_removal_in_one_process_ends_the_rights_in_the_other(fronts: tuple[Front, Front]) -> None:
    one, other = fronts
    _, people = await one.opens("Removed elsewhere", "mei")
    there = through(other, people["mei"])
    assert (await there.get("/api/me")).status_code == 200
    async with there.socket() as ears:
        assert (await people["boss"].patch(f"/api/agents/{there.id}", {"removed": True})).status_code == 200
        with pytest.raises(ConnectionClosed, match="4401"):
            await ears.hear(lambda frame: False)
    assert (await there.get("/api/me")).status_code == 401
