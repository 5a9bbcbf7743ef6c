"""The visitor door: what is kept, who hears what, and what is refused."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import io
import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
import pytest_asyncio
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from guanxi import conversations
from guanxi.http.visitor import visitor
from guanxi.infra.group_commit import Full
from guanxi.infra.ids import new_id
from guanxi.infra.postgres import Server
from guanxi.pipeline.doors import Doors
from tests.browser.widget_site import IDENTIFY_SECRET, Site, eventually, opened, serving
from tests.databases import open_folder

WIDEST = 30  # visitors at once in the test of whispers


@pytest_asyncio.fixture(scope="module")
async def site(server: Server) -> AsyncIterator[Site]:
    with open_folder() as folder:
        async with opened(server, folder, sites="https://shop.example") as running:
            yield running


@pytest_asyncio.fixture
async def http(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{site.url}/chat/{site.door.address}") as client:
        yield client


class Caller:
    """Somebody at the door, from an address of their own."""

    def __init__(self, http: httpx.AsyncClient, visitor: str, browser: str) -> None:
        self.http, self.visitor, self.browser = http, visitor, browser

    async def says(self, text: str, message_id: str = "") -> httpx.Response:
        said = {"visitor": self.visitor, "id": message_id or str(uuid4()), "content": {"kind": "text", "text": text}}
        return await self.http.post("/messages", json=said)

    async def sees(self) -> list[dict[str, Any]]:
        got = await self.http.get("/messages", headers={"authorization": f"Visitor {self.visitor}"})
        rows: list[dict[str, Any]] = got.json()["rows"]
        return rows


_callers = iter(range(1, 10_000))


async def come_in(site: Site, http: httpx.AsyncClient, **told: Any) -> Caller:
    """Say hello as a new browser that is about to write."""
    site.exchange_addresses(f"10.0.{next(_callers) // 250}.{next(_callers) % 250}")
    hello = (await http.post("/hello", json={"begin": True, **told})).json()
    return Caller(http, hello["visitor"], hello["browser"])


@contextlib.asynccontextmanager
async def socket_of(site: Site, caller: Caller) -> AsyncIterator[ClientConnection]:
    """A visitor's socket that has been welcomed."""
    address = f"{site.url.replace('http', 'ws')}/chat/{site.door.address}/live"
    async with connect(address, origin=site.url) as socket:  # type: ignore[arg-type]
        await socket.send(json.dumps({"type": "hello", "visitor": caller.visitor}))
        assert json.loads(await socket.recv()) == {"type": "welcome"}
        yield socket


async def next_of(socket: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if frame["type"] == kind:
                return frame


async def has_to_go(socket: ClientConnection) -> None:
    """The door closes this socket."""
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()


def signed(secret: str = IDENTIFY_SECRET, **claims: Any) -> str:
    part = base64.urlsafe_b64encode(json.dumps({"exp": int(time.time()) + 600, **claims}).encode()).rstrip(b"=")
    proof = base64.urlsafe_b64encode(hmac.digest(secret.encode(), part, hashlib.sha256)).rstrip(b"=")
    return f"{part.decode()}.{proof.decode()}"


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
    async with serving(visitor(site.house, Doors(site.house), NoRoom(), site.hub)) as busy:  # type: ignore[arg-type]
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
                async with asyncio.timeout(20):
                    heard += str(await socket.recv())
            assert set(re.findall(r"(?:canary|answer)-\d+-", heard)) <= {f"canary-{n}-", f"answer-{n}-"}


@pytest.mark.parametrize("token", ["", "x", "e30.x", "é", "a" * 5000])
async def test_a_token_that_is_not_ours_opens_nothing(site: Site, http: httpx.AsyncClient, token: str) -> None:
    said = {"visitor": token, "id": str(uuid4()), "content": {"kind": "text", "text": "hello?"}}
    assert (await http.post("/messages", json=said)).status_code == 401
    headers = {"authorization": f"Visitor {token}".strip().encode()}
    assert (await http.get("/messages", headers=headers)).status_code == 401


async def test_a_changed_token_is_nobody(site: Site, http: httpx.AsyncClient) -> None:
    caller = await come_in(site, http)
    payload, _, proof = caller.visitor.partition(".")
    other = base64.urlsafe_b64encode(msgspec.json.encode({"id": "somebody-else"})).decode().rstrip("=")
    for forged in (f"{other}.{proof}", f"{payload}.{proof[:-1]}", payload, f"{payload}."):
        assert (await http.get("/messages", headers={"authorization": f"Visitor {forged}"})).status_code == 401


async def test_pages_of_other_sites_are_turned_away(site: Site, http: httpx.AsyncClient) -> None:
    for origin, status in [
        ("https://evil.example", 403),
        ("null", 403),
        ("https://shop.example", 200),
        (site.url, 200),
    ]:
        assert (await http.post("/hello", json={}, headers={"origin": origin})).status_code == status, origin
    address = f"{site.url.replace('http', 'ws')}/chat/{site.door.address}/live"
    with pytest.raises(InvalidStatus):
        await connect(address, origin="https://evil.example")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "garbage", ["{", "[]", '"x"', "null", b"\x00\x01", '{"type":"subscribe"}', "[" * 9000, "x" * 70_000, '{"type":{}}']
)
async def test_garbage_ends_its_own_socket_and_no_other(site: Site, http: httpx.AsyncClient, garbage: Any) -> None:
    caller = await come_in(site, http)
    async with socket_of(site, caller) as good, socket_of(site, caller) as bad:
        await bad.send(garbage)
        await has_to_go(bad)
        await good.send('{"type":"ping"}')
        assert await next_of(good, "pong")


