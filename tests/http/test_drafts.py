"""Drafts on the server: one's own, by version, and nothing is written over unseen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front

pytestmark = pytest.mark.asyncio
LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


async def test_the_last_writer_wins_only_over_what_he_has_seen_and_only_in_his_own(front: Front) -> None:
    shop, people = await front.opens("Drafts", "mei", "lin")
    _, others = await front.opens("Elsewhere")
    door = await shop.connects("line", secrets=LINE)
    talk = await arrives(shop, door.inbox_id, "陈雨", "在吗")
    path = f"/api/conversations/{talk}/draft"

    async def keeps(agent: Agent, text: str, version: int, mode: str = "reply") -> tuple[int, Any]:
        answer = await agent.http.put(path, json={"mode": mode, "text": text, "version": version})
        return answer.status_code, answer.json()

    mei, lin = people["mei"], people["lin"]
    assert await keeps(mei, "您好", 0) == (
        200,
        {"conversation_id": str(talk), "mode": "reply", "text": "您好", "version": 1},
    )
    status, there = await keeps(mei, "Hello", 0)  # another device, which has seen nothing yet
    assert (status, there["error"], there["text"], there["version"]) == (409, "overwritten", "您好", 1)
    assert (await keeps(mei, "您好\n\nHello", 1))[1]["version"] == 2
    assert (await keeps(lin, "mine", 0))[1]["version"] == 1
    assert [one["text"] for one in (await lin.get("/api/drafts")).json()] == ["mine"]
    assert (await keeps(mei, "", 2))[1]["version"] == 3  # sent
    assert (await mei.get("/api/drafts")).json() == []
    assert (await keeps(mei, "late", 2))[1]["version"] == 3  # what a third device had, over what was sent
    assert (await keeps(others["boss"], "x", 0))[0] == 404
    assert (await keeps(mei, "x", 0, "shout"))[0] == 422
