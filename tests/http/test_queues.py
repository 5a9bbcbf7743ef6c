"""Queues over the API: set up by a supervisor, led to by inboxes, handed into, listed, and nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest_asyncio

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Front, arrives, open_front

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


async def test_an_inbox_leads_into_a_queue_and_a_conversation_is_handed_into_another(front: Front) -> None:
    shop, agents = await front.opens("Kotori", "mei")
    boss, mei = agents["boss"], agents["mei"]
    inbox_id = (await shop.connects("line", secrets=LINE)).inbox_id
    sales = (await boss.post("/api/queues", {"name": "Sales", "agents": [str(mei.id)], "everybody": False})).json()
    refunds = (await boss.post("/api/queues", {"name": "Refunds", "needs": {"refunds": 2}, "priority": 1})).json()
    assert (sales["agents"], refunds["needs"], refunds["sticky_days"]) == ([str(mei.id)], {"refunds": 2}, 30)
    assert (await boss.patch(f"/api/inboxes/{inbox_id}", {"queue_id": sales["id"]})).status_code == 200
    front.world.doors.forget()
    one = await arrives(shop, inbox_id, "Aoi", "hello")
    row = (await mei.get("/api/conversations", view="queue", queue=sales["id"])).json()["rows"][0]
    assert (row["id"], row["queue_id"], row["priority"], row["contact"]["vip"]) == (str(one), sales["id"], 0, False)
    handed = await mei.post(f"/api/conversations/{one}/transfer", {"agent_id": None, "queue_id": refunds["id"], "note": "wants money back"})  # fmt: skip
    assert handed.json()["queue_id"] == refunds["id"]
    assert (await mei.get("/api/conversations", view="queue", queue=sales["id"])).json()["rows"] == []
    counts = (await mei.get("/api/counts")).json()
    assert [counts["queues"][id_]["count"] for id_ in (sales["id"], refunds["id"])] == [0, 1]
    assert (await mei.post("/api/queue/pull")).json() == {"conversation_id": None}  # she has no skill for it
    able = await boss.patch(f"/api/agents/{mei.id}", {"skills": {"refunds": 3}})
    assert able.json()["skills"] == {"refunds": 3}
    assert (await mei.post("/api/queue/pull")).json() == {"conversation_id": str(one)}
    line = (await mei.get(f"/api/conversations/{one}/messages")).json()["rows"][-2]["content"]
    assert (line["what"], line["queue"], line["note"]) == ("queued", "Refunds", "wants money back")


async def test_nonsense_about_queues_is_refused_with_a_sentence(front: Front) -> None:
    _, agents = await front.opens("Kotori")
    _, others = await front.opens("Others", "jun")
    boss = agents["boss"]
    first = (await boss.get("/api/queues")).json()[0]
    gone = await boss.delete(f"/api/queues/{first['id']}")
    assert (gone.status_code, gone.json()["error"]) == (409, "last_queue")
    theirs = await boss.post("/api/queues", {"name": "Night", "everybody": False, "agents": [str(others["jun"].id)]})
    assert theirs.status_code == 404
    assert len((await boss.get("/api/queues")).json()) == 1
    for wrong in ({"name": " "}, {"name": "x", "needs": {"two words": 1}}, {"name": "x", "needs": {"ja": 9}}, {"name": "x", "overflow_minutes": 0}, {"name": "x", "priority": 5}):  # fmt: skip
        assert (await boss.post("/api/queues", wrong)).status_code == 422, wrong
    assert (await boss.post("/api/queues", {"name": "x", "overflow_queue_id": str(uuid4())})).status_code == 404
    assert (await boss.http.put(f"/api/queues/{first['id']}", json={"name": "x", "overflow_minutes": 5, "overflow_queue_id": first["id"]})).json()["error"] == "in_a_circle"  # fmt: skip


async def test_who_counts_as_vip_is_served_earlier_from_then_on(front: Front) -> None:
    shop, agents = await front.opens("Kotori", "mei")
    mei = agents["mei"]
    inbox_id = (await shop.connects("line", secrets=LINE)).inbox_id
    first = await arrives(shop, inbox_id, "Aoi", "hello")
    front.world.clock.forward(minutes=5)
    second = await arrives(shop, inbox_id, "Ren", "hello")
    contact = (await mei.get(f"/api/conversations/{second}")).json()["contact"]["id"]
    version = (await mei.get(f"/api/contacts/{contact}")).json()["version"]
    known = await mei.patch(f"/api/contacts/{contact}", {"version": version, "vip": True})
    assert known.json()["vip"] is True
    pulled = [(await mei.post("/api/queue/pull")).json()["conversation_id"] for _ in range(2)]
    assert pulled == [str(second), str(first)]
