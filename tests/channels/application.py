"""An application of the house, connected by the api channel: over real HTTP in both directions."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx

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


@contextlib.asynccontextmanager
async def connect(own_server: Server, tmp_path: Path) -> AsyncIterator[Connected]:
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
