"""What the house shows on its outside: the desktop's files and rules, signed files, health, numbers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from guanxi.http import openapi
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Front, open_front


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        built = folder / "desktop"
        (built / "assets").mkdir(parents=True)
        (built / "index.html").write_text("<!doctype html><title>desk</title>")
        (built / "assets" / "app-1234.js").write_text("export {}")
        (built / "assets" / "app-1234.js.br").write_bytes(b"brotli")
        (folder / "master.secret").write_text("not yours")
        (built / "link").symlink_to(folder / "master.secret")
        async with open_front(server, folder) as front:
            yield front


@pytest.mark.parametrize("path", ["/", "/conversations/1", "/settings/inboxes", "/link/abc"])
async def test_every_page_of_the_desk_is_its_one_page(front: Front, path: str) -> None:
    answer = await front.stranger().get(path)
    assert (answer.status_code, answer.text) == (200, "<!doctype html><title>desk</title>")
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy  # so scripts are the house's own files and nothing inline
    assert f"connect-src 'self' ws://{urlsplit(front.base).netloc}" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_only_the_page_in_a_side_bar_lets_a_script_of_the_platforms_in(front: Front) -> None:
    beside = (await front.stranger().get("/sidebar?inbox=1")).headers["content-security-policy"]
    scripts = next(rule for rule in beside.split("; ") if rule.startswith("script-src"))
    assert scripts == "script-src 'self' https://wwcdn.weixin.qq.com https://res.wx.qq.com"
    assert "frame-ancestors 'none'" in beside
    for other in ("/", "/sidebars", "/sidebar/more", "/settings/inboxes"):
        assert "script-src" not in (await front.stranger().get(other)).headers["content-security-policy"], other


async def test_built_files_are_kept_for_ever_and_sent_packed_to_who_can_unpack(front: Front) -> None:
    plain = await front.stranger(**{"accept-encoding": "identity"}).get("/assets/app-1234.js")
    assert (plain.text, plain.headers["content-type"]) == ("export {}", "text/javascript; charset=utf-8")
    assert "immutable" in plain.headers["cache-control"]
    async with front.stranger(**{"accept-encoding": "gzip, br"}).stream("GET", "/assets/app-1234.js") as packed:
        assert packed.headers["content-encoding"] == "br"
        assert b"".join([part async for part in packed.aiter_raw()]) == b"brotli"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/nothing.js",
        "/../master.key",
        "/assets/../../master.key",
        "/%2e%2e/master.key",
        "/..%2fmaster.key",
        "/%00.js",
        "/link",
        "//etc/passwd.txt",
        "/assets/app-1234.js%00.png",
    ],
)
async def test_no_path_leads_out_of_the_folder(front: Front, path: str) -> None:
    host = urlsplit(front.base)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)  # no client may tidy the path up
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    await writer.wait_closed()
    assert b"not yours" not in answer
    key = Path(front.world.house.settings.data / "master.key").read_bytes().strip()
    assert key not in answer
    assert answer.split(b" ", 2)[1] in (b"404", b"400", b"200")
    if b" 200 " in answer.split(b"\r\n", 1)[0]:
        assert b"<title>desk</title>" in answer


async def test_a_desk_that_is_not_built_says_how_to_build_it(server: Server) -> None:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            answer = await front.stranger().get("/")
            assert answer.status_code == 503
            assert "bin/guanxi up" in answer.text


async def test_files_are_served_in_ranges_and_only_pictures_are_shown(front: Front) -> None:
    _, people = await front.opens("Files")
    browser = people["boss"].http
    kept = (await browser.post("/api/files", files={"file": ("a<b>.html", b"<script>alert(1)</script>")})).json()
    whole = await browser.get(kept["url"])
    assert whole.content == b"<script>alert(1)</script>"
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["content-disposition"].startswith("attachment;")
    assert whole.headers["content-security-policy"] == "sandbox; default-src 'none'"
    part = await browser.get(kept["url"], headers={"range": "bytes=1-6"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"script", "bytes 1-6/25")
    assert (await browser.get(kept["url"], headers={"range": "bytes=-3"})).content == b"pt>"
    assert (await browser.get(kept["url"], headers={"range": "bytes=9-1"})).status_code == 200
    head = await browser.head(kept["url"])
    assert (head.content, head.headers["content-length"]) == (b"", "25")
    front.world.clock.forward(days=5)
    assert (await browser.get(kept["url"])).status_code == 404


@pytest.mark.parametrize("path", ["/media/", "/media/x/y", "/media/../api/me", "/media/%2e%2e/x?t=1", "/media/x?t=z"])
async def test_addresses_that_nobody_signed_open_nothing(front: Front, path: str) -> None:
    assert (await front.stranger().get(path)).status_code in (404, 401)


async def test_the_house_says_that_it_lives_and_is_ready(front: Front) -> None:
    assert (await front.stranger().get("/livez")).status_code == 200
    ready = await front.stranger().get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "problems": []})


async def test_the_house_is_not_ready_while_what_arrived_is_not_read(server: Server) -> None:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            shop, _ = await front.opens("Behind")
            async with front.world.house.db.transaction(shop.id) as tx:
                await tx.execute(
                    """insert into inbound_event (workspace_id, inbox_id, id, body, received_at)
                       values ($1, $1, $1, 'x', now() - interval '5 minutes')""",
                    shop.id,
                )
            ready = await front.stranger().get("/readyz")
            assert (ready.status_code, ready.json()["problems"]) == (503, ["inbound_behind"])
            assert (await front.stranger().get("/livez")).status_code == 200
            async with front.world.house.db.transaction(shop.id) as tx:
                await tx.execute("delete from inbound_event where workspace_id = $1", shop.id)


async def test_the_numbers_name_no_workspace_and_no_person(front: Front) -> None:
    shop, people = await front.opens("Counted")
    assert (await front.stranger().post("/in/nowhere", content=b"x")).status_code == 404
    async with people["boss"].socket():
        answer = await front.stranger().get("/metrics")
    assert 'guanxi_acks_total{status="404"} 1.0' in answer.text
    assert "guanxi_live_sockets 1.0" in answer.text
    assert "guanxi_inbound_lag_seconds 0.0" in answer.text
    assert str(shop.id) not in answer.text
    assert "Counted" not in answer.text


async def test_half_a_request_holds_up_nobody(front: Front) -> None:
    host = urlsplit(front.base)
    with socket.create_connection((host.hostname, host.port)) as slow:
        slow.sendall(b"POST /api/sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        assert (await front.stranger().get("/livez")).status_code == 200


async def test_the_description_is_open_and_stands_in_the_house_as_on_the_command_line(front: Front) -> None:
    answer = await front.stranger().get("/api/openapi.json")
    assert answer.json()["openapi"].startswith("3.1")
    assert answer.content == openapi.document()
