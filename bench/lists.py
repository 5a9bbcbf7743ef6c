"""Every list and count of the desktop at the HTTP door, with a million conversations behind it.

Nine tenths of them are in one workspace, and one of its agents has 50,000. Each list is asked for its first page and
for pages far down, one call after another, by that agent and by others. The reference is the plainest statement that yields the
same page, the bare rows, by the same role through the same driver: what is above it are the joins, the JSON and the door.
"""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import msgspec

from bench.rig.callers import Line
from bench.rig.figure import Figure, Missed, part, run, say
from bench.rig.house import Site, open_site, web
from bench.rig.shops import Shop, open_shop, sign_in

GOALS = {"p50_ms": 5, "p99_ms": 25}
CONVERSATIONS = 1_000_000
AGENTS = 40
BUSY = 50_000  # conversations of the one agent
CALLS = 200  # of each list

# 6 % are open, 1 % snoozed, the rest resolved; a quarter of the open ones waits in the queue; the busy agent's own are
# open, too. Ids and times are spread evenly, so every list is met somewhere in the middle as well.
FILL = """
with made as materialized (
  select n, ('{prefix}' || lpad(to_hex(n), 12, '0'))::uuid as id, hashint8(n) & 1023 as h,
    now() - make_interval(secs => n * 20.0) as at
  from generate_series({first}::bigint, {last}) n
), people as (
  insert into contact (workspace_id, id, name, created_at) select $1, id, '客人 ' || n, at from made
), seen as (
  insert into identity (workspace_id, id, inbox_id, contact_id, external_id, name, created_at)
  select $1, id, $2, id, 'U' || lpad(to_hex(n), 32, '0'), '客人 ' || n, at from made
)
insert into conversation (workspace_id, id, identity_id, inbox_id, channel, state, queue_id, assignee_id, version,
  last_seq, last_at, last_kind, last_text, last_author, unread, waiting_since, assigned_at, snoozed_until, opened_at, resolved_at)
select $1, id, id, $2, (array['line', 'wechat', 'webchat'])[1 + n % 3],
  case when n <= $4 or h < 61 then 0 when h < 71 then 1 else 2 end, $3,
  case when n <= $4 then ($5::uuid[])[1] when h < 15 then null else ($5::uuid[])[2 + h % (cardinality($5) - 1)] end,
  9, 8, at, 'text', '您好，我想问一下昨天下单的茶具什么时候发货？ ' || n, 'contact', h % 3,
  case when (n <= $4 or h < 61) and h % 2 = 0 then at end, at, case when n > $4 and h between 61 and 70 then now() + interval '1 day' end, at,
  case when n > $4 and h > 70 then at end
from made
"""

PLAIN = """select * from conversation where workspace_id = $1 and state = $2 and (last_at, id) < ($3, $4)
  order by last_at desc, id desc limit 51"""


