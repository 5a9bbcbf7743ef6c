"""A LINE group speaks: one conversation, each message with whoever said it, words that change, answers that are tapped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import msgspec
import pytest_asyncio

from guanxi import conversations, views
from guanxi.content import Button, Card, Choices, Option
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.places import Place, open_place

HANA, KEN, GROUP = "U" + "a" * 32, "U" + "b" * 32, "C" + "c" * 32


@pytest_asyncio.fixture
async def place(server: Server) -> AsyncIterator[Place]:
    with open_folder() as folder:
        async with open_place(server, folder) as running:
            running.line.add_customer(HANA, "花子")
            running.line.add_customer(KEN, "健")
            running.line.add_customer(GROUP, "お茶会")
            yield running


async def thread_of(place: Place, external_id: str) -> tuple[Any, list[dict[str, Any]]]:
    """The conversation's row, and its messages as the desk reads them."""
    found = await place.conversation(external_id)
    async with place.world.house.db.reading(place.shop.id) as tx:
        body = await views.messages(tx, found["id"], before=None, after=None, limit=50)
    assert body is not None
    return found, msgspec.json.decode(body)["rows"]


async def test_a_group_is_one_conversation_and_each_message_names_who_said_it(place: Place) -> None:
    await place.line.customer_says(HANA, "みんなで行きます", group=GROUP)
    await place.line.customer_says(KEN, "何時ですか", group=GROUP)
    await place.world.read_everything()
    await place.send_until_quiet()  # the hands ask who they are
    _, rows = await thread_of(place, GROUP)
    assert [(row["sender"]["name"], row["content"]["text"]) for row in rows] == [
        ("花子", "みんなで行きます"),
        ("健", "何時ですか"),
    ]
    async with place.world.house.db.reading(place.shop.id) as tx:
        people = await tx.fetch("select name, kind from identity where workspace_id = $1 order by name", place.shop.id)
        count = await tx.fetchval("select count(*) from conversation where workspace_id = $1", place.shop.id)
    assert {(row["name"], row["kind"]) for row in people} == {("花子", "person"), ("健", "person"), ("お茶会", "group")}
    assert count == 1
    await place.answer(GROUP, "6時にお待ちしています")
    await place.send_until_quiet()
    assert [message["text"] for message in place.line.received(GROUP)] == ["6時にお待ちしています"]
    assert place.line.received(HANA) == []


async def test_changed_words_show_with_the_earlier_ones_and_an_old_change_never_comes_back(place: Place) -> None:
    now = place.line.clock()
    place.line.clock = lambda: now
    said = await place.line.customer_says(HANA, "抹茶はありますか")
    await place.world.read_everything()
    now += 10
    await place.line.customer_edits(HANA, said, "抹茶ラテはありますか", times=2)
    now += 10
    await place.line.customer_edits(HANA, said, "ほうじ茶はありますか")
    await place.world.read_everything()
    now -= 5  # an edit that comes late
    await place.line.customer_edits(HANA, said, "煎茶はありますか")
    await place.world.read_everything()
    found, rows = await thread_of(place, HANA)
    assert [row["content"]["text"] for row in rows] == ["ほうじ茶はありますか"]
    assert [one["content"]["text"] for one in rows[0]["earlier"]] == ["抹茶はありますか", "抹茶ラテはありますか"]
    assert found["last_text"] == "ほうじ茶はありますか"
    await place.line.customer_unsends(HANA, said)
    await place.world.read_everything()
    _, rows = await thread_of(place, HANA)
    assert rows[0]["state"] == "unsent"
    assert rows[0]["earlier"] is None


async def test_a_change_that_comes_before_its_message_is_done_when_that_comes(place: Place) -> None:
    now = place.line.clock()
    orders = [*permutations(("said", "edited", "edited_again")), *permutations(("said", "edited", "unsent"))]
    people = {f"U{n:032x}": order for n, order in enumerate(orders)}
    pushed: dict[tuple[str, str], dict[str, Any]] = {}
    for person in people:
        place.line.add_customer(person, "花子")
        number = ""
        for step, told in enumerate(("said", "edited", "edited_again", "unsent")):
            place.line.clock = lambda at=now + step: at  # type: ignore[misc]
            match told:
                case "said":
                    number = await place.line.customer_says(person, "抹茶はありますか", times=0)
                case "edited":
                    await place.line.customer_edits(person, number, "抹茶ラテはありますか", times=0)
                case "edited_again":
                    await place.line.customer_edits(person, number, "ほうじ茶はありますか", times=0)
                case _:
                    await place.line.customer_unsends(person, number, times=0)
            pushed[person, told] = place.line.pushed[-1]
    for turn in range(3):
        for person, order in people.items():
            await place.line.deliver(pushed[person, order[turn]])
            await place.line.deliver(pushed[person, order[turn]])
        await place.world.read_everything()
    for person, order in people.items():
        _, rows = await thread_of(place, person)
        shown = [(row["state"], row["content"]["text"]) for row in rows]
        assert shown == ([("unsent", "")] if "unsent" in order else [("received", "ほうじ茶はありますか")]), order
        assert rows[0]["earlier"] is None if "unsent" in order else rows[0]["earlier"], order
    async with place.world.house.db.reading(place.shop.id) as tx:
        assert await tx.fetchval("select count(*) from early_change where workspace_id = $1", place.shop.id) == 0


async def test_changes_of_what_never_comes_are_forgotten(place: Place) -> None:
    place.line.add_customer(HANA, "花子")
    await place.line.customer_edits(HANA, "999", "どこ")
    await place.world.read_everything()
    async with place.world.house.db.transaction(place.shop.id) as tx:
        tx.now += timedelta(days=2)
        assert await conversations.forget_early_changes(tx) == 0
        tx.now += timedelta(days=2)
        assert await conversations.forget_early_changes(tx) == 1


async def test_offered_answers_and_a_cards_buttons_come_back_with_their_words(place: Place) -> None:
    await place.line.customer_says(HANA, "急須について")
    await place.world.read_everything()
    found = await place.conversation(HANA)
    asked = Choices("お色は?", (Option("青", "blue"), Option("白", "white")))
    card = Card(
        "急須", "手作り", buttons=(Button("在庫は?", reply="stock"), Button("見る", url="https://shop.example/a"))
    )
    for content in (asked, card):
        async with place.world.house.db.transaction(place.shop.id) as tx:
            agent = place.shop.agents["林薇"]
            await conversations.reply(tx, found["id"], id=uuid4(), content=content, agent_id=agent)
        await place.send_until_quiet()
        await place.line.customer_chooses(HANA, 1 if content is asked else 0)
        await place.world.read_everything()
    assert [message["type"] for message in place.line.received(HANA)] == ["text", "flex"]
    _, rows = await thread_of(place, HANA)
    chosen = [row["content"] for row in rows if row["kind"] == "chosen"]
    assert [(one["text"], one["id"]) for one in chosen] == [("白", "white"), ("在庫は?", "stock")]
    assert [state for state, _ in await place.states(HANA)] == ["sent", "sent"]
