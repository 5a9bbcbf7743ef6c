"""Who waits hears how he stands, seldom and at no reply's cost; and chooses a call or an answer later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from guanxi import routing
from guanxi.channel_kit import code_in
from guanxi.infra.postgres import Server
from guanxi.pipeline.waiting_words import ANSWERS, ELSEWHERE, WORDS, answer_in, word
from guanxi.worker import keep_time
from tests.stories.test_line_message import SECRETS, line_request
from tests.world import Shop, open_world

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def said(shop: Shop, person: str) -> list[Any]:
    """What bots said to this person, oldest first."""
    async with shop.world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch(
            """select m.content from identity d join conversation c on c.workspace_id = $1 and c.identity_id = d.id
               join message m on m.workspace_id = $1 and m.conversation_id = c.id and m.author = 'bot'
               where d.workspace_id = $1 and d.external_id = $2 order by m.seq""",
            shop.id,
            person,
        )
    return [row["content"] for row in rows]


@pytest.mark.asyncio
async def test_who_waits_is_told_once_and_again_when_it_is_his_turn_soon_and_chooses_a_call(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関")
        boss, mei = shop.agents["林薇"], shop.agents["小関"]
        door = await shop.connects("line", secrets=SECRETS)
        await shop.connects("webchat", secrets={"visitor_key": "a-visitor-key", "identify_secret": "another-secret"})
        people = [f"U{n:032d}" for n in range(6)]
        async with world.house.db.transaction(shop.id) as tx:
            await routing.set_ways(
                tx, busy_reasons=[], wrap_up_seconds=0, offer_seconds=0, tell_wait_seconds=30, by=boss
            )
            await routing.set_presence(tx, mei, "online")
            await tx.execute("update agent set capacity = 0 where workspace_id = $1", shop.id)
        for n, person in enumerate(people):
            await shop.hears(door, line_request("hi", f"a{n}", person))
            await world.read_everything()
            world.clock.forward(seconds=1)
        last = people[-1]
        world.clock.forward(seconds=35)
        await keep_time.tell_waits(world.house)
        assert await said(shop, last) == []  # the one reply that comes with his message is the agent's
        world.clock.forward(seconds=30)
        for _ in range(3):
            await keep_time.tell_waits(world.house)
        [first] = await said(shop, last)
        assert first["kind"] == "choices"
        assert "5" in first["text"]
        assert [one["id"] for one in first["options"]] == [*ANSWERS, ELSEWHERE]
        world.clock.forward(minutes=10)
        await keep_time.tell_waits(world.house)
        assert len(await said(shop, last)) == 1  # nothing new, nothing said

        async with world.house.db.transaction(shop.id) as tx:  # four of those before him are served
            rows = await tx.fetch(
                "select id from conversation where workspace_id = $1 order by waiting_since, id limit 4", shop.id
            )
            for row in rows:
                await routing.assign(tx, row["id"], mei, by=boss)
        await keep_time.tell_waits(world.house)
        soon = await said(shop, last)
        assert len(soon) == 2
        assert soon[1]["kind"] == "text"  # asked once

        await shop.hears(door, line_request("Another app", "b0", last))
        await world.read_everything()
        await world.follow_everything(shop.id)
        led = (await said(shop, last))[-1]["text"]
        assert "(Web chat)" in led
        assert code_in(led.split("\n\n")[0].splitlines()[-1])  # it takes him there, as a code of an agent does

        await shop.hears(door, line_request("Call me back", "b1", last))
        await world.read_everything()
        await world.follow_everything(shop.id)
        assert (await said(shop, last))[-1]["text"] == WORDS["en"].which  # in which he wrote
        await shop.hears(door, line_request("+81 90-1234-5678", "b2", last))
        await world.read_everything()
        await world.follow_everything(shop.id)
        async with world.house.db.reading(shop.id) as tx:
            promised = await tx.fetchrow(
                "select phone, due_at, conversation_id from customer_wait where workspace_id = $1 and wish = 'call_back'",
                shop.id,
            )
            kept = await tx.fetchrow(
                "select waiting_since, assignee_id from conversation where workspace_id = $1 and id = $2",
                shop.id,
                promised["conversation_id"],
            )
        assert promised["phone"] == "+819012345678"
        assert promised["due_at"] >= world.clock() + timedelta(minutes=15)
        assert (kept["waiting_since"] is None, kept["assignee_id"]) == (False, None)  # he keeps his place
        heard = len(await said(shop, last))
        world.clock.forward(hours=2)
        await keep_time.tell_waits(world.house)
        assert len(await said(shop, last)) == heard  # who need not wait hears no more


def test_the_expected_wait_is_said_only_where_enough_is_known() -> None:
    every = [NOW - timedelta(minutes=2 * n) for n in range(8)]
    assert routing.minutes_left(4, every, NOW) == 10
    assert routing.minutes_left(4, every[:4], NOW) is None
    assert routing.minutes_left(4, [at - timedelta(hours=3) for at in every], NOW) is None
    assert routing.minutes_left(0, [at - timedelta(minutes=20) for at in every], NOW) == 20  # nobody was taken since


def test_a_word_is_said_again_only_when_it_got_clearly_worse_or_the_turn_is_near() -> None:
    def one(**more: Any) -> routing.Standing:
        usual = {"ahead": 5, "told_ahead": 5, "told_minutes": 10, "times": 1, "wish": ""} | more
        told = NOW - timedelta(minutes=4)
        return routing.Standing(
            id=UUID(int=1), queue_id=UUID(int=2), waiting_since=told, taken_at=[], told_at=told, **usual
        )

    assert not routing.has_word(one(), 12, NOW)
    assert routing.has_word(one(), 20, NOW)
    assert routing.has_word(one(ahead=1), 2, NOW)
    assert not routing.has_word(one(ahead=1, times=3), 2, NOW)
    assert not routing.has_word(one(ahead=1, wish="later"), 2, NOW)
    assert not routing.has_word(one(ahead=1), 2, NOW - timedelta(minutes=2))


def test_choices_are_understood_by_tap_and_by_word_in_every_language() -> None:
    for language, words in WORDS.items():
        assert word(3, 5, language, offers=False, taps=True).text  # type: ignore[union-attr]
        for option, wished in zip(words.options, ANSWERS.values(), strict=True):
            assert answer_in({"text": f" {option}. "}) == wished, language
            assert len(option) <= 14
        assert answer_in({"text": f" {words.elsewhere}. "}) == answer_in({"id": ELSEWHERE}) == "elsewhere"
    assert answer_in({"id": "wait-later", "text": "x"}) == "later"
    assert answer_in({"text": "call me back when the kiln is ready, and send the cup"}) is None
    assert [routing.phone_in(one) for one in ("call 138 0013 8000 please", "room 12", "+82-10-1234-5678")] == [
        "13800138000",
        "",
        "+821012345678",
    ]
