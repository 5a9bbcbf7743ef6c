"""Ten thousand people under one post: read to the last, and a list that turns its pages no slower for it.

Ours is one `guanxi worker` that reads pages of a hundred comments each as Weibo's feed gives them, all under the same post: one
conversation for each author. The reference is the same worker with as many comments of as many people, each under a post of
its own, so nobody stands in anybody's way. Afterwards both shops' public lists are walked at the HTTP door from the first page to the
last, and every author has to be there once, under his post; else the figure is missed.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from bench.rig.callers import Line
from bench.rig.figure import Figure, Missed, part, ratios, run, say, spread
from bench.rig.house import Site, open_site, process, web
from bench.rig.shops import Shop, arrive, open_shop, sign_in
from guanxi import channels, inboxes
from guanxi.channel_kit import PULLED
from guanxi.infra.ids import new_id

GOAL = 0.8
AUTHORS = 10_000
PAGE = 100  # comments of one page of the feed
ROWS = 50  # conversations of one page of the list
UID = "5187003621"
NOWHERE = {"uid": UID, "api_base": "http://127.0.0.1:1"}  # no figure leaves this machine
SECRETS = {"app_secret": "kiln", "message_token": "of messages", "user_token": "of comments"}
WRITTEN = "Sat Nov 21 18:00:00 +0800 2026"


@dataclass(frozen=True, slots=True)
class Crowd:
    """A shop of its own whose Weibo inbox hears `many` people, who comment under so many posts."""

    site: Site
    shop: Shop
    inbox_id: Any
    many: int
    posts: int

    async def comments(self) -> None:
        """All of them, as the pages that were fetched."""
        for first in range(0, self.many, PAGE):
            body = msgspec.json.encode({"comments": [self._comment(nth) for nth in range(first, first + PAGE)]})
            query = '{"feed":"comments"}'
            await arrive(self.site, [(self.shop.id, self.inbox_id, new_id(), PULLED, query, "{}", body)])

    def _comment(self, nth: int) -> dict[str, Any]:
        post = str(5_000_000_000 + nth % self.posts)
        status = {"idstr": post, "text": "转发抽三位送杯子", "created_at": WRITTEN, "user": {"idstr": UID}}
        person = str(1_000_000_000 + nth)
        return {
            "idstr": str(9_000_000_000 + nth), "text": f"抽我 {nth}", "created_at": WRITTEN, "status": status,
            "user": {"idstr": person, "screen_name": f"fan {nth}"},
        }  # fmt: skip

    async def is_read(self) -> int:
        return int(
            await self.site.owner.fetchval("select count(*) from conversation where workspace_id = $1", self.shop.id)
        )


async def open_crowd(site: Site, name: str, many: int, posts: int) -> Crowd:
    shop = await open_shop(site, name)
    async with site.house.db.transaction(shop.id) as tx:
        inbox_id = await inboxes.connect(
            tx, channels.get("weibo").manifest, name="Weibo", settings=NOWHERE, secrets=SECRETS,
            sealer=site.house.sealer, by=shop.agents[0],
        )  # fmt: skip
    return Crowd(site, shop, inbox_id, many, posts)


async def measure(quick: bool) -> Figure:
    many, pairs = (2 * PAGE, 1) if quick else (AUTHORS, 3)
    read: dict[int, list[float]] = {1: [], many: []}
    pages: dict[int, list[float]] = {1: [], many: []}
    async with open_site() as site:
        for nth in range(pairs):
            for posts in (1, many) if nth % 2 == 0 else (many, 1):
                crowd = await open_crowd(site, f"crowd-{nth}-{posts}", many, posts)
                read[posts].append(await _read(crowd))
                pages[posts] += await _walk(crowd)
                say(f"{many} people under {posts} post(s): {read[posts][-1]:.0f} comments/s")
        ratio, about = ratios(read[1], read[many])
        return Figure(
            bench="public",
            figures=spread("comments_per_s", read[1])
            | about
            | _told(pages[1])
            | {"goal_ratio": GOAL, "authors_under_one_post": many, "pages_of_the_feed": many // PAGE},
            reference=spread("comments_per_s", read[many]) | _told(pages[many]) | await site.durability(),
            ratio=ratio,
        )


async def _read(crowd: Crowd) -> float:
    """Comments a second, from the first page that is kept to the last conversation."""
    await crowd.site.calm()
    async with process(crowd.site, "worker"):
        began = time.monotonic()
        await crowd.comments()
        while await crowd.is_read() < crowd.many:
            if time.monotonic() - began > 600:
                raise Missed(f"only {await crowd.is_read()} of {crowd.many} were read")
            await asyncio.sleep(0.02)
        took = time.monotonic() - began
    # Their profiles would be asked for at the platform, which is not here.
    await crowd.site.owner.execute("delete from job where workspace_id = $1", crowd.shop.id)
    await crowd.site.owner.execute("update lane set next_at = null where workspace_id = $1", crowd.shop.id)
    return crowd.many / took


async def _walk(crowd: Crowd) -> list[float]:
    """Milliseconds of each page of the public list, down to its end. Everybody is there, under his post."""
    headers = await sign_in(crowd.site, crowd.shop)
    seen: dict[str, str] = {}
    times: list[float] = []
    async with web(crowd.site) as base:
        line, after = Line(base), ""
        while True:
            asked = {"view": "all", "public": "true", "limit": str(ROWS)} | ({"after": after} if after else {})
            began = time.perf_counter()
            status, body = await line.call("GET", "/api/conversations?" + urlencode(asked), headers)
            times.append((time.perf_counter() - began) * 1000)
            if status != 200:
                raise Missed(f"a page was answered with {status}: {body[:200]!r}")
            told = msgspec.json.decode(body)
            seen |= {row["id"]: row["post"]["id"] for row in told["rows"]}
            after = told["next"]
            if not after:
                break
        line.close()
    if (len(seen), len(set(seen.values()))) != (crowd.many, crowd.posts):
        raise Missed(f"{len(seen)} of {crowd.many} authors under {len(set(seen.values()))} of {crowd.posts} posts")
    return times


def _told(times: list[float]) -> dict[str, float]:
    return {f"list_page_p{nth}_ms": round(part(times, nth / 100), 2) for nth in (50, 99)}


if __name__ == "__main__":
    run(measure)
