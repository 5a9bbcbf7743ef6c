"""A receiver of webhooks on loopback, and looks at the log: what its tests stand on."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from guanxi import integrations
from guanxi.demo.platforms import serve
from guanxi.demo.platforms.asgi import Call, Response, Script, application
from tests.world import Shop


@dataclass
class Receiver:
    """Keeps what it is told; `script.next("hook", …)` lets something happen to the next calls."""

    url: str = ""
    script: Script = field(default_factory=Script)
    calls: list[Call] = field(default_factory=list)  # everything that came
    taken: list[dict[str, Any]] = field(default_factory=list)  # what was answered with 200

    async def answer(self, call: Call) -> Response:
        self.calls.append(call)

        def take() -> Response:
            self.taken.append(call.json())
            return Response(200, b"thank you")

        return self.script.play("hook", take)

    @property
    def kinds(self) -> list[str]:
        return [told["kind"] for told in self.taken]


@asynccontextmanager
async def open_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with serve(application(receiver.answer)) as url:
        receiver.url = url
        yield receiver


def signed_by(call: Call, secret: str) -> bool:
    """What a receiver does, written down a second time."""
    parts = call.headers["x-guanxi-signature"].split(",")
    timestamp = parts[0].removeprefix("t=")
    wanted = hmac.new(secret.encode(), timestamp.encode() + b"." + call.body, hashlib.sha256).hexdigest()
    return f"v1={wanted}" in parts[1:]


async def listens(shop: Shop, url: str, *kinds: str) -> tuple[UUID, str]:
    """A webhook of this shop: its id and its secret."""
    async with shop.world.house.db.transaction(shop.id) as tx:
        return await integrations.add_webhook(
            tx, name="till", url=url, kinds=kinds, sealer=shop.world.house.sealer, by=shop.agents["林薇"]
        )


async def log_of(shop: Shop, webhook_id: UUID) -> list[dict[str, Any]]:
    """The log, oldest first."""
    async with shop.world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch(
            """select state, attempts, status, problem, kind, body, answer, ms from webhook_delivery
               where workspace_id = $1 and webhook_id = $2 order by seq""",
            shop.id,
            webhook_id,
        )
    return [dict(row) for row in rows]


async def state_of(shop: Shop, webhook_id: UUID) -> tuple[str, str]:
    async with shop.world.house.db.reading(shop.id) as tx:
        row = await tx.fetchrow(
            "select state, paused_reason from webhook where workspace_id = $1 and id = $2", shop.id, webhook_id
        )
    return row["state"], row["paused_reason"]


async def goes_on(shop: Shop) -> None:
    """What happened is told, and whatever a lane waits for is over."""
    await shop.world.follow_everything(shop.id)
    async with shop.world.house.db.transaction(shop.id) as tx:
        await tx.execute("update lane set next_at = now() where workspace_id = $1 and next_at is not null", shop.id)
    await shop.world.send_everything()


def decoded(call: Call) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.json.decode(call.body)
    return told
