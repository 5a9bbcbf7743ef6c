"""What is said in public stays apart from what is said in private, everywhere, and nobody has to guess which is which."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.channels.application import Connected, message

POST = {"id": "p-9", "medium": "comment", "author": "Qinghe", "is_ours": True, "text": "New glazes are in."}


def comment(id_: str, words: str, *, who: str = "u-7", post: str = "p-9", **about: Any) -> dict[str, Any]:
    said = message(id_, kind="text", text=words)
    return {**said, "from": {"id": who, "name": who}, "post": {**POST, "id": post, **about}}


async def listed(connected: Connected, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await connected.boss.get("/api/conversations", **query)).json()["rows"]
    return rows


async def answers(connected: Connected, row: dict[str, Any], text: str, **more: Any) -> Any:
    body = {"id": str(uuid4()), "content": {"kind": "text", "text": text}, **more}
    answer = await connected.boss.post(f"/api/conversations/{row['id']}/replies", body)
    await connected.front.world.send_everything()
    return answer


async def test_one_author_has_one_conversation_under_a_post_and_another_in_private(connected: Connected) -> None:
    for said in (
        comment("c-1", "Is the blue one back?"),
        comment("c-2", "Hello?", text="The post as somebody changed it"),
        comment("c-3", "Me too", who="u-8"),
        comment("c-4", "And this?", post="p-10"),
        message("m-1", kind="text", text="My number is 555"),
        {**message("m-2", kind="text", text="A private thread of that name"), "thread": "post:p-9"},
    ):
        assert (await connected.posts(said)).status_code == 202
    rows = await listed(connected, limit=50)
    assert sorted((row["is_public"], row["medium"], row["last_text"]) for row in rows) == [
        (False, "chat", "A private thread of that name"),
        (False, "chat", "My number is 555"),
        (True, "comment", "And this?"),
        (True, "comment", "Hello?"),
        (True, "comment", "Me too"),
    ]
    under = [row["post"] for row in rows if row["is_public"]]
    assert {(post["text"], post["is_ours"], post["audience"]) for post in under} == {
        ("New glazes are in.", True, "everyone")
    }
    assert len({post["id"] for post in under}) == 2
    assert all(row["post"] is None for row in rows if not row["is_public"])
    assert len(await listed(connected, public="true")) == 3
    assert {row["is_public"] for row in await listed(connected, public="false", view="all")} == {False}
    await connected.front.world.follow_everything(connected.shop.id)
    assert [row["is_public"] for row in await listed(connected, public="true", q="Hello")] == [True]
    assert await listed(connected, public="false", q="Hello") == []


async def test_whoever_answers_in_public_has_to_say_so_and_nothing_private_goes_there(connected: Connected) -> None:
    await connected.posts(comment("c-1", "Is the blue one back?"))
    await connected.posts(message("m-1", kind="text", text="My number is 555"))
    [public] = await listed(connected, public="true")
    [private] = await listed(connected, public="false")
    refused = await answers(connected, public, "Call us")
    assert (refused.status_code, refused.json()["error"]) == (409, "is_public")
    refused = await answers(connected, private, "We call 555", public=True)
    assert (refused.status_code, refused.json()["error"]) == (409, "is_private")
    assert connected.app.heard == {}
    assert (await answers(connected, public, "On Friday!", public=True)).status_code == 201
    await connected.posts(comment("c-2", "Thanks"))
    assert (await answers(connected, public, "Gladly", public=True)).status_code == 201
    assert (await answers(connected, private, "We call 555")).status_code == 201
    told = [
        (one["content"]["text"], one["public"], one["post"], one["answers"]) for one in connected.app.heard.values()
    ]
    assert told == [
        ("On Friday!", True, "p-9", "c-1"),
        ("Gladly", True, "p-9", "c-2"),
        ("We call 555", False, "", ""),
    ]
    detail = (await connected.boss.get(f"/api/conversations/{public['id']}")).json()
    assert (detail["reply"]["can"], detail["reply"]["public"]) == (True, True)
    assert set(detail["reply"]["sends"]) == {"text", "image"}


async def test_a_public_matter_goes_on_in_private_with_the_same_person(connected: Connected) -> None:
    await connected.boss.patch("/api/workspace", {"greeting": "Welcome!"})
    await connected.posts(comment("c-1", "My order 17 is broken"))
    [public] = await listed(connected, public="true")
    _, people = await connected.front.opens("Kotori")
    assert (await people["boss"].post(f"/api/conversations/{public['id']}/private")).status_code == 404
    private = (await connected.boss.post(f"/api/conversations/{public['id']}/private")).json()
    assert (private["is_public"], private["contact"]["id"]) == (False, public["contact"]["id"])
    assert private["assignee"]["id"] == str(connected.boss.id)
    assert [one["id"] for one in private["linked"]] == [public["id"]]
    assert private["linked"][0]["text"] == "New glazes are in."
    again = await connected.boss.post(f"/api/conversations/{public['id']}/private")
    assert (again.json()["id"], again.json()["version"]) == (private["id"], private["version"])
    back = (await connected.boss.get(f"/api/conversations/{public['id']}")).json()
    assert [(one["id"], one["is_public"]) for one in back["linked"]] == [(private["id"], False)]
    wrong = await connected.boss.post(f"/api/conversations/{private['id']}/private")
    assert (wrong.status_code, wrong.json()["error"]) == (409, "is_private")
    await connected.posts(message("m-1", kind="text", text="Here is my address"))
    await connected.front.world.follow_everything(connected.shop.id)
    await connected.front.world.send_everything()
    said = (await connected.boss.get(f"/api/conversations/{private['id']}/messages")).json()["rows"]
    told = [one["content"].get("what") or one["content"].get("text") for one in said]
    assert told == ["follows_up", "assigned", "Here is my address"]
    assert connected.app.heard == {}  # no greeting, neither to all nor where an agent has the first word
    page = await connected.boss.get(f"/api/conversations/{public['id']}/transcript", form="txt", language="en")
    assert "Who reads it: Public" in page.text
    assert "Post: our own: New glazes are in." in page.text


async def test_a_rule_asks_who_reads_along_and_speaks_in_public_only_when_it_is_told_to(connected: Connected) -> None:
    def rule(name: str, *actions: dict[str, Any], **when: Any) -> dict[str, Any]:
        conditions = [{"on": "public", **when}] if when else []
        return {"name": name, "kind": "message.received", "conditions": conditions, "actions": actions, "is_on": True}

    for one in (
        rule("only in public", {"do": "tag", "add": ["shown"]}, holds=True),
        rule("only in private", {"do": "tag", "add": ["alone"]}, holds=False),
        rule("wherever", {"do": "reply", "text": "We are coming."}),
        rule("before all", {"do": "reply", "text": "Thank you all.", "public": True}, holds=True),
    ):
        assert (await connected.boss.post("/api/rules", one)).status_code == 201
    await connected.posts(comment("c-1", "Is the blue one back?"))
    await connected.posts(message("m-1", kind="text", text="My number is 555"))
    for _ in range(2):
        await connected.front.world.follow_everything(connected.shop.id)
        await connected.front.world.send_everything()
    rows = await listed(connected)
    assert sorted((row["is_public"], row["tags"]) for row in rows) == [(False, ["alone"]), (True, ["shown"])]
    told = sorted((one["public"], one["content"]["text"]) for one in connected.app.heard.values())
    assert told == [(False, "We are coming."), (True, "Thank you all.")]
