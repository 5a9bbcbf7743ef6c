"""Where it is open and nobody who is fit is planned, by the clock on the wall."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi import routing
from guanxi.infra.postgres import Server
from guanxi.promises import DaySpan, Holiday, Hours, Span
from guanxi.routing.coverage import MIDNIGHT, Piece, PlannedPiece, Shift, gaps
from tests.world import open_world

MEI, JUN = UUID(int=1), UUID(int=2)
MONDAY = date(2026, 11, 23)


def plan(*shifts: tuple[int, UUID, str, str], otherwise: tuple[routing.Otherwise, ...] = ()) -> routing.Plan:
    week = [routing.WeekShift(day=day, agent_id=who, opens=o, closes=c) for day, who, o, c in shifts]  # type: ignore[arg-type]
    return routing.Plan(week=week, otherwise=[*otherwise], version=1)


def told(day: routing.Day) -> list[tuple[int, int, str]]:
    return [(one.begins // 60, one.ends // 60, one.why) for one in day.gaps]


def test_a_gap_is_where_it_is_open_and_nobody_fit_is_planned() -> None:
    week = [DaySpan(day=0, opens="09:00", closes="18:00"), DaySpan(day=1, opens="20:00", closes="02:00")]
    hours = Hours(id=MEI, name="x", time_zone="Asia/Tokyo", week=week, holidays=[], version=1)
    made = plan((0, MEI, "09:00", "12:00"), (0, JUN, "12:00", "14:00"), (1, MEI, "20:00", "01:00"))
    days = routing.days(made, hours, {MEI: True, JUN: False}, MONDAY)
    assert told(days[0]) == [(12, 14, "unskilled"), (14, 18, "nobody")]
    assert told(days[1]) == []
    assert told(days[2]) == [(1, 2, "nobody")]  # open past midnight, planned until one
    assert told(days[3]) == []


def test_a_date_has_a_plan_of_its_own_and_a_holiday_no_gaps() -> None:
    away = routing.Otherwise(date=MONDAY, planned=[Shift(agent_id=JUN, opens="10:00", closes="18:00")])
    week = [DaySpan(day=day, opens="09:00", closes="18:00") for day in range(7)]  # type: ignore[arg-type]
    closed = [
        Holiday(date=date(2026, 11, 24)),
        Holiday(date=date(2026, 11, 25), spans=[Span(opens="10:00", closes="12:00")]),
    ]
    hours = Hours(id=MEI, name="x", time_zone="Asia/Tokyo", week=week, holidays=closed, version=1)
    days = routing.days(plan((0, MEI, "09:00", "18:00"), otherwise=(away,)), hours, {MEI: True, JUN: True}, MONDAY)
    assert [told(day) for day in days[:3]] == [[(9, 10, "nobody")], [], [(10, 12, "nobody")]]
    assert [day.otherwise for day in days[:2]] == [True, False]
    gone = routing.days(plan((0, MEI, "09:00", "18:00")), None, {JUN: True}, MONDAY, 1)  # she has left
    assert told(gone[0]) == [(0, 24, "nobody")]


pieces = st.tuples(st.integers(0, 47), st.integers(1, 48)).filter(lambda one: one[0] < one[1])


@given(st.lists(pieces, max_size=4), st.lists(st.tuples(pieces, st.sampled_from([MEI, JUN])), max_size=6))
def test_gaps_are_exactly_the_minutes_that_are_open_and_uncovered(
    opened: list[tuple[int, int]], planned: list[tuple[tuple[int, int], UUID]]
) -> None:
    shop = [Piece(begins=30 * a, ends=30 * b) for a, b in opened]
    people = [PlannedPiece(begins=30 * a, ends=30 * b, agent_id=who) for (a, b), who in planned]
    found = gaps(shop, people, {MEI})
    for minute in range(0, MIDNIGHT, 30):
        inside = [one.why for one in found if one.begins <= minute < one.ends]
        here = {one.agent_id for one in people if one.begins <= minute < one.ends}
        is_open = any(one.begins <= minute < one.ends for one in shop)
        assert inside == ([] if not is_open or MEI in here else ["unskilled" if here else "nobody"])


@pytest.mark.asyncio
async def test_a_plan_is_kept_and_an_older_one_does_not_overwrite_it(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop, others = await world.shop("Kotori", "小関"), await world.shop("Others")
        by, mei = shop.agents["林薇"], shop.agents["小関"]
        shift = routing.WeekShift(day=0, agent_id=mei, opens="09:00", closes="12:00")
        async with world.house.db.transaction(shop.id) as tx:
            [queue] = await routing.queues(tx)
            before = await routing.plan_of(tx, queue.id)
            await routing.plan(tx, queue.id, [shift], [], version=before.version, by=by)
            assert (await routing.plan_of(tx, queue.id)).week == [shift]
            assert await routing.fit_for(tx, queue.id) == {by: True, mei: True}
        with pytest.raises(routing.Refused, match="stale"):
            async with world.house.db.transaction(shop.id) as tx:
                await routing.plan(tx, queue.id, [], [], version=before.version, by=by)
        stranger = routing.WeekShift(day=0, agent_id=others.agents["林薇"], opens="09:00", closes="12:00")
        with pytest.raises(routing.NotFound):
            async with world.house.db.transaction(shop.id) as tx:
                await routing.plan(tx, queue.id, [stranger], [], version=before.version + 1, by=by)
