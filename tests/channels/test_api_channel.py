"""An application of the house on the api channel, over real HTTP in both directions."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest_asyncio

from guanxi.demo.platforms import serve
from guanxi.demo.platforms.asgi import Call, Response, Script, application, as_json
from guanxi.infra.postgres import Server
from tests.http.desk import Agent, Front, open_front
from tests.world import Shop

TOKEN, SIGNING = "token-of-the-application", "signing-secret-of-the-application"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f6"
    "45400000000049454e44ae426082"
)


@dataclass
class Application:
    """The other side: it hears replies, each id once, and serves a picture."""

    url: str = ""
    script: Script = field(default_factory=Script)
    heard: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    async def answer(self, call: Call) -> Response:
        if call.method == "GET":
            return Response(200, PNG, "image/png")
        self.calls.append(call)
        wanted = hmac.new(SIGNING.encode(), call.body, hashlib.sha256).hexdigest()
        if call.headers["x-guanxi-signature"] != f"v1={wanted}":
            return Response(403)

        def take() -> Response:
            told = call.json()
            if told["kind"] == "hello":
                return Response(200)
            self.heard[told["id"]] = told
            return as_json({"id": f"r-{list(self.heard).index(told['id'])}"})

        return self.script.play("reply", take)


@dataclass
class Connected:
    app: Application
    front: Front
    shop: Shop
    boss: Agent
    inbox: dict[str, Any]

    async def posts(self, body: Any, token: str = TOKEN) -> httpx.Response:
        path = urlsplit(self.inbox["webhook_url"]).path
        answer = await self.front.stranger(authorization=f"Bearer {token}").post(path, json=body)
        await self.front.world.read_everything()
        return answer

    async def said(self) -> list[dict[str, Any]]:
        rows = (await self.boss.get("/api/conversations")).json()["rows"]
        found: list[dict[str, Any]] = []
        for row in rows:
            found += (await self.boss.get(f"/api/conversations/{row['id']}/messages")).json()["rows"]
        return [one for one in found if one["kind"] != "event"]

    async def replies(self, content: dict[str, Any]) -> UUID:
        row = (await self.boss.get("/api/conversations")).json()["rows"][0]
        id_ = uuid4()
        answer = await self.boss.post(f"/api/conversations/{row['id']}/replies", {"id": str(id_), "content": content})
        assert answer.status_code == 201, answer.text
        await self.front.world.send_everything()
        return id_


@pytest_asyncio.fixture
async def connected(own_server: Server, tmp_path: Path) -> AsyncIterator[Connected]:
    app = Application()
    async with serve(application(app.answer)) as app.url:
        allowed = (urlsplit(app.url).netloc,)
        async with open_front(own_server, tmp_path, private_hosts_allowed=allowed) as front:
            shop, people = await front.opens("Qinghe")
            given = {
                "channel": "api", "name": "Our app", "settings": {"reply_url": f"{app.url}/guanxi"},
                "secrets": {"token": TOKEN, "signing_secret": SIGNING},
            }  # fmt: skip
            inbox = await people["boss"].post("/api/inboxes", given)
            assert inbox.status_code == 201, inbox.text
            yield Connected(app, front, shop, people["boss"], inbox.json())


def message(id_: str, **content: str) -> dict[str, Any]:
    sender = {"id": "u-7", "name": "何静", "attributes": {"level": "gold"}}
    return {"id": id_, "from": sender, "sent_at": "2026-11-21T10:00:00Z", "content": content}


async def test_an_application_posts_hears_the_reply_and_tells_what_became_of_it(connected: Connected) -> None:
    assert (await connected.posts(message("m-1", kind="text", text="hello"))).status_code == 202
    assert (await connected.posts(message("m-1", kind="text", text="hello"))).status_code == 202
    assert [one["content"]["text"] for one in await connected.said()] == ["hello"]
    reply = await connected.replies({"kind": "text", "text": "good day"})
    told = connected.app.heard[str(reply)]
    assert (told["to"], told["agent"], told["content"]) == ("u-7", "boss", {"kind": "text", "text": "good day"})
    assert [one["state"] for one in await connected.said()] == ["received", "sent"]
    for status in ("delivered", "read"):
        receipt = {"receipt": {"message": "r-0", "status": status, "at": "2026-11-21T10:00:09Z"}}
        assert (await connected.posts(receipt)).status_code == 202
        assert (await connected.said())[-1]["state"] == status


async def test_without_the_inboxes_own_token_nothing_is_kept(connected: Connected) -> None:
    other = await connected.boss.post("/api/inboxes", {
        "channel": "api", "name": "Another", "settings": {"reply_url": f"{connected.app.url}/x"},
        "secrets": {"token": "token-of-another-application", "signing_secret": SIGNING},
    })  # fmt: skip
    assert other.status_code == 201
    for token in ("x", "wrong", TOKEN + "x", "token-of-another-application"):
        assert (await connected.posts(message("m-1", kind="text", text="x"), token)).status_code == 401
    assert await connected.said() == []


async def test_a_picture_comes_in_and_goes_out(connected: Connected) -> None:
    await connected.posts(message("m-1", kind="image", url=f"{connected.app.url}/cup.png", text="broken"))
    await connected.front.world.send_everything()
    arrived = (await connected.said())[0]
    assert (await connected.boss.http.get(arrived["content"]["media"]["url"])).content == PNG
    kept = (await connected.boss.http.post("/api/files", files={"file": ("杯.png", PNG)})).json()
    reply = await connected.replies({"kind": "image", "media": {"key": kept["key"]}})
    sent = connected.app.heard[str(reply)]["content"]
    assert (sent["kind"], sent["name"], sent["size"]) == ("image", "杯.png", len(PNG))
    assert (await connected.front.stranger().get(sent["url"])).content == PNG


async def test_a_reply_whose_answer_is_lost_is_repeated_under_its_id_and_heard_once(connected: Connected) -> None:
    await connected.posts(message("m-1", kind="text", text="hello"))
    connected.app.script.next("reply", "accept_then_drop")
    reply = await connected.replies({"kind": "text", "text": "once"})
    async with connected.front.world.house.db.transaction(connected.shop.id) as tx:
        await tx.execute("update lane set next_at = now() where workspace_id = $1", connected.shop.id)
    await connected.front.world.send_everything()
    assert len(connected.app.calls) == 2
    assert list(connected.app.heard) == [str(reply)]
    assert (await connected.said())[-1]["state"] == "sent"


async def test_the_connection_is_checked_with_a_signed_hello(connected: Connected) -> None:
    good = await connected.boss.post(f"/api/inboxes/{connected.inbox['id']}/check")
    assert good.json() == {"ok": True, "code": "", "detail": ""}
    assert connected.app.calls[-1].json()["kind"] == "hello"
    await connected.boss.patch(f"/api/inboxes/{connected.inbox['id']}", {"secrets": {"signing_secret": "wrong-one"}})
    bad = await connected.boss.post(f"/api/inboxes/{connected.inbox['id']}/check")
    assert (bad.json()["ok"], bad.json()["code"]) == (False, "refused_credentials")
