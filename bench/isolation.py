"""What one platform that hangs costs the others: from an agent's reply to the platform, with such a one in the house and without.

Two houses do the same: an agent answers ten customers of a healthy account in turn, and the platform notes when the reply has come. In
one of them another account's platform takes every call and never answers, with hundreds of replies waiting behind it, more
than it will have given up when the figure is taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from bench.rig.callers import Line, reply
from bench.rig.figure import PAIRS, Figure, Missed, pairs, part, ratios, run, spread
from bench.rig.house import Site, open_site, process, web
from bench.rig.shops import everybody_says_hello, open_shop, sign_in
from guanxi.demo import platforms

GOAL = 1.2
CUSTOMERS = 10
WAITING = 600  # replies behind the platform that hangs
REPLIES_PER_S = 20
MARK = re.compile(rb"mark-(\d+)-")


@dataclass(slots=True)
class Times:
    """When each marked reply was posted, and how long after it the platform had it; in seconds."""

    posted: dict[int, float] = field(default_factory=dict)
    came: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class House:
    """A running house with a healthy account: its desk's address, who answers, and whom."""

    site: Site
    desk: str
    headers: dict[str, str]
    conversations: Sequence[UUID]
    times: Times

    async def p99(self, seconds: float) -> float:
        """Answer for so long; the p99 in milliseconds until the platform had it."""
        await self.site.calm()
        self.times.came.clear()
        line, many = Line(self.desk), int(seconds * REPLIES_PER_S)
        began = time.perf_counter()
        for n in range(many):
            await asyncio.sleep(max(0.0, began + n / REPLIES_PER_S - time.perf_counter()))
            mark = time.perf_counter_ns()
            self.times.posted[mark] = time.perf_counter()
            await reply(line, self.desk, self.headers, self.conversations[n % len(self.conversations)], f"mark-{mark}-")
        for _ in range(600):
            if len(self.times.came) == many:
                line.close()
                return part(self.times.came, 0.99) * 1000
            await asyncio.sleep(0.05)
        raise Missed(f"{len(self.times.came)} of {many} replies came")


async def measure(quick: bool) -> Figure:
    many, seconds, waiting = (1, 1.0, 50) if quick else (PAIRS, 8.0, WAITING)
    times = Times()
    async with (
        platforms.serve(_platform(times)) as platform,
        _house(platform, times, waiting) as behind,
        _house(platform, times, 0) as free,
    ):
        for house in (behind, free):  # warm up
            await house.p99(1.0)
        with_it, without = await pairs(many, lambda: behind.p99(seconds), lambda: free.p99(seconds))
        left = await behind.site.owner.fetchval("select count(*) from job where kind = 'deliver'")
        if not left:
            raise Missed("nothing waits behind the platform that hangs any more")
        ratio, about = ratios(with_it, without)
        return Figure(
            bench="isolation",
            figures=spread("reply_p99_ms", with_it, 2)
            | about
            | {"goal_ratio": GOAL, "replies_left_behind_the_hung_platform": left, "replies_per_s": REPLIES_PER_S},
            reference=spread("reply_p99_ms", without, 2) | await free.site.durability(),
            ratio=ratio,
        )


@contextlib.asynccontextmanager
async def _house(platform: str, times: Times, waiting: int) -> AsyncIterator[House]:
    allowed = {"GUANXI_PRIVATE_HOSTS_ALLOWED": platform.removeprefix("http://")}
    async with open_site() as site:
        well = await open_shop(site, "well", settings={"api_base": platform, "data_base": platform})
        hung_base = f"{platform}/hung"
        hung = await open_shop(site, "hung", settings={"api_base": hung_base, "data_base": hung_base})
        async with process(site, "worker", **allowed), web(site) as desk:
            conversations = await everybody_says_hello(site, well, CUSTOMERS)
            house = House(site, desk, await sign_in(site, well), conversations, times)
            if waiting:
                line, headers = Line(desk), await sign_in(site, hung)
                for conversation in await everybody_says_hello(site, hung, waiting):
                    await reply(line, desk, headers, conversation, "does anybody hear me?")
                line.close()
            await site.owner.execute("analyze")
            yield house


def _platform(times: Times) -> Any:
    """Takes every call and notes when a marked reply has come; under /hung it takes them and never answers."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        at = time.perf_counter()
        if scope["path"].startswith("/hung"):
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if (mark := MARK.search(body)) and (posted := times.posted.pop(int(mark[1]), None)) is not None:
            times.came.append(at - posted)
        answer = b'{"sentMessages":[{"id":"%d","quoteToken":"q"}]}' % time.perf_counter_ns()
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": answer})

    return app


if __name__ == "__main__":
    run(measure)