async def test_a_flood_of_frames_ends_its_socket(site: Site, http: httpx.AsyncClient) -> None:
    caller = await come_in(site, http)
    async with socket_of(site, caller) as socket:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(10_000):
                await socket.send('{"type":"ping"}')
        await has_to_go(socket)


async def test_who_writes_too_fast_is_asked_to_wait(site: Site, http: httpx.AsyncClient) -> None:
    caller = await come_in(site, http)
    answers = [await caller.says(f"fast {n}") for n in range(7)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429] * 2
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 5
    other = await come_in(site, http)
    assert (await other.says("I am not fast")).status_code == 202


async def test_one_address_does_not_bring_endless_newcomers(site: Site, http: httpx.AsyncClient) -> None:
    site.exchange_addresses("10.9.9.9")
    answers = [(await http.post("/hello", json={"begin": True})).status_code for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2


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


@pytest.mark.parametrize(
    ("token", "verdict"),
    [
        (signed("another secret", id="1"), "forged"),
        (signed(id="1")[:-2], "forged"),
        (signed(id=""), "forged"),
        ("garbage", "forged"),
        (signed(id="1", exp=1), "expired"),
        (signed(id="1", exp=None), "expired"),
    ],
)
async def test_an_unproven_customer_stays_a_plain_visitor(http: httpx.AsyncClient, token: str, verdict: str) -> None:
    hello = (await http.post("/hello", json={"identify": token})).json()
    assert (hello["identified"], hello["visitor"]) == (verdict, None)


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#3d6b5c").save(out, "PNG")
    return out.getvalue()


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


@pytest.mark.parametrize(
    "body",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><script>1</script>",
        b"MZ",
        b"PK\x03\x04",
        b"",
    ],
)
async def test_only_pictures_and_pdf_are_taken(site: Site, http: httpx.AsyncClient, body: bytes) -> None:
    caller = await come_in(site, http)
    headers = {"authorization": f"Visitor {caller.visitor}", "content-type": "image/png", "x-file-name": "a.png"}
    assert (await http.post("/files", content=body, headers=headers)).status_code == 415


async def test_too_much_at_once_is_refused_before_it_is_read(site: Site, http: httpx.AsyncClient) -> None:
    caller = await come_in(site, http)
    headers = {"authorization": f"Visitor {caller.visitor}"}
    assert (
        await http.post("/files", content=b"\x89PNG\r\n\x1a\n" + bytes(10_000_001), headers=headers)
    ).status_code == 413
    assert (await http.post("/hello", content=b"{" + b" " * 70_000 + b"}")).status_code == 413
    assert (await caller.says("x" * 10_001)).status_code == 422
    assert (await caller.says(" \n ")).status_code == 422


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"visitor":1}', b"\xff\xfe", b'{"a":' * 500])
@pytest.mark.parametrize("path", ["/hello", "/messages", "/read"])
async def test_senseless_bodies_are_refused_politely(http: httpx.AsyncClient, path: str, body: bytes) -> None:
    answer = await http.post(path, content=body)
    assert answer.status_code in (200, 400, 401)


@pytest.mark.parametrize(
    "query", ["after=x", "before=x", "before=2026-01-01T00:00:00Z~x", "after=0001-01-01T00:00:00Z"]
)
async def test_senseless_places_are_refused_politely(site: Site, http: httpx.AsyncClient, query: str) -> None:
    caller = await come_in(site, http)
    headers = {"authorization": f"Visitor {caller.visitor}"}
    assert (await http.get(f"/messages?{query}", headers=headers)).status_code == 400


async def test_the_frame_runs_its_own_script_only_and_only_where_the_shop_allows(
    site: Site, http: httpx.AsyncClient
) -> None:
    answer = await http.get("/frame?lang=zh-TW", headers={"accept-encoding": "br"})
    assert answer.headers["content-encoding"] == "br"
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "https://shop.example"
    plain = (await http.get("/frame?lang=zh-TW", headers={"accept-encoding": "identity"})).text
    assert '<html lang="zh-CN">' in plain
    for kind, tag in (("script-src", "<script>"), ("style-src", "<style>")):
        inside = plain.split(tag)[1].split(tag.replace("<", "</"))[0]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert policy[kind] == f"'sha256-{digest}'"


async def test_an_address_that_nobody_has_is_not_found(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url) as client:
        for path in ("/chat/nobody/frame", "/chat/nobody/hello", "/chat//frame", "/chat/a/b/c", "/chat/"):
            assert (await client.get(path)).status_code == 404
        assert (await client.get(f"/chat/{site.door.address}/hello")).status_code == 405
        loader = await client.get("/chat/widget.js")
        assert loader.headers["content-type"].startswith("text/javascript")


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
