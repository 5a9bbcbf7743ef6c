"""The live line of a visitor who waits: it is his alone, it spares him messages, and he may choose another way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from websockets.asyncio.client import ClientConnection

from guanxi import channels, inboxes, routing
from guanxi.infra.postgres import Server
from guanxi.worker import keep_time
from tests.browser.waiting_site import crowded
from tests.browser.widget_site import Site, eventually, found
from tests.http.visitors import Caller, come_in, next_of, socket_of, tea_house
from tests.stories.test_line_message import SECRETS


@pytest_asyncio.fixture(scope="module")
async def site(server: Server) -> AsyncIterator[Site]:
    async with tea_house(server) as running:
        yield running


@pytest_asyncio.fixture
async def http(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{site.url}/chat/{site.door.address}") as client:
        yield client


async def stands(socket: ClientConnection) -> dict[str, Any]:
    """The next word of a line that stands."""
    while True:
        frame = await next_of(socket, "wait")
        if frame["wait"] is not None:
            wait: dict[str, Any] = frame["wait"]
            return wait


async def waits(site: Site, http: httpx.AsyncClient, text: str) -> tuple[Caller, UUID]:
    caller = await come_in(site, http)
    await caller.says(text)
    return caller, await site.heard(text)


async def next_but_waits(socket: ClientConnection, waits_heard: list[Any]) -> None:
    """Until a message comes; what is said of waiting meanwhile is put down."""
    async with asyncio.timeout(60):
        while (frame := json.loads(await socket.recv()))["type"] != "message":
            if frame["type"] == "wait":
                waits_heard.append(frame["wait"])


async def bots(site: Site, conversation: UUID) -> list[str]:
    return [
        m["content"]["text"]
        for m in await site.messages()
        if m["conversation_id"] == conversation and m["author"] == "bot"
    ]


async def test_a_line_is_told_to_its_visitor_alone_and_in_his_workspace(site: Site, http: httpx.AsyncClient) -> None:
    door, agent_id = await found(site.house, {}, key="a-key-of-another-shop")
    beside = replace(site, door=door, agent_id=agent_id)
    async with crowded(site), crowded(beside), httpx.AsyncClient(base_url=f"{site.url}/chat/{door.address}") as far:
        mine, conversation = await waits(site, http, "how long?")
        stranger, foreigner = await come_in(site, http), await come_in(beside, far)
        async with (
            socket_of(site, mine) as his,
            socket_of(site, stranger) as strange,
            socket_of(beside, foreigner) as foreign,
        ):
            assert (await stands(his))["ahead"] == 0
            other, _ = await waits(site, http, "me too")
            async with socket_of(site, other) as another:
                assert (await stands(another))["ahead"] == 1
                async with site.house.db.transaction(site.door.workspace_id) as tx:
                    await routing.assign(tx, conversation, site.agent_id, by=site.agent_id)
                assert (await next_of(his, "wait"))["wait"] is None
                assert (await stands(another))["ahead"] == 0
            for socket, caller, where in ((strange, stranger, site), (foreign, foreigner, beside)):
                heard: list[Any] = []
                await caller.says(f"I speak {caller.visitor[-6:]}")
                await where.heard(f"I speak {caller.visitor[-6:]}")
                await next_but_waits(socket, heard)
                assert heard == [None]  # that he does not wait, and nothing of him who does
        for path, body in (("wish", {"wish": "later"}), ("crossings", {})):
            for token in (foreigner.visitor, "nonsense", ""):
                assert (await http.post(f"/{path}", json={"visitor": token, **body})).status_code == 401
        nobody = await come_in(site, http)
        for path, body in (("wish", {"wish": "later"}), ("crossings", {})):
            assert (await http.post(f"/{path}", json={"visitor": nobody.visitor, **body})).status_code == 409


async def test_who_sees_his_line_gets_no_message_about_it_until_he_has_gone(
    site: Site, http: httpx.AsyncClient
) -> None:
    async with crowded(site):
        looks_on, seen = await waits(site, http, "I look on")
        async with socket_of(site, looks_on) as socket:
            assert (await stands(socket))["asks"] is True
            _, unseen = await waits(site, http, "I have gone already")
            async with site.house.db.transaction(site.door.workspace_id) as tx:  # as if both had waited for long
                await tx.execute("update workspace set tell_wait_seconds = 1 where id = $1", tx.workspace_id)

            async def told() -> list[str]:
                await keep_time.tell_waits(site.house)
                return [text for text in await bots(site, unseen) if "ahead of you" in text]

            await eventually(told)
            assert not [text for text in await bots(site, seen) if "You are next" in text]
        async with site.house.db.transaction(site.door.workspace_id) as tx:  # two minutes and a half pass
            await tx.execute("update customer_wait set line_until = now() where workspace_id = $1", tx.workspace_id)

        async def told_now() -> list[str]:
            await keep_time.tell_waits(site.house)
            return [text for text in await bots(site, seen) if "You are next" in text]

        assert len(await eventually(told_now)) == 1


async def test_who_waits_chooses_a_call_or_another_channel_and_keeps_his_place(
    site: Site, http: httpx.AsyncClient
) -> None:
    async with site.house.db.transaction(site.door.workspace_id) as tx:
        line = await inboxes.connect(
            tx, channels.get("line").manifest, name="Tea on LINE", settings={}, secrets=SECRETS,
            sealer=site.house.sealer, by=None,
        )  # fmt: skip
    async with crowded(site):
        caller, conversation = await waits(site, http, "I am in a hurry")
        async with socket_of(site, caller) as socket:
            assert (await stands(socket))["elsewhere"] is True
            found = (await http.post("/crossings", json={"visitor": caller.visitor, "language": "en"})).json()
            assert [(one["id"], one["name"]) for one in found["places"]] == [(str(line), "Tea on LINE")]
            given = await http.post("/crossings", json={"visitor": caller.visitor, "place": str(line)})
            assert given.status_code == 200
            assert given.json()["code"].startswith("GX-")
            no_place = await http.post("/crossings", json={"visitor": caller.visitor, "place": str(site.door.inbox_id)})
            assert no_place.status_code == 422  # his own chat is nowhere else

            assert (await http.post("/wish", json={"visitor": caller.visitor, "wish": "stay"})).status_code == 422
            call = {"visitor": caller.visitor, "wish": "call_back"}
            assert (await http.post("/wish", json={**call, "phone": "room 12"})).status_code == 422
            assert (await http.post("/wish", json={**call, "phone": "+44 20 7946 0018"})).status_code == 202
            wait = await stands(socket)
            assert (wait["ahead"], wait["asks"], wait["wish"]) == (0, False, "call_back")
    async with site.house.db.reading(site.door.workspace_id) as tx:
        kept = await tx.fetchrow(
            "select wish, phone from customer_wait where workspace_id = $1 and conversation_id = $2",
            tx.workspace_id,
            conversation,
        )
    assert (kept["wish"], kept["phone"]) == ("call_back", "+442079460018")
