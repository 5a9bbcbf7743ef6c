"""Every list and count of the desktop at the HTTP door, with a million conversations and ten million messages behind it.

Nine tenths of them are in one workspace, and one of its agents has 50,000. Each list is asked for its first page and
for pages far down, one call after another, by that agent and by others: the views with each of their filters, saved views with every
kind of condition (a tag that many have and one that forty have, an inbox that is busy and one that hardly anybody writes to),
contacts, notices, threads. Where two conditions are frequent and seldom meet, a page ends early and the next goes on; what it takes until 50 rows
are there is told beside. What is found by words has a figure of its own. Rows were copied in and indexed afterwards. The reference is the
plainest statement that yields the same page, the bare rows, by the same role through the same driver: what is above it are the joins,
the JSON and the door.
"""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import msgspec

from bench.rig.callers import Line
from bench.rig.figure import Figure, Missed, part, run, say
from bench.rig.house import Site, web
from bench.rig.shops import Shop, sign_in
from bench.rig.years import AGENTS, EVERY, RARE_TAG, Years, open_years
from guanxi.infra.ids import new_id
from guanxi.team import Conditions

GOALS = {"p50_ms": 5, "p99_ms": 25}
CONVERSATIONS = 1_000_000
BUSY = 50_000  # conversations of the one agent
CALLS = 200  # of each list
VIEWS: dict[str, dict[str, Any]] = {
    "tag": {"tag": "vip"}, "rare_tag": {"tag": RARE_TAG}, "inbox": {"inbox_id": "busy"}, "rare_inbox": {"inbox_id": "rare"},
    "colleague": {"assignee": "colleague"}, "me": {"assignee": "me"}, "nobody": {"assignee": "nobody"}, "channel": {"channel": "wechat"},
    "colleague_tag": {"assignee": "colleague", "tag": "物流"}, "busy_colleague_rare_tag": {"assignee": "busy", "tag": RARE_TAG},
    "colleague_inbox": {"assignee": "colleague", "inbox_id": "busy"}, "colleague_rare_inbox": {"assignee": "colleague", "inbox_id": "rare"},
    "tag_channel": {"tag": "vip", "channel": "line"}, "tag_inbox": {"tag": "退款", "inbox_id": "busy"},
    "tag_rare_inbox": {"tag": "vip", "inbox_id": "rare"}, "colleague_channel_tag": {"assignee": "colleague", "channel": "line", "tag": "物流"},
    "nobody_tag": {"assignee": "nobody", "tag": "vip"}, "nobody_rare_inbox": {"assignee": "nobody", "inbox_id": "rare"},
}  # fmt: skip
OF_OPEN: dict[str, dict[str, Any]] = {
    "unread": {"unread": True}, "unread_mine": {"unread": True, "assignee": "me"}, "waited_an_hour": {"waiting_minutes": 60},
    "waited_long": {"waiting_minutes": 90_000}, "longest_waiting": {"sort": "waiting"},
    "longest_waiting_tag": {"sort": "waiting", "tag": "vip"}, "longest_waiting_rare_tag": {"sort": "waiting", "tag": RARE_TAG},
    "longest_waiting_inbox": {"sort": "waiting", "inbox_id": "busy"}, "longest_waiting_rare_inbox": {"sort": "waiting", "inbox_id": "rare"},
    "longest_waiting_unread_mine": {"sort": "waiting", "unread": True, "assignee": "me"},
    "unread_tag_waited": {"unread": True, "tag": "退款", "waiting_minutes": 60},
    "unread_rare_inbox": {"unread": True, "inbox_id": "rare"},
}  # fmt: skip
COUNTED = (
    "open_tag", "open_rare_tag", "open_inbox", "open_rare_inbox", "open_me", "open_nobody_tag", "open_unread", "open_waited_an_hour",
    "snoozed_tag", "resolved_tag",
)  # fmt: skip

PLAIN = """select * from conversation where workspace_id = $1 and state = $2 and (last_at, id) < ($3, $4)
  order by last_at desc, id desc limit 51"""


