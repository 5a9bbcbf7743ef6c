"""Whether channels are equal: known answers on planted worlds, and the command that prints them."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from guanxi import conversations, reports, routing
from guanxi.commands import parity as command
from guanxi.content import Text
from guanxi.infra.ids import new_id
from guanxi.infra.postgres import Server
from guanxi.reports.model import Figure
from guanxi.reports.parity import by_rank, by_share, compare, holm, parity
from guanxi.reports.rules import add_fact
from tests.http.desk import Front, arrives, open_front

SECRETS = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}
World = dict[str, dict[str, Figure]]


def world(seed: int, size: int = 300, **slower: float) -> World:
    """Channels whose answers take as long by one law; those named take so many times as long, and are passed on more."""
    chance = random.Random(seed)
    made: World = {}
    for channel in ("email", "line", "webchat", "wechat"):
        its = made.setdefault(channel, {})
        its["opened"] = Figure(count=size)
        factor = slower.get(channel, 1.0)
        for measure, usual in (("waited", 60), ("first_answered", 90), ("resolved", 3000)):
            for _ in range(size):
                add_fact(its.setdefault(measure, Figure()), int(chance.lognormvariate(0, 1) * usual * factor))
        its["passed_on"] = Figure(count=sum(chance.random() < 0.15 * factor for _ in range(size)))
        its["reopened"] = Figure(count=sum(chance.random() < 0.15 * factor for _ in range(size)))
        its["rated"] = Figure(count=size)
        its["satisfied"] = Figure(count=sum(chance.random() < 1 - 0.15 * factor for _ in range(size)))
    return made


def test_equal_channels_are_called_unequal_in_at_most_one_table_of_twenty() -> None:
    said = [{it.verdict for its in compare(world(seed)).values() for it in its} for seed in range(100)]
    assert all(verdicts <= {"equal", "differs"} for verdicts in said)
    assert sum("differs" in verdicts for verdicts in said) <= 10  # five are awaited; eleven in one run of a thousand


def test_a_channel_that_is_slower_is_found_and_named_with_by_how_much() -> None:
    for seed in range(10):
        compared = compare(world(seed, email=2.0))
        told = {it.measure: it for it in compared["email"]}
        assert {it.verdict for it in told.values()} == {"differs"}
        assert 60 < (told["waited"].longer or 0) < 76  # of two such laws one is longer 69 times of a hundred
        assert (told["passed_on"].longer or 0) > 5
        assert max(told["solved_at_once"].longer or 0, told["satisfied"].longer or 0) < -5


def test_few_are_too_few_to_tell_and_nothing_is_no_difference() -> None:
    small = world(1, size=12, email=5.0)
    found = parity(small, {"email": 1}, time_zone="UTC", first=date(2026, 1, 1), last=date(2026, 1, 28))
    assert found.verdict == "too_few"
    assert {it.verdict for one in found.channels for it in one.compared} == {"too_few"}
    assert "Too few" in command.statement(found)
    alone = parity({"line": world(1)["line"]}, {}, time_zone="UTC", first=date(2026, 1, 1), last=date(2026, 1, 2))
    assert alone.verdict == "too_few"


def test_the_numbers_of_textbooks_come_out() -> None:
    p, longer = by_rank([0, 4, 4, 2], [4, 4, 2, 0])  # of 10 and 10, by hand: above = 80, spread = 157.9
    assert (round(p, 3), longer) == (0.019, 80.0)
    assert by_rank([5], [7]) == (1.0, 50.0)
    p, more = by_share(45, 100, 30, 100)  # z = 2.19
    assert (round(p, 4), round(more)) == (0.0285, 15)
    assert [round(p, 3) for p in holm([0.01, 0.04, 0.03])] == [0.03, 0.06, 0.06]


@pytest_asyncio.fixture
async def front(own_server: Server, tmp_path: Path) -> AsyncIterator[Front]:
    async with open_front(own_server, tmp_path) as front:
        yield front


@pytest.mark.asyncio
async def test_a_shop_whose_line_is_slower_and_passed_on_is_told_so_from_the_rows_of_its_reports(front: Front) -> None:
    shop, people = await front.opens("Kiln", "mei")
    boss, mei = people["boss"].id, people["mei"].id
    inbox = (await shop.connects("line", secrets=SECRETS)).inbox_id
    clock, chance = front.world.clock, random.Random(3)
    clock.at = clock.at.replace(hour=4)
    for n in range(70):
        channel = "line" if n % 2 else "webchat"
        one = await arrives(shop, inbox, f"c{n}", "hi", channel=channel)
        clock.forward(seconds=chance.randint(20, 60) * (4 if channel == "line" else 1))
        async with front.world.house.db.transaction(shop.id) as tx:
            if channel == "line" and n % 3:
                await routing.assign(tx, one, mei, by=mei)
                await routing.transfer(tx, one, boss, note="", by=mei)
            elif channel == "line" and n % 9 == 0:
                await routing.assign(tx, one, mei, by=mei)
                await routing.step_in(tx, one, by=boss, reason="")
            await conversations.reply(tx, one, id=new_id(), content=Text("yes"), agent_id=boss)
            await conversations.resolve(tx, one, agent_id=boss)
            if n % 7 == 0:
                await conversations.ask_rating(tx, one, agent_id=boss)
        async with front.world.house.db.transaction(shop.id) as tx:
            for rating in await tx.fetch("select id from rating where workspace_id = $1 and rated_at is null", shop.id):
                await conversations.rate(tx, inbox, [f"c{n}"], rating["id"], score=3 + n % 3, word="")
            if n % 10 == 0:
                await conversations.reopen(tx, one, agent_id=boss)
    await front.world.follow_everything(shop.id)
    found = (await people["boss"].get("/api/reports/parity")).json()
    assert (await people["mei"].get("/api/reports/parity")).status_code == 403
    assert found["verdict"] == "differs"
    (line, webchat) = found["channels"]
    assert [line[key] for key in ("channel", "agents", "received", "opened", "transferred")] == ["line", 1, 35, 35, 27]
    assert [line[key] for key in ("stepped_in", "moved", "solved_at_once", "rated", "satisfied")] == [4, 0, 35, 5, 3]
    assert [webchat[key] for key in ("opened", "passed_on", "transferred")] == [35, 0, 0]
    assert [webchat[key] for key in ("solved_at_once", "rated", "satisfied")] == [28, 5, 3]
    assert [found["whole"][key] for key in ("agents", "opened", "transferred", "rated")] == [1, 70, 27, 10]
    assert {it["measure"] for it in line["compared"] if it["verdict"] == "differs"} == {
        "waited", "first_answered", "resolved", "passed_on",
    }  # fmt: skip
    async with front.world.house.db.reading(shop.id) as tx:
        told = await reports.equal_channels(tx, date.fromisoformat(found["first"]), date.fromisoformat(found["last"]))
    assert json.loads(json.dumps(found))["channels"][0]["waited"]["median"] == told.channels[0].waited.median
    printed = "\n".join([*command.table(told), command.statement(told)])
    assert "line: wait, takes longer than elsewhere 100 times of a hundred" in printed
    assert "not equal" in printed
