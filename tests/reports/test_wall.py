"""Every figure of the wallboard equals a recount of rows, after a burst of whatever can happen."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from guanxi import conversations, reports, routing
from guanxi.content import Text
from guanxi.infra.ids import new_id
from guanxi.infra.postgres import Server
from guanxi.reports.rules import is_silent, quarter
from guanxi.worker import keep_time
from tests.http.desk import Agent, Front, arrives, open_front
from tests.world import Shop

SECRETS = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture
async def front(own_server: Server, tmp_path: Path) -> AsyncIterator[Front]:
    async with open_front(own_server, tmp_path) as front:
        yield front


async def second_queue(front: Front, shop: Shop, by: UUID) -> UUID:
    async with front.world.house.db.transaction(shop.id) as tx:
        (first, *_) = await routing.queues(tx)
        given = {name: getattr(first, name) for name in routing.QueueWishes.__struct_fields__}
        wishes = msgspec.convert(given | {"name": "Refunds", "everybody": False}, routing.QueueWishes)
        return await routing.add_queue(tx, wishes, [], by=by)


@pytest.mark.asyncio
async def test_every_figure_of_the_wallboard_equals_a_recount_of_rows_after_a_burst(front: Front) -> None:
    chance = random.Random(11)
    shop, people = await front.opens("Kiln", "mei", "zhou")
    boss = people["boss"]
    clock = front.world.clock
    clock.at = datetime(2026, 11, 3, 20, 50, tzinfo=UTC)  # it is the fourth already in Shanghai
    inbox = (await shop.connects("line", secrets=SECRETS)).inbox_id
    refunds = await second_queue(front, shop, boss.id)
    assert (await boss.post(f"/api/agents/{people['zhou'].id}/queues", {"queue_ids": [str(refunds)]})).json() == {
        "queue_ids": []
    }
    promised = {"name": "both", "first_minutes": 30, "next_minutes": 60, "is_default": True}
    assert (await boss.post("/api/policies", promised)).status_code == 201
    await shop.comes_online("mei")
    ids: list[UUID] = []
    for _ in range(130):
        clock.forward(seconds=chance.randint(1, 1500))
        if chance.random() < 0.4 or not ids:
            channel, who = chance.choice(["line", "webchat"]), f"c{chance.randint(1, 25)}"
            said = chance.choice(["hi", "hi", "骗子，垃圾店"])
            ids.append(await arrives(shop, inbox, who, said, channel=channel))
            continue
        one, agent = chance.choice(ids), chance.choice(list(people.values())).id
        async with front.world.house.db.transaction(shop.id) as tx:
            try:
                match chance.randint(0, 7):
                    case 0:
                        await conversations.resolve(tx, one, agent_id=agent)
                    case 1:
                        await routing.assign(tx, one, agent, by=boss.id)
                    case 2:
                        await routing.move(tx, one, refunds, by=boss.id)
                    case 3:
                        await routing.step_in(tx, one, by=boss.id, reason="")
                    case 4:
                        await conversations.snooze(tx, one, until=tx.now + timedelta(hours=3), agent_id=agent)
                    case 5:
                        await routing.set_presence(tx, agent, chance.choice(["online", "busy", "offline"]))
                    case _:
                        await conversations.reply(tx, one, id=new_id(), content=Text("yes"), agent_id=agent)
                        if chance.random() < 0.2:
                            found = await conversations.lock(tx, one)
                            await conversations.change_message(tx, found, found.last_seq, state="failed")
            except (conversations.Refused, routing.Refused):
                pass
        if chance.random() < 0.1:
            await keep_time.route(front.world.house)
            await keep_time.promises_pass(front.world.house)
    for is_kept in (False, True):  # whatever chance has left out
        one = await arrives(shop, inbox, f"refund-{is_kept}", "hi")
        async with front.world.house.db.transaction(shop.id) as tx:
            await routing.move(tx, one, refunds, by=boss.id)
            if is_kept:
                await conversations.reply(tx, one, id=new_id(), content=Text("yes"), agent_id=boss.id)
        clock.forward(minutes=0 if is_kept else 31)
        await keep_time.promises_pass(front.world.house)
    await front.world.follow_everything(shop.id)
    await check(front, shop, boss, refunds)


async def check(front: Front, shop: Shop, boss: Agent, refunds: UUID) -> None:
    shown = (await boss.get("/api/wallboard")).json()

    async def rows(statement: str) -> list[dict[str, Any]]:
        async with front.world.house.db.reading(shop.id) as tx:
            return [dict(row) for row in await tx.fetch(statement, shop.id)]

    talks = await rows("select * from conversation where workspace_id = $1")
    events = await rows(
        "select kind, at, agent_id, conversation_id, payload from event where workspace_id = $1 order by xid, id"
    )
    agents = {str(one["id"]): one for one in await rows("select * from agent where workspace_id = $1")}
    opened = [one for one in talks if one["state"] == 0]
    free = [one for one in opened if one["assignee_id"] is None]
    waits = [one for one in opened if one["waiting_since"]]
    assert (shown["queue"], shown["open"], shown["waiting"]) == (len(free), len(opened), len(waits))
    assert len(opened) > 8
    assert at(shown["longest_waiting_since"]) == min(one["waiting_since"] for one in waits)

    for one in shown["queues"]:
        its = [talk for talk in free if str(talk["queue_id"]) == one["id"] and talk["waiting_since"]]
        serve = set(agents) if one["everybody"] else {str(id_) for id_ in one["agents"]}
        online = {id_ for id_ in serve if agents[id_]["presence"] == "online"}
        assert (one["waiting"], one["serving"], one["present"]) == (len(its), len(serve), len(online)), one["name"]
        first = min((talk["waiting_since"] for talk in its), default=None)
        assert at(one["longest_waiting_since"]) == first
        assert one["is_late"] is (first is not None and front.world.clock.at - first > timedelta(minutes=5))
    assert sorted(one["serving"] for one in shown["queues"]) == [1, 3]

    told = [one for one in events if local(one["at"]).date() == local(front.world.clock.at).date()]
    answers = Counter(
        str(one["agent_id"]) for one in told if one["kind"] == "message.sent" and "waited" in one["payload"]
    )
    for one in shown["agents"]:
        row = agents[one["id"]]
        assert (one["presence"], one["load"], one["capacity"]) == (row["presence"], row["load"], row["capacity"])
        assert one["answered"] == answers[one["id"]]
        hers = [talk for talk in opened if str(talk["assignee_id"]) == one["id"]]
        assert (one["conversation_id"] is None) is (not hers)
        if waiting := [talk for talk in hers if talk["waiting_since"]]:
            assert one["conversation_id"] == str(
                min(waiting, key=lambda talk: (talk["waiting_since"], talk["id"]))["id"]
            )

    given = [one for one in events if one["kind"] == "conversation.assigned" and one["payload"].get("to")]
    passed = [one for one in told if one["payload"].get("transfers")]
    resolved = [one for one in told if one["kind"] == "conversation.resolved"]
    numbers = shown["today"]
    assert numbers["opened"] == sum(one["kind"] == "conversation.opened" for one in told)
    assert numbers["taken"] == len([one for one in told if one in given])
    assert numbers["resolved"]["count"] == len(resolved)
    assert numbers["abandoned"] == sum(one["payload"]["unanswered"] for one in resolved)
    assert numbers["transferred"] == len(passed)
    assert numbers["passed_on"] == sum(one["payload"]["transfers"] == 1 for one in passed)

    (begins,) = [one["id"] for one in shown["queues"] if one["id"] != str(refunds)]
    kept, missed = promises_by_queue(events, begins, local(front.world.clock.at).date())
    for one in shown["queues"]:
        assert (one["kept"], one["missed"]) == (kept[one["id"]], missed[one["id"]]), one["name"]
    assert kept[str(refunds)] > 0 < missed[str(refunds)]
    assert (numbers["kept"], numbers["missed"]) == (kept.total(), missed.total())

    yesterday = local(front.world.clock.at).date() - timedelta(days=1)
    by_quarter = Counter(
        (quarter(one["at"]), "opened" if one["kind"] == "conversation.opened" else "taken")
        for one in events
        if (one["kind"] == "conversation.opened" or one in given) and local(one["at"]).date() >= yesterday
    )
    shown_quarters = {
        (at(one["at"]), measure): one[measure]
        for one in shown["quarters"]
        for measure in ("opened", "taken")
        if one[measure]
    }
    assert shown_quarters == dict(by_quarter)
    assert len(shown_quarters) > 15

    for one in shown["channels"]:
        assert one["open"] == sum(talk["channel"] == one["channel"] for talk in opened)
    needs = shown["needs_you"]
    often = sorted((talk["transfers"] for talk in opened if talk["transfers"] > 1), reverse=True)
    assert [one["count"] for one in needs if one["kind"] == "passed_on"] == often[:5]
    assert often
    late = [talk for talk in opened if talk["due_at"] and talk["due_at"] <= front.world.clock.at]
    overdue = sorted((talk["due_at"], talk["id"]) for talk in late)
    assert [one["conversation_id"] for one in needs if one["kind"] == "overdue"] == [str(id_) for _, id_ in overdue[:5]]
    assert overdue
    broken = {one["queue_id"]: (one["count"], at(one["since"])) for one in needs if one["kind"] == "broken"}
    by_queue: dict[str, list[datetime]] = {str(talk["queue_id"]): [] for talk in late}
    for talk in late:
        by_queue[str(talk["queue_id"])].append(talk["due_at"])
    assert broken == {queue: (len(due), min(due)) for queue, due in by_queue.items()}
    moods = {str(talk["id"]): talk["mood"] for talk in opened if talk["mood"] in ("angry", "falling")}
    shown_moods = {one["conversation_id"]: one["kind"] for one in needs if one["kind"] in ("angry", "falling")}
    assert shown_moods.items() <= moods.items()
    assert len(shown_moods) == min(5, len(moods)) > 0
    failed = {
        row["conversation_id"]
        for row in await rows("select conversation_id from message where workspace_id = $1 and state = 'failed'")
    }
    stuck = {str(talk["id"]) for talk in opened if talk["id"] in failed}
    undelivered = {one["conversation_id"] for one in needs if one["kind"] == "undelivered"}
    assert undelivered <= stuck
    assert len(undelivered) == min(5, len(stuck)) > 0
    assert [one["name"] for one in needs if one["kind"] == "late"] == [
        one["name"] for one in shown["queues"] if one["is_late"]
    ]


def promises_by_queue(events: list[dict[str, Any]], first: str, day: date) -> tuple[Counter[str], Counter[str]]:
    """Promises kept and missed on this day by the queue that each conversation stood in then, followed from move to move;
    all begin in `first`."""
    stands: dict[UUID, str] = {}
    kept: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for one in events:
        talk, payload = one["conversation_id"], one["payload"]
        is_today = local(one["at"]).date() == day
        if one["kind"] == "conversation.assigned" and payload.get("queue"):
            stands[talk] = payload["queue"]
        elif one["kind"] == "promise.missed" and is_today:
            missed[stands.get(talk, first)] += 1
        elif is_today:
            kept[stands.get(talk, first)] += len(payload.get("kept", ()))
    return kept, missed


def at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def local(time: datetime) -> datetime:
    return time + timedelta(hours=8)  # Shanghai


@pytest.mark.asyncio
async def test_the_board_says_how_many_more_wait_than_a_quarter_ago_and_what_a_first_answer_is_promised_in(
    front: Front,
) -> None:
    shop, people = await front.opens("Kiln")
    boss, clock = people["boss"], front.world.clock
    clock.at = datetime(2026, 11, 3, 9, 3, tzinfo=UTC)
    inbox = (await shop.connects("line", secrets=SECRETS)).inbox_id
    talks = [await arrives(shop, inbox, who, "hi") for who in "ab"]
    await front.world.follow_everything(shop.id)
    board = (await boss.get("/api/wallboard")).json()
    assert (board["queue"], board["queue_before"], board["first_promised"]) == (2, None, None)
    clock.at = datetime(2026, 11, 3, 9, 14, tzinfo=UTC)
    talks.append(await arrives(shop, inbox, "c", "hi"))
    await front.world.follow_everything(shop.id)
    assert (await boss.post("/api/policies", {"name": "p", "first_minutes": 8, "is_default": True})).status_code == 201
    clock.at = datetime(2026, 11, 3, 9, 31, tzinfo=UTC)
    for talk in talks[:2]:
        async with front.world.house.db.transaction(shop.id) as tx:
            await routing.assign(tx, talk, boss.id, by=boss.id)
    await front.world.follow_everything(shop.id)
    async with front.world.house.db.transaction(shop.id) as tx:
        await reports.rebuild(tx)  # what stood then is not to be counted anew, and stays
    board = (await boss.get("/api/wallboard")).json()
    assert (board["queue"], board["queue_before"], board["first_promised"]) == (1, 3, 480)
    assert at(board["queue_before_at"]) == datetime(2026, 11, 3, 9, 15, tzinfo=UTC)


def test_a_channel_is_silent_only_where_that_is_unusual() -> None:
    now = datetime(2026, 11, 4, 12, tzinfo=UTC)
    assert not is_silent(None, 1000, now)
    assert not is_silent(now - timedelta(hours=5), 40, now)  # little comes there anyway
    assert is_silent(now - timedelta(minutes=61), 5000, now)
    assert not is_silent(now - timedelta(minutes=59), 50_000, now)
    assert not is_silent(now - timedelta(hours=20), 70, now)  # every two hours or so
    assert is_silent(now - timedelta(hours=25), 70, now)
