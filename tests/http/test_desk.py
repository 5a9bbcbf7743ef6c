"""The desk's API as the desktop uses it, over a real server."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest_asyncio
from PIL import Image

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.world import Shop

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


@pytest_asyncio.fixture(scope="module")
async def opened(front: Front) -> tuple[Shop, dict[str, Agent], UUID]:
    shop, agents = await front.opens("Kotori", "mei", "jun")
    door = await shop.connects("line", secrets=LINE)
    return shop, agents, door.inbox_id


async def test_a_conversation_is_listed_read_answered_and_resolved(opened: tuple[Shop, dict[str, Agent], UUID]) -> None:
    shop, agents, inbox_id = opened
    mei = agents["mei"]
    id_ = await arrives(shop, inbox_id, "Haruka", "サイズ交換できますか", "お願いします")
    page = (await mei.get("/api/conversations", view="queue")).json()
    row = page["rows"][0]
    assert row["id"] == str(id_)
    assert (row["contact"]["name"], row["unread"], row["last_text"]) == ("Haruka", 2, "お願いします")
    assert row["last_at"].endswith("Z")

    assert (await mei.post(f"/api/conversations/{id_}/assign", {"agent_id": str(mei.id)})).status_code == 200
    assert (await mei.get("/api/counts")).json()["mine"] == {"count": 1, "capped": False}

    said = {"id": str(uuid4()), "content": {"kind": "text", "text": "はい、承ります"}, "seen_seq": 3}
    answer = await mei.post(f"/api/conversations/{id_}/replies", said)
    again = await mei.post(f"/api/conversations/{id_}/replies", said)
    assert answer.status_code == 201, answer.text
    assert answer.json() == again.json()
    assert answer.json()["agent"]["name"] == "mei"

    thread = (await mei.get(f"/api/conversations/{id_}/messages")).json()
    assert [m["seq"] for m in thread["rows"]] == [1, 2, 3, 4]
    assert [m["author"] for m in thread["rows"]] == ["contact", "contact", "system", "agent"]
    assert thread["rows"][2]["content"] == {"kind": "event", "what": "assigned", "by": "mei", "to": "mei"}

    resolved = await mei.post(f"/api/conversations/{id_}/resolve")
    assert resolved.json()["state"] == "resolved"
    detail = (await mei.get(f"/api/conversations/{id_}")).json()
    assert detail["version"] == resolved.json()["version"]
    assert set(detail["reply"]) == {
        "can",
        "rating",
        "reason",
        "window",
        "sends",
        "after_window",
        "outside",
        "paused",
        "public",
        "recall_within",
    }


async def test_a_colleague_who_answered_first_is_named_before_a_second_answer_goes(
    opened: tuple[Shop, dict[str, Agent], UUID],
) -> None:
    shop, agents, inbox_id = opened
    id_ = await arrives(shop, inbox_id, "Two", "hello?")
    first = {"id": str(uuid4()), "content": {"kind": "text", "text": "Hi"}, "seen_seq": 1}
    assert (await agents["jun"].post(f"/api/conversations/{id_}/replies", first)).status_code == 201
    second = {"id": str(uuid4()), "content": {"kind": "text", "text": "Hello"}, "seen_seq": 1}
    refused = await agents["mei"].post(f"/api/conversations/{id_}/replies", second)
    assert (refused.status_code, refused.json()["error"], refused.json()["by"]) == (409, "newer_reply", "jun")
    assert (await agents["mei"].post(f"/api/conversations/{id_}/replies", second | {"force": True})).status_code == 201


async def test_pages_of_the_list_follow_each_other_without_gaps_and_without_repeats(
    opened: tuple[Shop, dict[str, Agent], UUID],
) -> None:
    shop, agents, inbox_id = opened
    made = set()
    for n in range(7):
        made.add(str(await arrives(shop, inbox_id, f"page {n}", "hi")))  # all in the same microsecond
    for sort in ("newest", "waiting"):
        seen: list[str] = []
        after = None
        while True:
            query = {"view": "queue", "limit": 3, "sort": sort} | ({"after": after} if after else {})
            page = (await agents["mei"].get("/api/conversations", **query)).json()
            seen += [row["id"] for row in page["rows"]]
            after = page["next"]
            if after is None:
                break
        assert len(seen) == len(set(seen))
        assert made <= set(seen)


async def test_words_are_found_in_messages_and_names(opened: tuple[Shop, dict[str, Agent], UUID]) -> None:
    shop, agents, inbox_id = opened
    first = await arrives(shop, inbox_id, "陈雨", "我的青瓷茶杯什么时候发货？订单 880012345678")
    other = await arrives(shop, inbox_id, "Mina", "환불 받고 싶어요. ＡＢＣ１２３")
    await shop.world.follow_everything(shop.id)
    for words, expected in {
        "发货": first, "茶杯": first, "货": first, "陈雨": first, "88001": first, "5678": first, "환불": other,
        "abc12": other, "mina": other,
    }.items():  # fmt: skip
        page = (await agents["mei"].get("/api/conversations", view="any", q=words)).json()
        assert [row["id"] for row in page["rows"]] == [str(expected)], words
    found = (await agents["mei"].get("/api/conversations", view="any", q="发货")).json()["rows"][0]["found"]
    assert "发货" in found["text"]
    assert (await agents["mei"].get("/api/conversations", view="any", q="货发")).json()["rows"] == []


async def test_a_contact_is_changed_only_over_its_newest_version(opened: tuple[Shop, dict[str, Agent], UUID]) -> None:
    shop, agents, inbox_id = opened
    id_ = await arrives(shop, inbox_id, "Old name", "hi")
    mei = agents["mei"]
    contact_id = (await mei.get(f"/api/conversations/{id_}")).json()["contact"]["id"]
    contact = (await mei.get(f"/api/contacts/{contact_id}")).json()
    assert [c["id"] for c in contact["conversations"]] == [str(id_)]
    changed = await mei.patch(f"/api/contacts/{contact_id}", {"version": contact["version"], "name": "New name"})
    assert changed.json()["name"] == "New name"
    stale = await mei.patch(f"/api/contacts/{contact_id}", {"version": contact["version"], "name": "Third"})
    assert (stale.status_code, stale.json()["error"]) == (409, "stale")
    blocked = await mei.post(f"/api/contacts/{contact_id}/block", {"blocked": True})
    assert blocked.json()["blocked"] is True


async def test_a_file_is_kept_sent_and_shown_by_a_signed_address(opened: tuple[Shop, dict[str, Agent], UUID]) -> None:
    shop, agents, inbox_id = opened
    mei = agents["mei"]
    id_ = await arrives(shop, inbox_id, "Picture", "show me")
    picture = io.BytesIO()
    Image.new("RGB", (3, 2), "teal").save(picture, "PNG")
    file = ("../杯子.png", picture.getvalue(), "text/html")
    kept = await mei.http.post("/api/files", files={"file": file})
    assert kept.status_code == 201, kept.text
    assert (kept.json()["name"], kept.json()["width"], kept.json()["height"]) == ("杯子.png", 3, 2)
    assert kept.json()["type"] == "image/png"
    said = {"id": str(uuid4()), "content": {"kind": "image", "media": {"key": kept.json()["key"]}}}
    written = await mei.post(f"/api/conversations/{id_}/replies", said)
    assert written.status_code == 201, written.text
    url = written.json()["content"]["media"]["url"]
    shown = await mei.http.get(url)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert shown.content.startswith(b"\x89PNG")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert (await mei.http.get(url[:-1] + ("A" if url[-1] != "A" else "B"))).status_code == 404


async def test_quick_phrases_are_shared_and_their_shortcuts_are_single(
    opened: tuple[Shop, dict[str, Agent], UUID],
) -> None:
    _, agents, _ = opened
    added = await agents["mei"].post("/api/quick-phrases", {"shortcut": "ship", "text": "It ships today."})
    assert added.status_code == 201
    twice = await agents["jun"].post("/api/quick-phrases", {"shortcut": "SHIP", "text": "…"})
    assert (twice.status_code, twice.json()["error"]) == (409, "shortcut_taken")
    assert (await agents["jun"].get("/api/quick-phrases")).json() == [added.json()]
    assert (await agents["jun"].delete(f"/api/quick-phrases/{added.json()['id']}")).status_code == 200
    assert (await agents["jun"].get("/api/quick-phrases")).json() == []


async def test_a_personal_phrase_is_nobody_elses_and_shares_no_shortcut(
    opened: tuple[Shop, dict[str, Agent], UUID],
) -> None:
    _, agents, _ = opened
    mei, jun = agents["mei"], agents["jun"]
    shared = (await jun.post("/api/quick-phrases", {"shortcut": "bye", "text": "Good bye."})).json()
    own = await mei.post("/api/quick-phrases", {"shortcut": "bye", "text": "Bye, 梅", "personal": True})
    again = await mei.post("/api/quick-phrases", {"shortcut": "Bye", "text": "…", "personal": True})
    assert (own.status_code, again.json()["error"]) == (201, "shortcut_taken")
    address = f"/api/quick-phrases/{own.json()['id']}"
    assert (await mei.get("/api/quick-phrases")).json() == [own.json(), shared]
    assert (await jun.get("/api/quick-phrases")).json() == [shared]
    assert (await jun.patch(address, {"text": "stolen"})).status_code == 404
    assert (await jun.delete(address)).status_code == 404
    assert (await mei.patch(address, {"text": "Bye!"})).json()["text"] == "Bye!"
    for one in (own.json(), shared):
        assert (await mei.delete(f"/api/quick-phrases/{one['id']}")).status_code == 200


async def test_an_inbox_is_connected_with_its_secrets_hidden_for_ever(
    opened: tuple[Shop, dict[str, Agent], UUID],
) -> None:
    _, agents, _ = opened
    boss = agents["boss"]
    channels = {one["key"]: one for one in (await boss.get("/api/channels")).json()}
    assert channels["line"]["words"]["en"]["title"]
    assert channels["line"]["icon"].startswith("<svg")
    wrong = await boss.post("/api/inboxes", {"channel": "line", "name": "Shop", "settings": {"x": "1"}})
    assert wrong.status_code == 422
    assert wrong.json()["fields"]["channel_secret"] == "missing"
    made = await boss.post("/api/inboxes", {"channel": "line", "name": "Shop", "secrets": LINE})
    assert made.status_code == 201, made.text
    assert made.json()["secrets_set"] == ["channel_access_token", "channel_secret"]
    assert LINE["channel_secret"] not in made.text
    assert made.json()["webhook_url"].endswith("/in/" + made.json()["address"])
    path = f"/api/inboxes/{made.json()['id']}"
    assert (await boss.patch(path, {"name": "Renamed"})).json()["name"] == "Renamed"
    assert (await boss.get(f"{path}/quarantine")).json() == {"rows": [], "next": None}
    assert (await boss.delete(path)).status_code == 200
    assert made.json()["id"] not in (await boss.get("/api/inboxes")).text
