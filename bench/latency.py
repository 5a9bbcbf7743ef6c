"""How soon: from a customer's webhook to the agents' open desks, and from an agent's reply to the platform.

Three processes of the house: one accepts, one is the worker, and one, a second `guanxi web`, has the desks and the
agents' API. The reference is the bare acknowledgement of the same webhooks, a durable commit away.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

import msgspec

from bench.rig.callers import Line, Listener, listen, reply
from bench.rig.figure import Figure, Missed, part, run
from bench.rig.house import Site, open_site, process, web
from bench.rig.shops import Shop, everybody_says_hello, headers_of, open_shop, sign_in, text_body
from guanxi.demo import platforms

GOALS = {"desk_p50_ms": 10, "desk_p99_ms": 100, "platform_p50_ms": 20}
CONVERSATIONS = 10
WATCHERS = 4  # of each conversation
ON_LIST = 50
MESSAGES_PER_S = 200
REPLIES_PER_S = 5
LINES = 16
MARK = re.compile(rb"mark-(\d+)-")


@dataclass(slots=True)
class Times:
    """When each marked thing was sent, and how long after it was seen where; in seconds."""

    sent: dict[int, float] = field(default_factory=dict)
    acknowledged: list[float] = field(default_factory=list)
    watched: list[float] = field(default_factory=list)
    listed: list[float] = field(default_factory=list)
    answered: dict[int, float] = field(default_factory=dict)
    delivered: list[float] = field(default_factory=list)

    def hear(self, into: list[float], heard: bytes, at: float) -> None:
        into += [at - self.sent[mark] for mark in marks_of(heard) if mark in self.sent]


@lru_cache(maxsize=64)
def marks_of(heard: bytes) -> tuple[int, ...]:
    """The marks of the messages that have been received by this frame, or these. Ninety sockets hear the same: they
    are looked up once, for whoever measures here takes time from whom he measures."""
    frames = msgspec.json.decode(heard, type=list[msgspec.Raw]) if heard.startswith(b"[") else [heard]
    # the row that goes before the message quotes the newest one, which may be another
    said = [one[one.index(b'"message":') :] for one in map(bytes, frames) if b'"kind":"message.received"' in one]
    return tuple(int(mark[1]) for one in said if (mark := MARK.search(one)))


async def measure(quick: bool) -> Figure:
    seconds = 3.0 if quick else 30.0
    times = Times()
    async with platforms.serve(_platform(times)) as platform:
        allowed = {"GUANXI_PRIVATE_HOSTS_ALLOWED": platform.removeprefix("http://")}
        async with open_site() as site:
            settings = {"api_base": platform, "data_base": platform}
            shop = await open_shop(site, "latency", agents=CONVERSATIONS * WATCHERS + ON_LIST, settings=settings)
            async with (
                process(site, "worker", **allowed),
                web(site) as door,
                web(site) as desk,
            ):
                conversations = await everybody_says_hello(site, shop, CONVERSATIONS)
                async with _desks(site, shop, desk, conversations, times) as desks:
                    headers = await sign_in(site, shop)
                    await _talk(door, shop, times, 1.0 if quick else 5.0)  # warm up
                    await site.owner.execute("analyze")  # as autovacuum does when a house is some minutes old
                    for values in (times.acknowledged, times.watched, times.listed):
                        values.clear()
                    times.sent.clear()
                    said, answered = await asyncio.gather(
                        _talk(door, shop, times, seconds), _answer(desk, headers, conversations, times, seconds)
                    )
                    await _all_heard(times, said * desks, answered)
            stages = await _stages(site)
            durability = await site.durability()
    figures: dict[str, Any] = _milliseconds("desk", times.watched + times.listed)
    figures |= _milliseconds("watching_desk", times.watched) | _milliseconds("list", times.listed)
    figures |= _milliseconds("platform", times.delivered)
    return Figure(
        bench="latency",
        figures=figures
        | stages
        | {f"goal_{name}": value for name, value in GOALS.items()}
        | {
            "messages": said,
            "messages_per_s": round(said / seconds, 1),
            "frames_heard": len(times.watched) + len(times.listed),
            "replies": answered,
            "sockets": CONVERSATIONS * WATCHERS + ON_LIST,
        },
        reference=_milliseconds("acknowledged", times.acknowledged) | durability,
        ratio=None,
    )


async def _stages(site: Site) -> dict[str, float]:
    """How long the raw events waited for the worker's transaction; the rest is its end, the hint and the sockets."""
    row = await site.owner.fetchrow(
        """select percentile_cont(0.5) within group (order by waited) as p50,
             percentile_cont(0.99) within group (order by waited) as p99
           from (select extract(epoch from m.created_at - e.received_at) * 1000 as waited from message m
             join inbound_event e on e.inbox_id = m.inbox_id and e.seq = m.inbound_seq) w"""
    )
    return {f"kept_until_read_{name}_ms": round(float(row[name]), 2) for name in ("p50", "p99")}


