"""What arrives is read once, in order; what cannot be read hinders nobody."""

from __future__ import annotations

import asyncio
import random
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from guanxi import contacts, conversations, inboxes
from guanxi.channel_kit import Request
from guanxi.content import Image, Media, Text, Voice
from guanxi.demo.platforms.pictures import tea_tin
from guanxi.infra.group_commit import Full, GroupCommit
from guanxi.infra.postgres import Server
from guanxi.pipeline.accept import accept
from tests.places import open_place
from tests.stories.test_line_message import SECRETS, line_request
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio
RECORDING = Path(__file__).parents[1] / "browser" / "recordings" / "tone.speex"
YUKI, CHEN = "U" + "1" * 32, "oChenYu0000000000000000001"


async def texts(world: World, shop: Shop) -> list[str]:
    async with world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch(
            "select content from message where workspace_id = $1 and author = 'contact' order by conversation_id, seq",
            shop.id,
        )
    return [row["content"].get("text", row["content"]["kind"]) for row in rows]


async def events_of(world: World, shop: Shop, problem: bool = False) -> list[Any]:
    async with world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch(
            "select state, attempts, problem, body from inbound_event where workspace_id = $1 order by seq", shop.id
        )
    return [row for row in rows if not problem or row["problem"]]


async def test_a_forged_request_is_refused_and_nothing_of_it_is_stored(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        door = await shop.connects("line", secrets=SECRETS)
        genuine = line_request("hi", "1")
        for forged in (
            msgspec.structs.replace(genuine, body=genuine.body.replace(b"hi", b"ho")),
            msgspec.structs.replace(genuine, headers={}),
            msgspec.structs.replace(genuine, headers={"x-line-signature": "é" * 44}),
        ):
            answer = await accept(world.doors, world.ingest, door.address, forged)
            assert answer.status == 401
        assert (await accept(world.doors, world.ingest, "guessed", genuine)).status == 404
        assert await events_of(world, shop) == []
        assert (await accept(world.doors, world.ingest, door.address, genuine)).status == 200
        assert len(await events_of(world, shop)) == 1


async def test_senseless_events_are_thanked_put_aside_and_hinder_nobody(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        door = await shop.connects("line", secrets=SECRETS)
        for n in range(40):
            request = line_request(f"m{n}", str(n)) if n % 8 else Request(body=b"[" * 5000)
            await shop.hears(door, request)
        await world.read_everything()
        assert await texts(world, shop) == [f"m{n}" for n in range(40) if n % 8]
        aside = await events_of(world, shop, problem=True)
        assert len(aside) == 5
        assert all(row["state"] == 2 for row in aside)


async def test_nul_and_lone_surrogates_arrive_as_replacement_characters(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        door = await shop.connects("line", secrets=SECRETS)
        request = line_request("a?b", "1")
        await shop.hears(door, msgspec.structs.replace(request, body=request.body.replace(b"a?b", rb"a\u0000b\ud800c")))
        await world.read_everything()
        assert await texts(world, shop) == ["a\ufffdb\ufffdc"]


async def test_an_event_that_kills_its_reader_runs_alone_and_is_put_aside_after_three_attempts(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        door = await shop.connects("line", secrets=SECRETS)
        for n in range(3):
            await shop.hears(door, line_request(f"m{n}", str(n)))
        sizes = []
        for _ in range(4):  # readers that die right after they have taken a batch
            (batch,) = await inboxes.claim(world.house.db, most=5, largest=100, lease=30)
            if batch.is_unfinished:
                async with world.house.db.transaction(shop.id) as tx:
                    await inboxes.count_unfinished(tx, batch)
                (batch,) = await inboxes.claim(world.house.db, most=5, largest=100, lease=30)
            sizes.append(len(batch.seqs))
            async with world.house.db.transaction(shop.id) as tx:
                await tx.execute("update inbound_lane set locked_until = null where workspace_id = $1", shop.id)
        assert sizes == [3, 1, 1, 1]
        await world.read_everything()
        assert [row["attempts"] for row in await events_of(world, shop)] == [3, 2, 1]
        assert [row["state"] for row in await events_of(world, shop)] == [2, 1, 1]
        assert await texts(world, shop) == ["m1", "m2"]
        async with world.house.db.transaction(shop.id) as tx:
            seq = await tx.fetchval("select seq from inbound_event where workspace_id = $1 and state = 2", shop.id)
            await inboxes.replay(tx, door.inbox_id, seq)
        await world.read_everything()
        assert sorted(await texts(world, shop)) == ["m0", "m1", "m2"]


async def test_a_reader_that_is_stopped_in_the_middle_gives_its_inbox_back(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        door = await shop.connects("line", secrets=SECRETS)
        await shop.hears(door, line_request("one", "1"))
        await world.read_everything()
        await shop.hears(door, line_request("two", "2"))
        async with world.house.db.transaction(shop.id) as tx:  # the reader has to wait for this person
            await tx.fetch("select id from identity where workspace_id = $1 for update", shop.id)
            reading = asyncio.create_task(world.read_everything())
            while not await tx.fetchval("select batch from inbound_lane where workspace_id = $1", shop.id):
                await asyncio.sleep(0.01)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
        await world.read_everything()
        assert await texts(world, shop) == ["one", "two"]
        assert [event["attempts"] for event in await events_of(world, shop)] == [0, 0]


async def test_a_reader_that_is_stopped_before_it_hears_what_it_has_taken_gives_that_back_too(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        door = await shop.connects("line", secrets=SECRETS)
        await shop.hears(door, line_request("one", "1"))
        await world.read_everything()  # afterwards its question stands prepared, and is one round trip
        await shop.hears(door, line_request("two", "2"))
        locked, unlock = threading.Event(), threading.Event()

        async def let_it_take() -> None:
            """Elsewhere, while this process does nothing else: keep the claim waiting, then see it written down."""
            owner = await asyncpg.connect(**own_server.connect_args("guanxi_owner"))
            async with owner.transaction():
                await owner.execute("lock table inbound_event in access exclusive mode")
                locked.set()
                unlock.wait()
            await owner.close()
            looker = await asyncpg.connect(**own_server.connect_args("guanxi_directory"))
            while not await looker.fetchval("select batch from inbound_lane"):
                pass
            await looker.close()

        elsewhere = threading.Thread(target=asyncio.run, args=(let_it_take(),), daemon=True)
        elsewhere.start()
        locked.wait()
        reading = asyncio.create_task(world.read_everything())
        connection = await asyncpg.connect(**own_server.connect_args("guanxi_directory"))
        while not await connection.fetchval("select count(*) from pg_locks where not granted"):
            pass
        unlock.set()
        elsewhere.join(60)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert await connection.fetchval("select locked_until from inbound_lane") is None
        await connection.close()
        await world.read_everything()
        assert await texts(world, shop) == ["one", "two"]


async def test_shuffled_and_doubled_events_are_each_one_message(own_server: Server, tmp_path: Path) -> None:
    chance = random.Random(7)
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        door = await shop.connects("line", secrets=SECRETS)
        sent = [line_request(f"m{n}", str(n), f"U{n % 5:032d}") for n in range(60)] * 3
        chance.shuffle(sent)
        for request in sent:
            await shop.hears(door, request)
            if chance.random() < 0.1:
                await world.read_everything()
        await world.read_everything()
        assert sorted(await texts(world, shop)) == sorted(f"m{n}" for n in range(60))


async def test_a_full_queue_answers_503_and_keeps_what_it_holds(own_server: Server, tmp_path: Path) -> None:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("Kotori")
        door = await shop.connects("line", secrets=SECRETS)
        world.ingest._group._room = 0
        answer = await accept(world.doors, world.ingest, door.address, line_request("hi", "1"))
        assert answer.status == 503


async def test_one_bad_row_of_a_batch_fails_alone() -> None:
    written: list[int] = []

    async def write(rows: Any) -> None:
        if 3 in rows:
            raise ValueError("bad row")
        written.extend(rows)

    group: GroupCommit[int] = GroupCommit(write, room=6)
    puts = [asyncio.create_task(group.put(n, 0)) for n in range(6)]
    await asyncio.sleep(0)
    with pytest.raises(Full):
        await group.put(99, 0)
    await group.start()
    results = await asyncio.gather(*puts, return_exceptions=True)
    await group.stop()
    assert sorted(written) == [0, 1, 2, 4, 5]
    assert [type(result).__name__ for result in results] == ["NoneType"] * 3 + ["Unwritten"] + ["NoneType"] * 2


async def test_a_blocked_contact_is_kept_but_calls_nobody(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        world, shop = place.world, place.shop
        await place.wechat.customer_says(CHEN, "骂人的话")
        await world.read_everything()
        found = await place.conversation(CHEN)
        async with world.house.db.transaction(shop.id) as tx:
            identity = await contacts.get_identity(tx, found["identity_id"])
            await conversations.resolve(tx, found["id"], agent_id=shop.agents["林薇"])
            await contacts.block(tx, identity.contact_id, by=shop.agents["林薇"])
        world.clock.forward(hours=30)
        await place.wechat.customer_says(CHEN, "还在骂")
        await world.read_everything()
        newest = await place.conversation(CHEN)
        assert newest["state"] == conversations.RESOLVED
        assert (newest["unread"], newest["waiting_since"]) == (0, None)
        assert await texts(world, shop) == ["骂人的话", "还在骂"]


async def test_a_message_within_a_day_of_resolving_reopens_and_later_opens_anew(
    own_server: Server, tmp_path: Path
) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.line.customer_says(YUKI, "一")
        await place.world.read_everything()
        first = await place.conversation(YUKI)
        for hours, same in ((23, True), (25, False)):
            async with place.world.house.db.transaction(place.shop.id) as tx:
                current = await place.conversation(YUKI)
                await conversations.resolve(tx, current["id"], agent_id=None)
            place.world.clock.forward(hours=hours)
            await place.line.customer_says(YUKI, "次")
            await place.world.read_everything()
            now = await place.conversation(YUKI)
            assert (now["id"] == first["id"]) is same
            assert now["state"] == conversations.OPEN


async def test_an_unsent_message_loses_its_content_and_keeps_its_place(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        message_id = await place.line.customer_says(YUKI, "消してください")
        await place.world.read_everything()
        await place.line.customer_unsends(YUKI, message_id)
        await place.world.read_everything()
        async with place.world.house.db.reading(place.shop.id) as tx:
            row = await tx.fetchrow(
                "select state, content from message where workspace_id = $1 and seq = 1", place.shop.id
            )
        assert row["state"] == "unsent"
        assert row["content"] == {"kind": "text", "text": ""}


async def test_a_snoozed_conversation_wakes_when_its_time_has_come(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.line.customer_says(YUKI, "明日お願いします")
        await place.world.read_everything()
        found = await place.conversation(YUKI)
        async with place.world.house.db.transaction(place.shop.id) as tx:
            until = tx.now + timedelta(hours=3)
            await conversations.snooze(tx, found["id"], until=until, agent_id=place.shop.agents["林薇"])
        await place.world.send_everything()
        assert (await place.conversation(YUKI))["state"] == conversations.SNOOZED
        place.world.clock.forward(hours=4)
        async with place.world.house.db.transaction(place.shop.id) as tx:
            await tx.execute(
                "update lane set next_at = now() where workspace_id = $1 and key like 'wake:%'", place.shop.id
            )
        await place.world.send_everything()
        assert (await place.conversation(YUKI))["state"] == conversations.OPEN


async def test_a_picture_and_a_recording_are_fetched_and_stand_in_their_messages(
    own_server: Server, tmp_path: Path
) -> None:
    speex = RECORDING.read_bytes()
    async with open_place(own_server, tmp_path) as place:
        await place.wechat.customer_says(CHEN, Image(Media(name="cup.png", type="image/png")), tea_tin())
        await place.wechat.customer_says(CHEN, Voice(Media(type="application/octet-stream")), speex)
        await place.world.read_everything()
        await place.world.send_everything()
        async with place.world.house.db.reading(place.shop.id) as tx:
            rows = await tx.fetch(
                "select content from message where workspace_id = $1 and author = 'contact' order by seq", place.shop.id
            )
        picture, recording = (row["content"]["media"] for row in rows)
        assert picture["type"] == "image/png"
        assert picture["width"] > 0
        assert await place.world.house.media.read(place.shop.id, picture["key"]) == tea_tin()
        # its push called it AMR and its answer nothing at all
        assert (recording["type"], recording["duration"], recording["size"]) == ("audio/speex", 2000, len(speex))


async def test_another_workspaces_conversation_cannot_be_answered(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.line.customer_says(YUKI, "もしもし")
        await place.world.read_everything()
        found = await place.conversation(YUKI)
        other = await place.world.shop("别家")
        with pytest.raises(conversations.NotFound):
            async with place.world.house.db.transaction(other.id) as tx:
                await conversations.reply(tx, found["id"], id=uuid4(), content=Text("x"), agent_id=other.agents["林薇"])
