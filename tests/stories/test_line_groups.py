"""A LINE group speaks: one conversation, each message with whoever said it, words that change, answers that are tapped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import pytest_asyncio

from guanxi import channels, contacts, conversations, inboxes, views
from guanxi.content import Button, Card, Choices, Option, Sticker, Text
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


async def test_a_group_that_put_the_account_out_cannot_be_answered_until_it_is_asked_in_again(place: Place) -> None:
    await place.line.customer_says(HANA, "こんにちは", group=GROUP)
    await place.world.read_everything()
    found, _ = await thread_of(place, GROUP)
    for happens, reason in (("leave", "not_in_group"), ("join", None)):
        await place.line.group_event(happens, GROUP)
        await place.world.read_everything()
        async with place.world.house.db.reading(place.shop.id) as tx:
            row = (await views.rows_by_id(tx, [found["id"]]))[found["id"]]
            assert views.reply_of(row, tx).reason == reason
    await place.answer(GROUP, "また来ました")
    await place.send_until_quiet()
    assert [message["text"] for message in place.line.received(GROUP)] == ["また来ました"]


async def test_a_new_name_is_learnt_after_a_week_and_one_that_an_agent_wrote_stays(place: Place) -> None:
    for person in (HANA, KEN):
        await place.line.customer_says(person, "こんにちは")
    await place.world.read_everything()
    await place.send_until_quiet()
    async with place.world.house.db.transaction(place.shop.id) as tx:
        ken = await tx.fetchval(
            "select contact_id from identity where workspace_id = $1 and external_id = $2", place.shop.id, KEN
        )
        await contacts.change(tx, ken, by=place.shop.agents["林薇"], name="佐藤健 (卸)")
    place.line.chats[HANA].name, place.line.chats[KEN].name = "はな🌸", "ケン"
    asked = place.line.calls["profile"]
    for days, calls, names in (
        (6, 0, {"花子", "佐藤健 (卸)"}),
        (2, 2, {"はな🌸", "佐藤健 (卸)"}),
        (0, 2, {"はな🌸", "佐藤健 (卸)"}),
    ):
        place.world.clock.forward(days=days)
        for person in (HANA, KEN):
            await place.line.customer_says(person, "また来ます")
        await place.world.read_everything()
        await place.send_until_quiet()
        async with place.world.house.db.reading(place.shop.id) as tx:
            rows = await tx.fetch("select name from contact where workspace_id = $1", place.shop.id)
        assert {row["name"] for row in rows} == names
        assert place.line.calls["profile"] - asked == calls


async def test_names_of_any_script_stay_whole_and_none_reaches_over_into_its_surroundings(place: Place) -> None:
    names = {
        f"U{n:032x}": name
        for n, name in enumerate(("مريم", "דנה \u202eevil", "👨‍👩‍👧", "🇯🇵👍🏽", "\u200f\u202e", "a" * 300))
    }
    for person, name in names.items():
        place.line.add_customer(person, name)
        await place.line.customer_says(person, f"hello {name}")
    await place.world.read_everything()
    await place.send_until_quiet()
    await place.world.follow_everything(place.shop.id)
    for person, name in names.items():
        found, rows = await thread_of(place, person)
        async with place.world.house.db.reading(place.shop.id) as tx:
            row = msgspec.json.decode((await views.rows_by_id(tx, [found["id"]]))[found["id"]]["row"])
        assert row["contact"]["name"] == name
        assert rows[0]["content"]["text"] == f"hello {name}"
        await place.answer(person, f"{name}, hello")
    await place.send_until_quiet()
    assert {place.line.received(person)[0]["text"] for person in names} == {f"{name}, hello" for name in names.values()}


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


async def test_a_quote_shows_what_was_quoted_wherever_it_stands(place: Place) -> None:
    await place.line.customer_says(HANA, "急須はありますか")
    await place.world.read_everything()
    await place.answer(HANA, "青と白がございます")
    await place.send_until_quiet()
    (ours,) = place.line.received(HANA)
    theirs = await place.line.customer_says(HANA, "青で", quotes=ours["id"])
    await place.line.customer_unsends(HANA, theirs)
    await place.line.customer_says(HANA, "やはり白で", quotes=theirs)
    await place.line.customer_says(HANA, "前の件も", quotes="609999999999999999")
    await place.world.read_everything()
    _, rows = await thread_of(place, HANA)
    told = {row["content"].get("text"): row["quotes"] for row in rows if row["author"] == "contact"}
    assert told["急須はありますか"] is None
    assert told[""] == {"seq": 2, "author": "agent", "kind": "text", "text": "青と白がございます", "unsent": False}
    assert (told["やはり白で"]["seq"], told["やはり白で"]["text"], told["やはり白で"]["unsent"]) == (3, "", True)
    assert (told["前の件も"]["seq"], told["前の件も"]["author"]) == (None, None)


async def test_an_agent_quotes_and_line_shows_it_as_its_own_and_what_has_no_token_is_said_in_words(
    place: Place,
) -> None:
    await place.line.customer_says(HANA, "急須はありますか")
    await place.line.customer_says(HANA, Sticker("52002734", "11537"))  # LINE gives no token for it
    await place.world.read_everything()
    found = await place.conversation(HANA)
    house, me = place.world.house, place.shop.agents["林薇"]

    async def says(text: str, quotes: int) -> None:
        async with house.db.transaction(place.shop.id) as tx:
            await conversations.reply(tx, found["id"], id=uuid4(), content=Text(text), agent_id=me, quotes=quotes)
        await place.send_until_quiet()

    await says("ございます", 1)
    await says("先ほどの件です", 3)  # our own reply, and after it our own push: each came back with its token
    await says("明日届きます", 4)
    await says("かわいい", 2)
    told = [(one["text"], one.get("quoteToken")) for one in place.line.received(HANA)]
    ours = [f"quote-{one['id']}" for one in place.line.received(HANA)]
    assert (told[0][1] or "").startswith("quote-")
    assert told[0][1] not in ours
    assert told[1:3] == [("先ほどの件です", ours[0]), ("明日届きます", ours[1])]
    assert told[3] == ("「[sticker]」\nかわいい", None)
    _, rows = await thread_of(place, HANA)
    quoted = [(row["quotes"] or {}).get("text") for row in rows]
    assert quoted == [None, None, "急須はありますか", "ございます", "先ほどの件です", ""]
    assert rows[5]["content"]["text"] == "かわいい"  # the thread keeps what was written
    # Nothing that only the team reads, and nothing that was taken back.
    async with house.db.transaction(place.shop.id) as tx:
        note = await conversations.note(tx, found["id"], id=uuid4(), text="内緒", agent_id=me, quotes=1)
        inner = await conversations.note(tx, found["id"], id=uuid4(), text="同感", agent_id=me, quotes=note)
        taken = await tx.fetchval(
            "select external_id from message where workspace_id = $1 and conversation_id = $2 and seq = 2",
            place.shop.id,
            found["id"],
        )
        await conversations.unsend(tx, place.line_door.inbox_id, [taken])
    for quotes in (note, 2, 99):
        async with house.db.transaction(place.shop.id) as tx:
            with pytest.raises(conversations.Refused, match="cannot_quote"):
                await conversations.reply(tx, found["id"], id=uuid4(), content=Text("x"), agent_id=me, quotes=quotes)
    _, rows = await thread_of(place, HANA)
    assert [(row["seq"], row["quotes"]["seq"]) for row in rows if row["is_note"]] == [(note, 1), (inner, note)]


async def test_customers_see_that_they_were_read_only_where_the_inbox_wants_it(place: Place) -> None:
    house, me = place.world.house, place.shop.agents["林薇"]

    async def is_read(text: str) -> tuple[str, str]:
        """Say it, let an agent read it: up to where LINE was told, and the message's own id."""
        number = await place.line.customer_says(HANA, text)
        await place.world.read_everything()
        found = await place.conversation(HANA)
        async with house.db.transaction(place.shop.id) as tx:
            await conversations.mark_read(tx, found["id"], agent_id=me, seq=found["last_seq"])
        await place.world.follow_everything(place.shop.id)
        await place.send_until_quiet()
        return place.line.chats[HANA].read_up_to, number

    assert (await is_read("もしもし"))[0] == ""
    async with house.db.transaction(place.shop.id) as tx:
        manifest = channels.get("line").manifest
        wanted = {"mark_read": "true"}
        await inboxes.change(tx, manifest, place.line_door.inbox_id, sealer=house.sealer, by=me, settings=wanted)
    place.world.doors.forget()
    told, number = await is_read("いますか")
    assert told == number
    number = await place.line.customer_says(HANA, "ありがとう")
    await place.world.read_everything()
    assert place.line.chats[HANA].read_up_to == told
    await place.answer(HANA, "こちらこそ")  # who answers has read
    await place.world.follow_everything(place.shop.id)
    await place.send_until_quiet()
    assert place.line.chats[HANA].read_up_to == number
    assert place.line.calls["read"] == 2