def _milliseconds(name: str, values: Sequence[float]) -> dict[str, float]:
    return {
        f"{name}_p50_ms": round(part(values, 0.5) * 1000, 2),
        f"{name}_p99_ms": round(part(values, 0.99) * 1000, 2),
    }


def _platform(times: Times) -> Any:
    """A platform that takes every call, and notes when a marked reply has come."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        at = time.perf_counter()
        if (mark := MARK.search(body)) and "/message/" in scope["path"]:
            sent = times.answered.pop(int(mark[1]), None)
            if sent is not None:
                times.delivered.append(at - sent)
        answer = b'{"sentMessages":[{"id":"%d","quoteToken":"q"}]}' % time.perf_counter_ns()
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": answer})

    return app


@contextlib.asynccontextmanager
async def _desks(site: Site, shop: Shop, base: str, conversations: Sequence[UUID], times: Times) -> AsyncIterator[int]:
    """Every conversation watched by its agents, and agents who have only the list open; gives how many sockets."""
    sockets: list[Listener] = []
    try:
        for nth in range(len(shop.agents)):
            watches = conversations[nth // WATCHERS] if nth < CONVERSATIONS * WATCHERS else None
            into = times.listed if watches is None else times.watched
            headers = await sign_in(site, shop, nth)
            socket = await listen(base, "/api/live", headers["cookie"], partial(times.hear, into))
            sockets.append(socket)
            if watches is not None:
                socket.say(f'{{"type":"watch","conversation":"{watches}"}}')
        yield len(sockets)
    finally:
        for socket in sockets:
            socket.close()


async def _talk(base: str, shop: Shop, times: Times, seconds: float) -> int:
    """Customers write at an even pace, whatever becomes of it; returns how many messages."""
    lines: asyncio.Queue[Line] = asyncio.Queue()
    for _ in range(LINES):
        lines.put_nowait(Line(base))
    path, first = f"/in/{shop.door.address}", time.perf_counter_ns() % 10**15
    many, began = int(seconds * MESSAGES_PER_S), time.perf_counter()
    calls = set()
    for n in range(many):
        await asyncio.sleep(max(0.0, began + n / MESSAGES_PER_S - time.perf_counter()))
        body = text_body(n % CONVERSATIONS, first + n, f"mark-{first + n}-")
        call = asyncio.create_task(_post(lines, path, headers_of(body), body, first + n, times))
        calls.add(call)
        call.add_done_callback(calls.discard)
    await asyncio.gather(*calls)
    while not lines.empty():
        lines.get_nowait().close()
    return many


async def _post(
    lines: asyncio.Queue[Line], path: str, headers: dict[str, str], body: bytes, mark: int, times: Times
) -> None:
    sent = times.sent[mark] = time.perf_counter()
    line = await lines.get()
    status, said = await line.call("POST", path, headers, body)
    times.acknowledged.append(time.perf_counter() - sent)
    lines.put_nowait(line)
    if status != 200:
        raise Missed(f"a webhook was answered with {status}: {said[:200]!r}")


async def _answer(
    base: str, headers: dict[str, str], conversations: Sequence[UUID], times: Times, seconds: float
) -> int:
    """An agent replies now and then in each conversation; returns how often."""
    line = Line(base)
    many = int(seconds * REPLIES_PER_S)
    for n in range(many):
        mark = time.perf_counter_ns()
        times.answered[mark] = time.perf_counter()
        await reply(line, base, headers, conversations[n % len(conversations)], f"mark-{mark}-")
        await asyncio.sleep(1 / REPLIES_PER_S)
    line.close()
    return many


async def _all_heard(times: Times, frames: int, replies: int) -> None:
    """Everything has come everywhere; else Missed."""
    for _ in range(200):
        if len(times.watched) + len(times.listed) >= frames and len(times.delivered) >= replies:
            break
        await asyncio.sleep(0.05)
    heard = len(times.watched) + len(times.listed)
    if heard != frames or len(times.delivered) != replies:
        raise Missed(f"{heard} of {frames} frames and {len(times.delivered)} of {replies} replies came")


if __name__ == "__main__":
    run(measure)
