"""Are we alive, are we ready, and how do we do? /livez /readyz /metrics"""

from __future__ import annotations

import msgspec
from prometheus_client import generate_latest

from guanxi import views
from guanxi.house import House
from guanxi.http.plain import JSON, TEXT, App, Receive, Scope, Send, respond
from guanxi.infra.metrics import INBOUND_LAG, LANES_DUE, POOLS_HELD, QUARANTINED, REGISTRY
from guanxi.infra.migrations import pending

LARGEST_LAG = 60.0  # seconds that something may wait to be read before we call ourselves not ready


def health(house: House) -> App:
    """The three pages. None of them needs a sign-in; /metrics names no workspace, inbox or person."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/livez":
            await respond(send, 200, b"alive\n", [TEXT])
            return
        if scope["path"] == "/readyz":
            problems = await _problems(house)
            answer = msgspec.json.encode({"ready": not problems, "problems": problems})
            await respond(send, 503 if problems else 200, answer, [JSON])
            return
        await _measure(house)
        await respond(
            send, 200, generate_latest(REGISTRY), [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8")]
        )

    return door


async def _problems(house: House) -> list[str]:
    """Codes of what keeps us from serving."""
    try:
        async with house.db.directory() as directory:
            if not await views.can_write(directory):
                return ["database_read_only"]
            lag = await views.inbound_lag(directory)
        if await pending(house.db.server):
            return ["migrations_pending"]
    except Exception:  # whatever the database says when it is not well
        return ["database_unreachable"]
    return ["inbound_behind"] if lag > LARGEST_LAG else []


async def _measure(house: House) -> None:
    try:
        async with house.db.directory() as directory:
            INBOUND_LAG.set(await views.inbound_lag(directory))
            QUARANTINED.set(await views.all_quarantined(directory))
            LANES_DUE.set(await views.lanes_due(directory))
            POOLS_HELD.set(await views.pools_held(directory))
    except Exception:  # numbers of this process are worth having without the database
        INBOUND_LAG.set(float("nan"))
