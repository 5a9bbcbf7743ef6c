"""Merging, taking apart and splitting over the API: old addresses lead on, other desks see it, the log knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.world import Shop

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@dataclass
class Talk:
    front: Front
    shop: Shop
    inbox: UUID
    mei: Agent
    boss: Agent
    old: str
    new: str

    async def said(self, id_: str) -> list[tuple[int, str]]:
        answer = await self.mei.get(f"/api/conversations/{id_}/messages")
        return [(row["seq"], row["content"]["text"]) for row in answer.json()["rows"] if row["kind"] == "text"]


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


@pytest_asyncio.fixture
async def talk(front: Front) -> Talk:
    """Chen's conversation of yesterday, and today's."""
    shop, people = await front.opens(f"Merge {uuid4().hex[:6]}", "mei")
    inbox = (await shop.connects("line", secrets=LINE)).inbox_id
    mei = people["mei"]
    old = await arrives(shop, inbox, "chen", "where is my order")
    assert (await mei.post(f"/api/conversations/{old}/resolve")).status_code == 200
    front.world.clock.forward(hours=30)
    new = await arrives(shop, inbox, "chen", "still waiting", "hello?")
    return Talk(front, shop, inbox, mei, people["boss"], str(old), str(new))


async def merged(talk: Talk) -> dict[str, Any]:
    answer = await talk.mei.post(f"/api/conversations/{talk.old}/merge", {"others": [talk.new]})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_an_old_address_leads_to_the_survivor_and_an_old_message_to_where_it_stands(talk: Talk) -> None:
    hello = next(seq for seq, text in await talk.said(talk.new) if text == "hello?")
    detail = await merged(talk)
    assert (detail["id"], detail["state"], detail["unread"]) == (talk.old, "open", 2)
    for path in ("", "/messages"):
        led = await talk.mei.get(f"/api/conversations/{talk.new}{path}")
        assert (led.status_code, led.json()["conversation_id"]) == (307, talk.old)
        assert led.headers["location"].startswith(f"/api/conversations/{talk.old}{path}")
    place = (await talk.mei.get(f"/api/conversations/{talk.new}/messages/{hello}/place")).json()
    assert place["conversation_id"] == talk.old
    assert dict(await talk.said(talk.old))[place["seq"]] == "hello?"
    note = await talk.mei.post(f"/api/conversations/{talk.new}/notes", {"id": str(uuid4()), "text": "x"})
    assert (note.status_code, note.json()["error"], note.json()["conversation_id"]) == (409, "merged", talk.old)
    before = (await talk.mei.get(f"/api/conversations/{talk.new}/messages", before=hello)).headers["location"]
    assert f"before={place['seq']}" in before


async def test_it_leaves_all_lists_is_found_once_and_is_in_the_log_and_in_the_report(talk: Talk) -> None:
    await talk.front.world.follow_everything(talk.shop.id)
    await merged(talk)
    await talk.front.world.follow_everything(talk.shop.id)
    for view in ("all", "queue", "resolved"):
        rows = (await talk.mei.get("/api/conversations", view=view)).json()["rows"]
        assert talk.new not in [row["id"] for row in rows]
    for words in ("still waiting", "chen"):
        found = (await talk.mei.get("/api/conversations", view="any", q=words)).json()["rows"]
        assert [row["id"] for row in found] == [talk.old]
    contact = found[0]["contact"]["id"]
    theirs = (await talk.mei.get(f"/api/contacts/{contact}")).json()["conversations"]
    assert [one["id"] for one in theirs] == [talk.old]
    entries = (await talk.boss.get("/api/audit", area="conversation")).json()["rows"]
    assert [entry["action"] for entry in entries] == ["conversation.merged"]
    total = (await talk.boss.get("/api/reports")).json()["total"]
    assert (total["opened"], total["merged"], total["received"]) == (2, 1, 3)


async def test_other_desks_hear_that_one_went_on_in_the_other_and_that_it_came_back(talk: Talk) -> None:
    async with talk.boss.socket() as ears:
        await merged(talk)
        told = await ears.hear(lambda frame: frame.get("kind") == "conversation.merged")
        assert (told["conversation_id"], told["from"]) == (talk.old, [talk.new])
        assert [(row["id"], row["state"], row["merged_into"]) for row in told["rows"]] == [
            (talk.new, "merged", talk.old)
        ]
        back = await talk.mei.post(f"/api/conversations/{talk.old}/take-apart")
        assert [row["id"] for row in back.json()["others"]] == [talk.new]
        told = await ears.hear(lambda frame: frame.get("kind") == "conversation.taken_apart")
        assert [(row["id"], row["state"]) for row in told["rows"]] == [(talk.new, "open")]
    assert [text for _, text in await talk.said(talk.new)] == ["still waiting", "hello?"]
    again = await talk.mei.post(f"/api/conversations/{talk.old}/take-apart")
    assert (again.status_code, again.json()["error"]) == (409, "not_merged")


async def test_neighbours_say_what_can_be_merged_and_others_are_linked(talk: Talk) -> None:
    async with talk.shop.world.house.db.transaction(talk.shop.id) as tx:
        wang = await arrives(talk.shop, talk.inbox, "wang", "hi")
        await tx.execute(
            """update identity set contact_id = (select contact_id from identity where workspace_id = $1 and external_id = 'chen')
               where workspace_id = $1 and external_id = 'wang'""",
            talk.shop.id,
        )
    found = (await talk.mei.get(f"/api/conversations/{talk.old}/neighbours")).json()["neighbours"]
    assert {(one["row"]["id"], one["why_apart"]) for one in found} == {(talk.new, ""), (str(wang), "other_identity")}
    refused = await talk.mei.post(f"/api/conversations/{talk.old}/merge", {"others": [str(wang)]})
    assert (refused.status_code, refused.json()["error"]) == (409, "other_identity")
    linked = await talk.mei.post(f"/api/conversations/{talk.old}/links", {"other_id": str(wang)})
    assert [one["id"] for one in linked.json()["linked"]] == [str(wang)]
    await talk.mei.post(f"/api/conversations/{wang}/links", {"other_id": talk.new})
    await merged(talk)
    assert [one["id"] for one in (await talk.mei.get(f"/api/conversations/{wang}")).json()["linked"]] == [talk.old]
    off = await talk.mei.delete(f"/api/conversations/{wang}/links/{talk.old}")
    assert off.json()["linked"] == []


async def test_a_part_becomes_a_conversation_of_its_own_and_both_name_each_other(talk: Talk) -> None:
    hello = next(seq for seq, text in await talk.said(talk.new) if text == "hello?")
    new = str(uuid4())
    split = await talk.mei.post(f"/api/conversations/{talk.new}/split", {"id": new, "from_seq": hello})
    assert split.status_code == 200, split.text
    assert [one["id"] for one in split.json()["old"]["linked"]] == [new]
    assert [one["id"] for one in split.json()["new"]["linked"]] == [talk.new]
    assert ([text for _, text in await talk.said(talk.new)], [text for _, text in await talk.said(new)]) == (
        ["still waiting"], ["hello?"],
    )  # fmt: skip
    await talk.front.world.follow_everything(talk.shop.id)
    found = (await talk.mei.get("/api/conversations", view="any", q="hello?")).json()["rows"]
    assert [row["id"] for row in found] == [new]
    assert str(await arrives(talk.shop, talk.inbox, "chen", "anybody?")) == new
