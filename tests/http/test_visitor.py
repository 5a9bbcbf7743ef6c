"""The visitor door: what is kept, and who hears what."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest_asyncio

from guanxi import conversations
from guanxi.http.visitor import visitor
from guanxi.infra.group_commit import Full
from guanxi.infra.ids import new_id
from guanxi.infra.postgres import Server
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender
from tests.browser.widget_site import Site, eventually, serving
from tests.http.visitors import Caller, come_in, next_of, png, signed, socket_of, tea_house

WIDEST = 30  # visitors at once in the test of whispers


@pytest_asyncio.fixture(scope="module")
async def site(server: Server) -> AsyncIterator[Site]:
    async with tea_house(server) as running:
        yield running


@pytest_asyncio.fixture
async def http(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{site.url}/chat/{site.door.address}") as client:
        yield client


async def test_a_hello_alone_makes_nobody_a_visitor(http: httpx.AsyncClient) -> None:
    hello = (await http.post("/hello", json={"language": "en"})).json()
    assert hello["visitor"] is None
    assert hello["browser"] is None
    assert hello["settings"]["greeting"] == "Welcome to the tea house. What may we pour?"
    assert hello["settings"]["online"] is True


async def test_a_message_sent_three_times_stands_once_in_the_conversation(site: Site, http: httpx.AsyncClient) -> None:
    caller, message_id = await come_in(site, http), str(uuid4())
    for _ in range(3):
        answer = await caller.says("three times", message_id)
        assert (answer.status_code, answer.json()) == (202, {"kept": message_id})
    await site.heard("three times")
    await caller.says("and on")
    await site.heard("and on")
    assert [row["content"]["text"] for row in await caller.sees()][:1] == ["three times"]
    assert len([m for m in await site.messages() if m["content"].get("text") == "three times"]) == 1


async def test_a_message_is_answered_only_when_it_is_kept(site: Site, http: httpx.AsyncClient) -> None:
    class NoRoom:
        async def keep(self, door: Any, request: Any) -> None:
            raise Full

    caller = await come_in(site, http)
    async with serving(visitor(site.house, Doors(site.house), NoRoom(), site.hub, Lender(site.house))) as busy:  # type: ignore[arg-type]
        said = {"visitor": caller.visitor, "id": str(uuid4()), "content": {"kind": "text", "text": "no room"}}
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{busy}/chat/{site.door.address}/messages", json=said)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1


async def test_the_reply_comes_down_the_socket_and_reading_it_is_a_receipt(site: Site, http: httpx.AsyncClient) -> None:
    caller = await come_in(site, http)
    async with socket_of(site, caller) as socket:
        await caller.says("is the oolong in?")
        assert (await next_of(socket, "message"))["author"] == "contact"
        conversation = await site.heard("is the oolong in?")
        reply_id = await site.says(conversation, "It is.")
        while (reply := await next_of(socket, "message"))["author"] != "agent":
            pass
        assert (reply["id"], reply["name"], reply["content"]) == (
            str(reply_id),
            "Lin Wei",
            {"kind": "text", "text": "It is."},
        )
        await socket.send(json.dumps({"type": "read", "at": reply["at"]}))

        async def read() -> bool:
            return any(m["state"] == "read" for m in await site.messages() if m["conversation_id"] == conversation)

        await eventually(read)


async def test_messages_may_also_go_up_the_socket(site: Site, http: httpx.AsyncClient) -> None:
    caller, message_id = await come_in(site, http), str(uuid4())
    async with socket_of(site, caller) as socket:
        await socket.send(json.dumps({"type": "message", "id": message_id, "content": {"kind": "text", "text": "up"}}))
        assert (await next_of(socket, "kept"))["id"] == message_id
    await site.heard("up")


async def test_notes_and_lines_never_leave(site: Site, http: httpx.AsyncClient) -> None:
    caller = await come_in(site, http)
    await caller.says("what do they say of me?")
    conversation = await site.heard("what do they say of me?")
    async with site.house.db.transaction(site.door.workspace_id) as tx:
        await conversations.note(tx, conversation, id=new_id(), text="SECRET-NOTE", agent_id=site.agent_id)
        await conversations.resolve(tx, conversation, agent_id=site.agent_id)
    await site.says(conversation, "Only good things.")

    async def answered() -> list[dict[str, Any]] | None:
        rows = await caller.sees()
        return rows if any(row["content"].get("text") == "Only good things." for row in rows) else None

    rows = await eventually(answered)
    assert {row["author"] for row in rows} <= {"contact", "agent", "bot"}
    everything = json.dumps(rows) + json.dumps((await http.post("/hello", json={"visitor": caller.browser})).json())
    assert "SECRET-NOTE" not in everything
    assert "desk.example" not in everything


async def test_nobody_hears_what_is_said_to_others(site: Site, http: httpx.AsyncClient) -> None:
    callers = [await come_in(site, http) for _ in range(WIDEST)]
    async with contextlib.AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(socket_of(site, caller)) for caller in callers]
        await asyncio.gather(*[caller.says(f"canary-{n}-") for n, caller in enumerate(callers)])
        homes = await asyncio.gather(*[site.heard(f"canary-{n}-") for n in range(WIDEST)])
        await asyncio.gather(*[site.says(home, f"answer-{n}-") for n, home in enumerate(homes)])
        for n, socket in enumerate(sockets):
            heard = ""
            while f"answer-{n}-" not in heard:
                async with asyncio.timeout(60):
                    heard += str(await socket.recv())
            assert set(re.findall(r"(?:canary|answer)-\d+-", heard)) <= {f"canary-{n}-", f"answer-{n}-"}


async def test_a_signed_customer_is_one_person_on_two_devices(site: Site, http: httpx.AsyncClient) -> None:
    token = signed(id="88231", name="Chen Yu", email="chen@shop.example", phone="138")
    phone, laptop = await come_in(site, http, identify=token), await come_in(site, http, identify=token)
    await phone.says("from the phone")
    await site.heard("from the phone")
    await laptop.says("from the laptop")
    assert await site.heard("from the laptop") == await site.heard("from the phone")
    assert [row["content"]["text"] for row in await laptop.sees() if row["author"] == "contact"] == [
        "from the phone",
        "from the laptop",
    ]
    async with site.house.db.reading(site.door.workspace_id) as tx:
        contact = await tx.fetchrow(
            """select p.name, p.email, p.phone from contact p join identity d on d.contact_id = p.id
               where d.external_id = 'id:88231' and d.workspace_id = $1""",
            site.door.workspace_id,
        )
    assert tuple(contact) == ("Chen Yu", "chen@shop.example", "138")


async def test_signing_in_takes_over_nobody_elses_words(site: Site, http: httpx.AsyncClient) -> None:
    before = await come_in(site, http)
    await before.says("before signing in")
    anonymous = await site.heard("before signing in")
    token = signed(id="4711", name="Sato")
    hello = (await http.post("/hello", json={"visitor": before.browser, "identify": token})).json()
    same_browser = Caller(http, hello["visitor"], hello["browser"])
    await same_browser.says("after signing in")
    assert await site.heard("after signing in") != anonymous
    texts = [row["content"].get("text") for row in await same_browser.sees() if row["author"] == "contact"]
    assert texts == ["before signing in", "after signing in"]
    elsewhere = await come_in(site, http, identify=token)
    texts = [row["content"].get("text") for row in await elsewhere.sees() if row["author"] == "contact"]
    assert texts == ["after signing in"]
    texts = [row["content"].get("text") for row in await before.sees() if row["author"] == "contact"]
    assert texts == ["before signing in"]


async def test_a_picture_goes_up_and_comes_back_by_a_signed_address(site: Site, http: httpx.AsyncClient) -> None:
    caller, stranger = await come_in(site, http), await come_in(site, http)
    headers = {"authorization": f"Visitor {caller.visitor}", "x-file-name": "..%2F%2e%2e%2fcup%E2%80%8B.png"}
    put = await http.post("/files", content=png(), headers=headers)
    assert put.status_code == 201
    media = put.json()["media"]
    assert (put.json()["kind"], media["type"], media["name"], media["width"]) == ("image", "image/png", "cup.png", 40)
    content = {"kind": "image", "media": media}
    theft = {"visitor": stranger.visitor, "id": str(uuid4()), "content": content}
    assert (await http.post("/messages", json=theft)).status_code == 422
    said = {"visitor": caller.visitor, "id": str(uuid4()), "content": content}
    assert (await http.post("/messages", json=said)).status_code == 202
    rows = await eventually(caller.sees)
    async with httpx.AsyncClient(base_url=site.url) as client:
        shown = await client.get(rows[0]["content"]["media"]["url"])
    assert shown.content == png()
    assert shown.headers["x-content-type-options"] == "nosniff"


async def test_older_messages_are_reached_page_by_page(site: Site, http: httpx.AsyncClient) -> None:
    caller = await come_in(site, http)
    await caller.says("the first")
    conversation = await site.heard("the first")
    for n in range(50):
        await site.says(conversation, f"line {n}")

    async def all_sent() -> bool:
        ours = [m for m in await site.messages() if m["conversation_id"] == conversation and m["author"] == "agent"]
        return len(ours) == 50 and all(m["state"] == "sent" for m in ours)

    await eventually(all_sent, 30)
    headers = {"authorization": f"Visitor {caller.visitor}"}
    newest = (await http.get("/messages", headers=headers)).json()
    older = (await http.get("/messages", params={"before": newest["next_before"]}, headers=headers)).json()
    texts = [row["content"]["text"] for row in older["rows"] + newest["rows"] if row["author"] != "bot"]
    assert texts == ["the first", *[f"line {n}" for n in range(50)]]
    assert older["next_before"] is None
    assert isinstance(conversation, UUID)