async def measure(quick: bool, keep: Path | None = None) -> Figure:
    many, calls = (1_000, 2) if quick else (CONVERSATIONS, CALLS)
    async with open_years(many, busy=min(BUSY, many // 20), keep=keep) as years:
        site, shop = years.site, years.shop
        figures: dict[str, Any] = {}
        saved = await _save_views(years)
        async with web(site) as base:
            line = Line(base)
            desks = [await sign_in(site, shop, nth) for nth in (0, 1, AGENTS // 2)]
            for name, path in (_lists(shop) | await _others(site, shop)).items():
                figures[name] = await _times(line, desks if "mine" in name else desks[:1], path, calls)
                say(f"{name}: {figures[name]}")
            for name, id_ in saved.items():
                asked = desks if "me" in name.split("_") or "mine" in name else desks[:1]
                figures[name] = await _times(line, asked, f"/api/conversations?saved={id_}", calls)
                say(f"{name}: {figures[name]}")
            scattered = await _until_full(line, desks[0], saved)
            figures |= await _deep(line, desks, shop, saved, 4 if quick else 100)
            await _keep_few(years)
            figures["counts_of_ten_saved_views"] = await _times(line, desks[:1], "/api/saved-views/counts", calls)
            figures["resolved_anywhere"] = await _anywhere(line, desks[0], years, calls)
            line.close()
        counted = await site.owner.fetchrow(
            "select count(*), count(*) filter (where workspace_id = $1) as here, "
            "count(*) filter (where assignee_id = $2 and state = 0) as busy from conversation",
            shop.id,
            shop.agents[0],
        )
        await site.owner.execute("delete from saved_view")
        reference = await _reference(site, shop, calls)
        slowest = {goal: max(one[goal] for one in figures.values()) for goal in GOALS}
        return Figure(
            bench="lists",
            figures={f"slowest_{name}": value for name, value in slowest.items()}
            | {f"goal_{name}": value for name, value in GOALS.items()}
            | {"messages": years.kept.messages, "conversations": counted[0], "in_one_workspace": counted["here"]}
            | {"of_one_agent": counted["busy"], "calls_each": calls}
            | scattered
            | figures,
            reference=reference,
            ratio=None,
        )


def _lists(shop: Shop) -> dict[str, str]:
    """What the desktop asks for when a list is opened, by name."""
    asked: dict[str, dict[str, str]] = {}
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
    return {"counts": "/api/counts"} | {name: "/api/conversations?" + urlencode(ask) for name, ask in asked.items()}


async def _others(site: Site, shop: Shop) -> dict[str, str]:
    """Lists of other things than conversations."""
    row = await site.owner.fetchrow(
        """select c.id, d.contact_id from conversation c join identity d on d.workspace_id = c.workspace_id and d.id = c.identity_id
           where c.workspace_id = $1 and c.id <> d.id order by c.last_seq desc, c.id limit 1""",
        shop.id,
    )
    queue = await site.owner.fetchval(
        "select queue_id from conversation where workspace_id = $1 and state = 0 and assignee_id is null limit 1",
        shop.id,
    )
    of_one = f"/api/conversations?view=queue&queue={queue}"
    return {
        "queue_of_one": of_one,
        "queue_of_one_waiting": f"{of_one}&sort=waiting",
        "queue_of_one_and_channel": f"{of_one}&channel=wechat",
        "thread": f"/api/conversations/{row['id']}/messages",
        "contact": f"/api/contacts/{row['contact_id']}",
        "contact_notes": f"/api/contacts/{row['contact_id']}/notes",
        "contacts": "/api/contacts",
        "contacts_of_tag": "/api/contacts?" + urlencode({"tag": "vip"}),
        "contact_tags": "/api/contact-tags",
        "notices": "/api/notices",
        "saved_views": "/api/saved-views",
        "agents": "/api/agents",
        "inboxes": "/api/inboxes",
    }


async def _save_views(years: Years) -> dict[str, UUID]:
    """Views with every kind of condition on what is open, snoozed and resolved: the team's, by name."""
    shop = years.shop
    who = {"colleague": str(shop.agents[1]), "busy": str(shop.agents[0])}
    inboxes = {"busy": shop.door.inbox_id, "rare": years.kept.rare_inbox}
    kinds: dict[str, dict[str, Any]] = {f"open_{name}": dict(kind) for name, kind in (VIEWS | OF_OPEN).items()}
    for state in ("snoozed", "resolved"):
        kinds |= {f"{state}_{name}": {**kind, "state": state} for name, kind in VIEWS.items()}
    await years.site.owner.execute("delete from saved_view")
    saved = {}
    for name, kind in kinds.items():
        given = kind
        if given.get("assignee") in who:
            given["assignee"] = who[given["assignee"]]
        if "inbox_id" in given:
            given["inbox_id"] = str(inboxes[given["inbox_id"]])
        saved[f"saved_{name}"] = id_ = new_id()
        await years.site.owner.execute(
            "insert into saved_view (workspace_id, id, name, conditions, created_at) values ($1, $2, $3, $4, now())",
            shop.id, id_, name, msgspec.json.encode(msgspec.convert(given, Conditions)).decode(),
        )  # fmt: skip
    return saved


async def _until_full(line: Line, desk: Mapping[str, str], saved: Mapping[str, UUID]) -> dict[str, Any]:
    """What it takes to fill a page where conditions seldom meet and pages end early: the worst of all views."""
    most, longest = 1, 0.0
    for name, id_ in saved.items():
        began, pages, rows, after = time.perf_counter(), 0, 0, ""
        while rows < 50 and (after or not pages):
            status, body = await line.call(
                "GET", f"/api/conversations?saved={id_}" + (f"&after={after}" if after else ""), desk
            )
            if status != 200:
                raise Missed(f"{name} was answered with {status}: {body[:200]!r}")
            page = msgspec.json.decode(body)
            pages, rows, after = pages + 1, rows + len(page["rows"]), page["next"] or ""
        took = time.perf_counter() - began
        say(f"{name}: {rows} rows after {pages} pages and {took * 1000:.1f} ms")
        most, longest = max(most, pages), max(longest, took)
    return {"most_pages_until_50_rows": most, "longest_until_50_rows_ms": round(longest * 1000, 1)}


async def _keep_few(years: Years) -> None:
    """As many views as an agent and a team have: counts are asked for all of them at once."""
    await years.site.owner.execute("delete from saved_view where name <> all($1)", list(COUNTED))


async def _times(line: Line, desks: Sequence[Mapping[str, str]], path: str, calls: int) -> dict[str, float]:
    took = []
    first = min(5, calls - 1)  # they prepare the statement
    for n in range(calls + first):
        began = time.perf_counter()
        status, body = await line.call("GET", path, desks[n % len(desks)])
        if n >= first:
            took.append(time.perf_counter() - began)
        if status != 200:
            raise Missed(f"{path} was answered with {status}: {body[:200]!r}")
    return _said(took)


async def _deep(
    line: Line, desks: Sequence[Mapping[str, str]], shop: Shop, saved: Mapping[str, UUID], pages: int
) -> dict[str, dict[str, float]]:
    """Pages far down, by walking there as a desk does."""
    found = {}
    for name, ask in {
        "mine": "/api/conversations?view=mine",
        "queue": "/api/conversations?view=queue",
        "all": "/api/conversations?view=all",
        "resolved": "/api/conversations?view=resolved",
        "resolved_of_channel": "/api/conversations?view=resolved&channel=line",
        "resolved_of_colleague": f"/api/conversations?view=resolved&assignee={shop.agents[1]}",
        "all_waiting": "/api/conversations?view=all&sort=waiting",
        **{
            name: f"/api/conversations?saved={saved[name]}"
            for name in (
                "saved_resolved_tag",
                "saved_resolved_inbox",
                "saved_resolved_rare_inbox",
                "saved_open_longest_waiting_tag",
            )
            if name in saved
        },
        "contacts": "/api/contacts?",
        "contacts_of_tag": "/api/contacts?" + urlencode({"tag": "vip"}),
        "notices": "/api/notices?",
    }.items():
        took, after = [], ""
        for _ in range(pages):
            began = time.perf_counter()
            path = ask + (f"&after={after}" if after else "")
            status, body = await line.call("GET", path, desks[0])
            took.append(time.perf_counter() - began)
            if status != 200:
                raise Missed(f"{path} was answered with {status}: {body[:200]!r}")
            page = msgspec.json.decode(body)
            if after and not page["rows"]:
                raise Missed(f"{path} has no rows")
            after = page["next"] or ""
            if not after:
                break
        found[f"{name}_{len(took)}_pages_down"] = _said(took[1:] or took)
        say(f"{name} deep: {_said(took)}")
    return found


async def _anywhere(line: Line, desk: Mapping[str, str], years: Years, calls: int) -> dict[str, float]:
    """By cursors into the middle of the longest list."""
    took = []
    for _ in range(calls):
        micros = int((years.kept.base - random.random() * years.kept.conversations * EVERY) * 1_000_000)
        cursor = base64.urlsafe_b64encode(f"n{micros}:{UUID(int=1 << 127).hex}".encode()).decode().rstrip("=")
        began = time.perf_counter()
        status, body = await line.call("GET", f"/api/conversations?view=resolved&after={cursor}", desk)
        took.append(time.perf_counter() - began)
        if status != 200:
            raise Missed(f"a deep page was answered with {status}: {body[:200]!r}")
    return _said(took)


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
