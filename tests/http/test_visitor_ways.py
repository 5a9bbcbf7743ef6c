"""Other ways to the same visitor: the language that a page asks for, and the stream where sockets are cut off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from guanxi import channels, inboxes
from guanxi.http import visitor_page
from guanxi.infra.postgres import Server
from tests.browser.widget_site import Site, eventually
from tests.http.visitors import Caller, come_in, tea_house


@pytest_asyncio.fixture(scope="module")
async def site(server: Server) -> AsyncIterator[Site]:
    async with tea_house(server) as running:
        yield running


@pytest_asyncio.fixture
async def http(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{site.url}/chat/{site.door.address}", timeout=60) as client:
        yield client


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("zh", "zh-CN"),
        ("zh-Hant-HK", "zh-TW"),
        ("zh_TW", "zh-TW"),
        ("zh-SG", "zh-CN"),
        ("ko-KR", "ko"),
        ("fr-FR,fr;q=0.9,ja;q=0.8,en;q=0.7", "ja"),
        ("de", "en"),
        ("", "en"),
        (",;q=,-", "en"),
    ],
)
def test_the_language_of_ours_that_comes_next_is_spoken(asked: str, spoken: str) -> None:
    assert visitor_page.load().language(asked) == spoken


async def test_a_language_that_the_inbox_has_chosen_beats_the_pages(site: Site, http: httpx.AsyncClient) -> None:
    async def choose(language: str) -> None:
        async with site.house.db.transaction(site.door.workspace_id) as tx:
            await inboxes.change(
                tx, channels.get("webchat").manifest, site.door.inbox_id, sealer=site.house.sealer, by=None,
                settings={"language": language},
            )  # fmt: skip

    async def spoken() -> str:
        return (await http.get("/frame?lang=en")).text.split('<html lang="')[1].split('"')[0]

    await choose("ja")
    await eventually(lambda: _is(spoken, "ja"), 30)
    await choose("page")
    await eventually(lambda: _is(spoken, "en"), 30)


async def _is(look: Any, wanted: str) -> bool:
    return bool(await look() == wanted)


async def frames_of(stream: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in stream.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


async def test_a_stream_brings_what_a_socket_would(site: Site, http: httpx.AsyncClient) -> None:
    caller = await come_in(site, http)
    await caller.says("anybody there?")
    conversation = await site.heard("anybody there?")
    greeting = {"kind": "text", "text": "Welcome to the tea house. What may we pour?"}
    async with asyncio.timeout(60), http.stream("GET", "/events", headers=_of(caller)) as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        # the greeting of the house comes when it comes, and so does how he stands
        every = frames_of(stream)
        frames = (frame async for frame in every if frame.get("content") != greeting and frame["type"] != "wait")
        assert await anext(frames) == {"type": "welcome"}
        assert (await anext(frames))["content"]["text"] == "anybody there?"
        assert await anext(frames) == {"type": "rate", "id": None}  # nothing is asked
        site.hub.typing(site.door.workspace_id, conversation, by="Lin Wei", on=True, agent_id=site.agent_id)
        assert await anext(frames) == {"type": "typing", "on": True, "name": "Lin Wei"}
        await site.says(conversation, "Two lines:\nhere we are.")
        async for frame in frames:
            if frame["type"] == "message":
                assert frame["content"]["text"] == "Two lines:\nhere we are."
                break


async def test_a_stream_is_only_for_whose_token_it_is(site: Site, http: httpx.AsyncClient) -> None:
    assert (await http.get("/events")).status_code == 401
    assert (await http.get("/events", headers={"authorization": "Visitor a.b"})).status_code == 401
    caller = await come_in(site, http)
    assert (await http.get("/events?after=x", headers=_of(caller))).status_code == 400
    assert (await http.post("/typing", json={"visitor": "a.b", "on": True})).status_code == 401
    told = {"visitor": caller.visitor, "on": True}
    answers = [(await http.post("/typing", json=told)).status_code for _ in range(14)]
    assert (answers[0], answers[-1]) == (202, 429)


def _of(caller: Caller) -> dict[str, str]:
    return {"authorization": f"Visitor {caller.visitor}"}
