"""Every number on the page of reports equals a recount from events, on days of 23 and of 25 hours too."""

from __future__ import annotations

import csv
import io
import math
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from guanxi import conversations, reports, team
from guanxi.content import Text
from guanxi.infra.postgres import Server
from guanxi.worker import keep_time
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.world import Shop

SECRETS = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}
SUMMER, WINTER = timedelta(hours=2), timedelta(hours=1)


def berlin(at: datetime) -> date:
    """The day in Berlin, by the rule that a person would look up: summer time ends on 25 October 2026 and begins on
    29 March 2026, both at 1:00 UTC."""
    is_summer = datetime(2026, 3, 29, 1, tzinfo=UTC) <= at < datetime(2026, 10, 25, 1, tzinfo=UTC)
    return (at + (SUMMER if is_summer else WINTER)).date()


@pytest_asyncio.fixture
async def front(own_server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(own_server, folder, event_days=31) as front:
            yield front


@dataclass
class Busy:
    """A shop with two channels and two agents, in Berlin."""

    front: Front
    shop: Shop
    people: dict[str, Agent]
    inboxes: dict[str, UUID]
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    async def works(self, steps: int, most_minutes: int = 110) -> None:
        """Customers write, agents answer, resolve and reopen, at all hours of the clock."""
        clock = self.front.world.clock
        for _ in range(steps):
            clock.forward(seconds=self.chance.randint(1, most_minutes * 60))
            channel = self.chance.choice(list(self.inboxes))
            who = f"{channel}-{self.chance.randint(1, 4)}"
            one = await arrives(
                self.shop, self.inboxes[channel], who, *["hi"] * self.chance.randint(1, 2), channel=channel
            )
            agent_id = self.people[self.chance.choice(["boss", "mei"])].id
            for _ in range(self.chance.randint(0, 2)):
                clock.forward(seconds=self.chance.randint(0, 4000))
                await self.does("reply", one, agent_id)
            if self.chance.random() < 0.4:
                await self.does("resolve", one, agent_id)
                if self.chance.random() < 0.3:
                    clock.forward(seconds=self.chance.randint(1, 4000))
                    await self.does("reopen", one, agent_id)
        await self.front.world.follow_everything(self.shop.id)

    async def does(self, what: str, conversation_id: UUID, agent_id: UUID) -> None:
        async with self.front.world.house.db.transaction(self.shop.id) as tx:
            if what == "reply":
                await conversations.reply(tx, conversation_id, id=uuid4(), content=Text("yes"), agent_id=agent_id)
            elif what == "resolve":
                await conversations.resolve(tx, conversation_id, agent_id=agent_id)
            else:
                await conversations.reopen(tx, conversation_id, agent_id=agent_id)

    async def sql(self, statement: str) -> list[Any]:
        async with self.front.world.house.db.transaction(self.shop.id) as tx:
            return await tx.fetch(statement, self.shop.id)

    async def rows(self) -> list[tuple[Any, ...]]:
        found = await self.sql(
            "select agent_id, day, channel, measure, count, seconds, spread from report_figure where workspace_id = $1"
        )
        return sorted(tuple(row.values()) for row in found)


async def busy(front: Front, begins: datetime) -> Busy:
    front.world.clock.at = begins
    shop, people = await front.opens("Töpferei", "mei")
    inboxes = {
        "line": (await shop.connects("line", secrets=SECRETS)).inbox_id,
        "webchat": (await shop.connects("line", secrets=SECRETS)).inbox_id,
    }
    one = Busy(front, shop, people, inboxes)
    await one.sql("update workspace set time_zone = 'Europe/Berlin' where id = $1 returning id")
    return one


Recount = dict[tuple[date, str, str, str], list[int | None]]


async def recount(one: Busy) -> Recount:
    """(day, channel, who, measure) → each time how long, or None; from the order of events alone, not their numbers."""
    channels = {
        row["id"]: row["channel"]
        for row in await one.sql("select id, channel from conversation where workspace_id = $1")
    }
    events = await one.sql(
        "select kind, at, conversation_id as id, agent_id, payload from event where workspace_id = $1 order by xid, id"
    )
    found: Recount = defaultdict(list)
    opened: dict[UUID, datetime] = {}
    waiting: dict[UUID, datetime] = {}
    answered: set[UUID] = set()
    for event in events:
        one_id, at, author = event["id"], event["at"], event["payload"].get("author")

        def put(measure: str, since: datetime | None = None, event: Any = event) -> None:
            for who in {"", str(event["agent_id"] or "")}:
                spent = None if since is None else int((event["at"] - since).total_seconds())
                found[berlin(event["at"]), channels[event["id"]], who, measure].append(spent)

        match event["kind"]:
            case "conversation.opened":
                opened[one_id] = at
                put("opened")
            case "conversation.reopened":
                put("reopened")
            case "conversation.resolved":
                waiting.pop(one_id, None)
                put("resolved", opened[one_id])
            case "message.received" if author == "contact":
                waiting.setdefault(one_id, at)
                put("received")
            case "message.sent" if author == "agent":
                put("sent")
                if one_id in waiting:
                    put("waited", waiting.pop(one_id))
                if one_id not in answered:
                    put("first_answered", opened[one_id])
                    answered.add(one_id)
            case "message.sent":
                put("sent_by_bot")
    for key in [key for key in found if key[2] and key[3] == "reopened"]:
        del found[key]  # reopening is nobody's figure
    return found


def check(shown: dict[str, Any], counted: Recount, **where: Any) -> None:
    """The numbers shown equal what the recount has for this day, channel and agent."""
    wanted: dict[str, list[int | None]] = defaultdict(list)
    for (day, channel, who, measure), times in counted.items():
        days = where.get("days")
        if days[0] <= day <= days[1] and where.get("channel") in (None, channel) and where.get("who", "") == who:
            wanted[measure] += times
    for measure in ("opened", "received", "sent", "sent_by_bot", "reopened"):
        assert shown[measure] == len(wanted[measure]), (measure, where)
    for measure in ("waited", "first_answered", "resolved"):
        times = sorted(one for one in wanted[measure] if one is not None)
        its = shown[measure]
        assert its["count"] == len(times), (measure, where)
        if not times:
            assert (its["mean"], its["median"], its["p90"]) == (None, None, None)
            continue
        assert its["mean"] == round(sum(times) / len(times))
        for part, name in ((0.5, "median"), (0.9, "p90")):
            exact = times[math.ceil(len(times) * part) - 1]
            assert abs(its[name] - exact) <= exact / 16 + 1, (measure, name, exact, its[name], where)


@pytest.mark.parametrize(
    ("begins", "first", "last", "turns"),
    [
        (datetime(2026, 10, 23, 20, tzinfo=UTC), date(2026, 10, 24), date(2026, 10, 27), date(2026, 10, 25)),
        (datetime(2026, 3, 27, 20, tzinfo=UTC), date(2026, 3, 27), date(2026, 3, 30), date(2026, 3, 29)),
    ],
    ids=["25 hours", "23 hours"],
)
async def test_every_number_equals_a_recount_when_the_clocks_change(
    front: Front, begins: datetime, first: date, last: date, turns: date
) -> None:
    one = await busy(front, begins)
    await one.works(40, most_minutes=200)
    counted = await recount(one)
    boss = one.people["boss"]
    assert sum(len(times) for key, times in counted.items() if key[0] == turns) > 10

    chosen: dict[str, str]
    for chosen in ({}, {"channel": "line"}, {"agent_id": str(boss.id)}):
        answer = await boss.get("/api/reports", first=first, last=last, **chosen)
        page = answer.json()
        assert answer.status_code == 200, page
        assert [day["day"] for day in page["days"]] == [
            str(first + timedelta(n)) for n in range((last - first).days + 1)
        ]
        who = chosen.get("agent_id", "")
        where = {"channel": chosen.get("channel"), "who": who}
        check(page["total"], counted, days=(first, last), **where)
        check(page["before"], counted, days=(first - timedelta(4), first - timedelta(1)), **where)
        for day in page["days"]:
            on = date.fromisoformat(day["day"])
            check(day["numbers"], counted, days=(on, on), **where)
        for channel in page["channels"]:
            check(channel["numbers"], counted, days=(first, last), channel=channel["channel"], who=who)
        for agent in page["agents"]:
            check(agent["numbers"], counted, days=(first, last), channel=chosen.get("channel"), who=agent["agent_id"])
        assert {agent["name"] for agent in page["agents"]} == {"boss", "mei"}

    table = (await boss.get("/api/reports/table", by="day", first=first, last=last)).content.decode("utf-8-sig")
    page = (await boss.get("/api/reports", first=first, last=last)).json()
    for line, day in zip(csv.DictReader(io.StringIO(table)), page["days"], strict=True):
        assert (line["day"], int(line["opened"])) == (day["day"], day["numbers"]["opened"])
        assert line["waited_median_s"] == str(day["numbers"]["waited"]["median"] or "")


async def test_a_rebuild_makes_the_same_rows_and_another_time_zone_other_days(front: Front) -> None:
    one = await busy(front, datetime(2026, 10, 24, 20, tzinfo=UTC))
    await one.works(15)
    await one.works(15)
    rows = await one.rows()
    assert len(rows) > 30
    await one.sql("update report_figure set count = count + 1 where workspace_id = $1 returning day")
    assert await one.rows() != rows
    await rebuild(front)
    assert await one.rows() == rows

    # the day in Tokyo: counted anew when the change is heard, and the same again when it is taken back
    boss = one.people["boss"]
    assert (await boss.patch("/api/workspace", {"time_zone": "Asia/Tokio"})).status_code in (409, 422)
    assert (await boss.patch("/api/workspace", {"time_zone": "Asia/Tokyo"})).json()["time_zone"] == "Asia/Tokyo"
    await front.world.follow_everything(one.shop.id)
    in_tokyo = Counter(row[1] for row in await one.rows())
    assert in_tokyo != Counter(row[1] for row in rows)
    before = await one.rows()
    await rebuild(front)
    assert await one.rows() == before


async def test_days_whose_events_are_gone_keep_their_numbers(front: Front) -> None:
    one = await busy(front, datetime(2026, 8, 1, 12, tzinfo=UTC))
    await one.works(20)
    old = await one.rows()
    front.world.clock.at = datetime(2026, 10, 24, 20, tzinfo=UTC)
    await one.works(10)
    rows = await one.rows()
    await keep_time.clean(front.world.house)
    kept = await one.sql("select min(at) as at from event where workspace_id = $1")
    assert kept[0]["at"] > datetime(2026, 9, 1, tzinfo=UTC)
    await rebuild(front)
    assert await one.rows() == rows
    assert old
    assert all(row in rows for row in old)


async def rebuild(front: Front) -> None:
    async with front.world.house.db.directory() as directory:
        workspaces = await team.all_workspaces(directory)
    for workspace_id in workspaces:
        async with front.world.house.db.transaction(workspace_id) as tx:
            await reports.rebuild(tx)


async def test_numbers_of_another_workspace_are_seen_by_nobody_else(front: Front) -> None:
    one = await busy(front, datetime(2026, 10, 24, 20, tzinfo=UTC))
    await one.works(5)
    _, strangers = await front.opens("Elsewhere")
    period = {"first": "2026-10-20", "last": "2026-10-30"}
    for chosen in ({}, {"agent_id": str(one.people["boss"].id)}):
        page = (await strangers["boss"].get("/api/reports", **period, **chosen)).json()
        assert (page["total"]["received"], page["channels"], len(page["agents"])) == (0, [], 1)
    wall = (await strangers["boss"].get("/api/wallboard")).json()
    assert (wall["queue"], wall["today"]["received"], len(wall["agents"])) == (0, 0, 1)


async def test_the_wallboard_says_how_it_stands(front: Front) -> None:
    one = await busy(front, datetime(2026, 10, 24, 20, tzinfo=UTC))
    clock, boss = front.world.clock, one.people["boss"]
    first = await arrives(one.shop, one.inboxes["line"], "a", "hello")
    began = clock.at
    clock.forward(seconds=90)
    second = await arrives(one.shop, one.inboxes["webchat"], "b", "hello", channel="webchat")
    await one.shop.comes_online("mei")
    wall = (await boss.get("/api/wallboard")).json()
    assert (wall["queue"], wall["waiting"], wall["open"]) == (2, 2, 2)
    assert datetime.fromisoformat(wall["longest_waiting_since"]) == began
    await one.does("reply", first, one.people["mei"].id)
    await one.does("resolve", second, boss.id)
    await front.world.follow_everything(one.shop.id)
    wall = (await boss.get("/api/wallboard")).json()
    assert (wall["queue"], wall["waiting"], wall["longest_waiting_since"]) == (1, 0, None)
    assert (wall["today"]["waited"]["count"], wall["today"]["resolved"]["count"]) == (1, 1)
    assert [(a["name"], a["presence"], a["answered"]) for a in wall["agents"]] == [
        ("mei", "online", 1),
        ("boss", "offline", 0),
    ]


async def test_a_period_that_makes_no_sense_is_refused(front: Front) -> None:
    _, people = await front.opens("Strict")
    for asked in (
        {"first": "2026-10-25", "last": "2026-10-24"},
        {"first": "2020-01-01", "last": "2026-10-24"},
        {"first": "0001-01-01", "last": "0001-01-02"},
        {"last": "9999-12-31"},
        {"agent_id": "me"},
        {"first": "yesterday"},
    ):
        answer = await people["boss"].get("/api/reports", **asked)
        assert answer.status_code in (400, 422), answer.text