async def measure(quick: bool) -> Figure:
    many, calls = (20_000, 10) if quick else (CONVERSATIONS, CALLS)
    async with open_site() as site:
        shop = await open_shop(site, "lists", agents=AGENTS)
        others = [await open_shop(site, f"small-{n}", agents=4) for n in range(4)]
        await _fill(site, shop, others, many)
        figures: dict[str, Any] = {}
        async with web(site) as base:
            line = Line(base)
            desks = [await sign_in(site, shop, nth) for nth in (0, 1, AGENTS // 2)]
            for name, ask in _lists(shop).items():
                figures[name] = await _times(line, desks if "mine" in name else desks[:1], ask, calls)
                say(f"{name}: {figures[name]}")
            deep = await _deep(line, desks, shop, calls, 4 if quick else 100)
            line.close()
        figures |= deep
        counted = await site.owner.fetchrow(
            "select count(*), count(*) filter (where workspace_id = $1) as here, "
            "count(*) filter (where assignee_id = $2 and state = 0) as busy from conversation",
            shop.id,
            shop.agents[0],
        )
        reference = await _reference(site, shop, calls)
        slowest = {goal: max(one[goal] for one in figures.values()) for goal in GOALS}
        return Figure(
            bench="lists",
            figures={f"slowest_{name}": value for name, value in slowest.items()}
            | {f"goal_{name}": value for name, value in GOALS.items()}
            | {"conversations": counted[0], "in_one_workspace": counted["here"], "of_one_agent": counted["busy"]}
            | {"calls_each": calls}
            | figures,
            reference=reference,
            ratio=None,
        )


async def _fill(site: Site, shop: Shop, others: Sequence[Shop], many: int) -> None:
    tenth = many // 10
    say(f"{many:,} conversations are made")
    await _make(site, shop, 0, many - tenth, min(BUSY, many // 20))
    for n, other in enumerate(others):
        await _make(site, other, n + 1, tenth // len(others), 0)
    await site.owner.execute("vacuum analyze")
    await site.calm()


async def _make(site: Site, shop: Shop, nth: int, many: int, busy: int) -> None:
    prefix = f"00000000-0000-7000-8{nth:03d}-"
    for first in range(1, many + 1, 50_000):
        sql = FILL.format(prefix=prefix, first=first, last=min(first + 49_999, many))
        await site.owner.execute(sql, shop.id, shop.door.inbox_id, shop.door.queue_id, busy, list(shop.agents))


def _lists(shop: Shop) -> dict[str, dict[str, str]]:
    """What the desktop asks for when a list is opened, by name."""
    asked: dict[str, dict[str, str]] = {"counts": {}}
    for view in ("mine", "queue", "all", "snoozed", "resolved"):
        asked[view] = {"view": view}
        asked[f"{view}_of_channel"] = {"view": view, "channel": "wechat"}
    for view in ("mine", "queue", "all"):
        asked[f"{view}_waiting"] = {"view": view, "sort": "waiting"}
        asked[f"{view}_of_channel_waiting"] = {"view": view, "channel": "wechat", "sort": "waiting"}
    for view in ("all", "snoozed", "resolved"):
        asked[f"{view}_of_colleague"] = {"view": view, "assignee": str(shop.agents[1])}
        asked[f"{view}_of_busy_colleague"] = {"view": view, "assignee": str(shop.agents[0])}
        asked[f"{view}_of_colleague_and_channel"] = {
            "view": view, "assignee": str(shop.agents[1]), "channel": "webchat",
        }  # fmt: skip
    return asked


async def _times(line: Line, desks: Sequence[dict[str, str]], ask: dict[str, str], calls: int) -> dict[str, float]:
    path = "/api/counts" if not ask else "/api/conversations?" + urlencode(ask)
    took = []
    for n in range(calls + 5):
        began = time.perf_counter()
        status, body = await line.call("GET", path, desks[n % len(desks)])
        if n >= 5:  # the first ones prepare the statement
            took.append(time.perf_counter() - began)
        if status != 200:
            raise Missed(f"{path} was answered with {status}: {body[:200]!r}")
    return _said(took)


async def _deep(
    line: Line, desks: Sequence[dict[str, str]], shop: Shop, calls: int, pages: int
) -> dict[str, dict[str, float]]:
    """Pages far down: by walking there as a desk does, and by cursors into the middle of the longest lists."""
    found = {}
    for name, ask in {
        "mine": {"view": "mine"},
        "queue": {"view": "queue"},
        "all": {"view": "all"},
        "resolved": {"view": "resolved"},
        "resolved_of_channel": {"view": "resolved", "channel": "line"},
        "all_waiting": {"view": "all", "sort": "waiting"},
    }.items():
        took, after = [], ""
        for _ in range(pages):
            began = time.perf_counter()
            path = "/api/conversations?" + urlencode(ask | ({"after": after} if after else {}))
            status, body = await line.call("GET", path, desks[0])
            took.append(time.perf_counter() - began)
            page = msgspec.json.decode(body)
            if status != 200 or (after and not page["rows"]):
                raise Missed(f"{path} was answered with {status}: {body[:200]!r}")
            after = page["next"] or ""
            if not after:
                break
        found[f"{name}_{len(took)}_pages_down"] = _said(took[1:] or took)
        say(f"{name} deep: {_said(took)}")
    took = []
    for _ in range(calls):
        seconds = random.random() * CONVERSATIONS * 20
        micros = int((time.time() - seconds) * 1_000_000)
        cursor = base64.urlsafe_b64encode(f"n{micros}:{UUID(int=1 << 127).hex}".encode()).decode().rstrip("=")
        began = time.perf_counter()
        status, body = await line.call("GET", f"/api/conversations?view=resolved&after={cursor}", desks[0])
        took.append(time.perf_counter() - began)
        if status != 200:
            raise Missed(f"a deep page was answered with {status}: {body[:200]!r}")
    found["resolved_anywhere"] = _said(took)
    return found


def _said(took: Sequence[float]) -> dict[str, float]:
    return {"p50_ms": round(part(took, 0.5) * 1000, 2), "p99_ms": round(part(took, 0.99) * 1000, 2)}


async def _reference(site: Site, shop: Shop, calls: int) -> dict[str, Any]:
    connection = await asyncpg.connect(**site.server.connect_args("guanxi_app"))
    try:
        await connection.execute(f"set app.workspace = '{shop.id}'")
        started = await connection.fetchval("select now()")
        took = []
        for n in range(calls + 5):
            began = time.perf_counter()
            rows = await connection.fetch(PLAIN, shop.id, 0, started, UUID(int=(1 << 128) - 1))
            if n >= 5:
                took.append(time.perf_counter() - began)
        return {"bare_rows": len(rows), **{f"bare_{name}": value for name, value in _said(took).items()}}
    finally:
        await connection.close()


if __name__ == "__main__":
    run(measure)
