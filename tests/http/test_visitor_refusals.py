"""The visitor door: what it refuses, and that refusing harms nobody else."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from guanxi.infra.postgres import Server
from tests.browser.widget_site import Site
from tests.http.visitors import come_in, has_to_go, next_of, signed, socket_of, tea_house


@pytest_asyncio.fixture(scope="module")
async def site(server: Server) -> AsyncIterator[Site]:
    async with tea_house(server) as running:
        yield running


@pytest_asyncio.fixture
async def http(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{site.url}/chat/{site.door.address}") as client:
        yield client


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
    assert '<html lang="zh-TW">' in plain
    for kind, tag in (("script-src", "<script>"), ("style-src", "<style>")):
        inside = plain.split(tag)[1].split(tag.replace("<", "</"))[0]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        first, *others = policy[kind].split()
        assert first == f"'sha256-{digest}'"
        # besides, only what is fetched when it is needed: one script by its address, its style by hash
        known = f"{site.url}/chat/extras.zh-TW.js" if kind == "script-src" else "'sha256-"
        assert [other.startswith(known) for other in others] == [True]


async def test_an_address_that_nobody_has_is_not_found(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url) as client:
        for path in ("/chat/nobody/frame", "/chat/nobody/hello", "/chat//frame", "/chat/a/b/c", "/chat/"):
            assert (await client.get(path)).status_code == 404
        assert (await client.get(f"/chat/{site.door.address}/hello")).status_code == 405
        loader = await client.get("/chat/widget.js")
        assert loader.headers["content-type"].startswith("text/javascript")
