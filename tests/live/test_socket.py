"""The live socket: who gets one, what garbage does to it, and what colleagues hear of each other."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from guanxi.infra.postgres import Server
from guanxi.live import Hub, TooSlow
from tests.databases import open_folder
from tests.http.desk import Front, arrives, open_front

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": ""},
        {"cookie": "guanxi=" + "A" * 43},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://127.0.0.1.evil.example"},
    ],
    ids=str,
)
async def test_a_socket_needs_the_cookie_and_the_house_as_origin(front: Front, headers: dict[str, str]) -> None:
    _, people = await front.opens("Closed")
    with pytest.raises(InvalidStatus):
        async with people["boss"].socket(**headers):
            pass


@pytest.mark.parametrize(
    ("garbage", "code"),
    [
        ("not json", 4400),
        ("{}", 4400),
        ('{"type":"event"}', 4400),
        ('{"type":"watch","conversation":"x"}', 4400),
        ('{"type":"typing","conversation":7,"on":true}', 4400),
        ("[" * 3000, 4400),
        ('{"type":"ping","x":"' + "y" * 5000 + '"}', 4400),
        (b"\x00\xff\xfe", 4400),
    ],
    ids=lambda given: str(given)[:20],
)
async def test_garbage_closes_its_own_socket_and_no_other(front: Front, garbage: str | bytes, code: int) -> None:
    _, people = await front.opens("Garbage")
    async with people["boss"].socket() as good, people["boss"].socket() as bad:
        await bad.socket.send(garbage)
        with pytest.raises(ConnectionClosed) as closed:
            await bad.hear(lambda frame: False)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code
        await good.say(type="ping")
        await good.hear(lambda frame: frame == {"type": "pong"})


async def test_a_flood_of_frames_closes_the_socket(front: Front) -> None:
    _, people = await front.opens("Flood")
    async with people["boss"].socket() as ears:

        async def flood() -> None:
            for _ in range(500):
                await ears.say(type="ping")
            await ears.hear(lambda frame: False)

        with pytest.raises(ConnectionClosed) as closed:
            await flood()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4429


async def test_nobody_hears_another_workspace(front: Front) -> None:
    ours, us = await front.opens("Ours")
    theirs, them = await front.opens("Theirs")
    our_door, their_door = await ours.connects("line", secrets=LINE), await theirs.connects("line", secrets=LINE)
    async with us["boss"].socket() as our_ears, them["boss"].socket() as their_ears:
        id_ = await arrives(theirs, their_door.inbox_id, "canary", "canary of theirs")
        await their_ears.say(type="typing", conversation=id_, on=True)
        await their_ears.hear(lambda frame: frame["type"] == "typing")
        await our_ears.say(type="watch", conversation=id_)
        await our_ears.say(type="resume", cursor="0:0")
        await arrives(ours, our_door.inbox_id, "ours", "the end")
        await our_ears.hear(lambda frame: (frame.get("message") or {}).get("content", {}).get("text") == "the end")
    assert "canary" not in json.dumps(our_ears.heard)
    assert str(theirs.id) not in json.dumps(our_ears.heard)


async def test_colleagues_see_who_looks_and_who_types(front: Front) -> None:
    shop, people = await front.opens("Looking", "mei", "jun")
    door = await shop.connects("line", secrets=LINE)
    id_ = await arrives(shop, door.inbox_id, "x", "hello")
    mei_id = str(people["mei"].id)
    async with people["mei"].socket() as mei, people["jun"].socket() as jun:
        await jun.say(type="watch", conversation=id_)
        await jun.hear(lambda frame: frame["type"] == "viewing" and len(frame["agents"]) == 1)
        await mei.say(type="watch", conversation=id_)
        both = await jun.hear(lambda frame: frame["type"] == "viewing" and len(frame["agents"]) == 2)
        assert {agent["name"] for agent in both["agents"]} == {"mei", "jun"}
        await mei.say(type="typing", conversation=id_, on=True)
        typing = await jun.hear(lambda frame: frame["type"] == "typing")
        assert (typing["conversation"], typing["by"], typing["on"]) == (str(id_), "mei", True)
        now = await jun.hear(lambda frame: frame["type"] == "viewing")
        assert {"id": mei_id, "name": "mei", "typing": True} in now["agents"]
        await mei.socket.close()
        await jun.hear(lambda frame: frame["type"] == "viewing" and [a["name"] for a in frame["agents"]] == ["jun"])


async def test_a_socket_is_a_sign_of_life(front: Front) -> None:
    shop, people = await front.opens("Alive")
    boss = people["boss"]
    async with boss.socket() as ears, asyncio.timeout(60), front.world.house.db.reading(shop.id) as tx:
        while await tx.fetchval("select seen_at from agent where id = $1", boss.id) is None:
            with contextlib.suppress(TimeoutError):
                await ears.hear(lambda frame: False, seconds=0.1)


async def test_signing_out_closes_the_sockets_of_that_sign_in(front: Front) -> None:
    _, people = await front.opens("Out")
    async with people["boss"].socket() as ears:
        assert (await people["boss"].post("/api/sign-out")).status_code == 200
        with pytest.raises(ConnectionClosed) as closed:
            await ears.hear(lambda frame: False)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


async def test_a_receiver_that_does_not_keep_up_is_told_so_and_slows_nobody(front: Front) -> None:
    shop, _ = await front.opens("Slow")
    door = await shop.connects("line", secrets=LINE)
    house = front.world.house
    hub = Hub(house.bus, house.db.reading, lambda workspace_id, body: body)
    slow, quick = hub.subscribe(shop.id, places=3), hub.subscribe(shop.id)
    await quick.cursor()
    await arrives(shop, door.inbox_id, "x", *[f"hi {n}" for n in range(10)])
    heard = 0
    async for frame in quick:
        heard += len(frame.seqs)
        if heard == 10:
            break
    with pytest.raises(TooSlow):
        async for _ in slow:
            pass
    await hub.stop()


async def test_unknown_paths_take_no_socket(front: Front) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(front.base.replace("http", "ws") + "/api/nothing"):
            pass


async def test_a_reply_is_heard_by_colleagues_with_its_row_and_its_message(front: Front) -> None:
    shop, people = await front.opens("Hearing", "mei")
    door = await shop.connects("line", secrets=LINE)
    id_ = await arrives(shop, door.inbox_id, "x", "hello")
    async with people["mei"].socket() as ears:
        said = {"id": str(uuid4()), "content": {"kind": "text", "text": "Hi"}}
        written = (await people["boss"].post(f"/api/conversations/{id_}/replies", said)).json()
        frame = await ears.hear(lambda frame: frame.get("kind") == "message.sent")
        assert frame["message"] == written
        assert (frame["row"]["last_text"], frame["row"]["version"]) == ("Hi", frame["version"])
        assert frame["reply"]["can"] is True
