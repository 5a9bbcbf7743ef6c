"""Are we alive, are we ready, and how do we do? /livez /readyz /metrics"""

from __future__ import annotations

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from guanxi import views
from guanxi.house import House
from guanxi.http.plain import JSON, TEXT, App, Receive, Scope, Send, respond
from guanxi.infra.migrations import pending

LARGEST_LAG = 60.0  # seconds that something may wait to be read before we call ourselves not ready
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REGISTRY = CollectorRegistry()
ACKS = Counter("guanxi_acks", "Requests of platforms and visitors answered.", ["door", "status"], registry=REGISTRY)
ACK_SECONDS = Histogram(
    "guanxi_ack_seconds", "From the request's last byte to the answer.", ["door"], buckets=BOUNDS, registry=REGISTRY
)
LIVE_SOCKETS = Gauge("guanxi_live_sockets", "Open sockets of desks in this process.", registry=REGISTRY)
INBOUND_LAG = Gauge("guanxi_inbound_lag_seconds", "Age of the oldest request that is not read yet.", registry=REGISTRY)
QUARANTINED = Gauge("guanxi_quarantined", "Requests in quarantine (counted to 1000).", registry=REGISTRY)
LANES_DUE = Gauge("guanxi_lanes_due", "Lanes with work that is due (counted to 1000).", registry=REGISTRY)
POOLS_HELD = Gauge("guanxi_pools_held", "Ways out that wait or are paused.", registry=REGISTRY)
DELIVERIES = Counter("guanxi_deliveries", "Deliveries settled by this process.", ["state"], registry=REGISTRY)


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
