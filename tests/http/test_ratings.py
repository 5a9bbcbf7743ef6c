"""Ratings at their doors: only who was asked may rate, once; only whose channel can is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from guanxi import conversations
from guanxi.infra.postgres import Server
from tests.browser.widget_site import Site
from tests.http.visitors import Caller, come_in, tea_house


@pytest_asyncio.fixture(scope="module")
async def site(server: Server) -> AsyncIterator[Site]:
    async with tea_house(server) as running:
        yield running


@pytest_asyncio.fixture
async def http(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{site.url}/chat/{site.door.address}", timeout=60) as client:
        yield client


async def asked(site: Site, caller: Caller, text: str) -> tuple[UUID, str]:
    await caller.says(text)
    conversation = await site.heard(text)
    async with site.house.db.transaction(site.door.workspace_id) as tx:
        assert await conversations.ask_rating(tx, conversation, agent_id=site.agent_id)
    hello = (await caller.http.post("/hello", json={"visitor": caller.browser})).json()
    return conversation, hello["rating"]


async def test_only_who_was_asked_may_rate_and_only_once(site: Site, http: httpx.AsyncClient) -> None:
    caller, other = await come_in(site, http), await come_in(site, http)
    conversation, rating = await asked(site, caller, "rate me")
    told = {"visitor": caller.visitor, "rating": rating, "score": 5, "word": "fine"}
    assert (await http.post("/rate", json={**told, "visitor": other.visitor})).status_code == 404
    assert (await http.post("/rate", json={**told, "visitor": "a.b"})).status_code == 401
    assert (await http.post("/rate", json={**told, "rating": str(uuid4())})).status_code == 404
    for score in (0, 6, -1, "x", None, 1e300):
        assert (await http.post("/rate", json={**told, "score": score})).status_code == 422
    assert (await http.post("/rate", json=told)).status_code == 200
    assert (await http.post("/rate", json={**told, "score": 1})).status_code == 409
    async with site.house.db.reading(site.door.workspace_id) as tx:
        row = await tx.fetchrow(
            "select score, word from rating where workspace_id = $1 and conversation_id = $2",
            tx.workspace_id,
            conversation,
        )
    assert tuple(row) == (5, "fine")


async def test_a_question_that_stands_is_not_asked_twice(site: Site, http: httpx.AsyncClient) -> None:
    conversation, _ = await asked(site, await come_in(site, http), "ask me")
    async with site.house.db.transaction(site.door.workspace_id) as tx:
        assert not await conversations.ask_rating(tx, conversation, agent_id=site.agent_id)
        with pytest.raises(conversations.NotFound):
            await conversations.ask_rating(tx, uuid4(), agent_id=site.agent_id)


@pytest.mark.parametrize("query", ["", "zone=Asia/Shanghai&you=%E6%88%91", "zone=../../etc/passwd&you=%00"])
async def test_a_transcript_is_written_for_its_own_visitor(site: Site, http: httpx.AsyncClient, query: str) -> None:
    caller = await come_in(site, http)
    words = f"to keep {query}"
    await caller.says(words)
    await site.heard(words)
    got = await http.get(f"/transcript?{query}", headers={"authorization": f"Visitor {caller.visitor}"})
    assert got.headers["content-type"] == "text/plain; charset=utf-8"
    assert words in got.text
    assert ("我\n" in got.text) == ("Shanghai" in query)
    assert (await http.get("/transcript")).status_code == 401
