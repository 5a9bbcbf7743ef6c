"""Before the first word: questions and their answers, what the shop vouches for, and an address left behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
import pytest_asyncio

from guanxi import inboxes
from guanxi.channels import webchat
from guanxi.channels.webchat import WebChatSetup
from guanxi.infra.postgres import Server
from tests.browser.widget_site import Site, eventually
from tests.databases import open_folder
from tests.http.desk import open_front
from tests.http.visitors import Caller, come_in, signed, tea_house

FORM: dict[str, Any] = {
    "asks": True,
    "intro": {"en": "Before we begin:", "zh-CN": "开始之前："},
    "fields": [
        {"key": "name", "place": "name", "words": {"en": "Your name", "zh-CN": "您的称呼"}},
        {"key": "mail", "kind": "email", "place": "email", "required": True, "words": {"en": "E-mail"}},
        {
            "key": "about",
            "kind": "choice",
            "words": {"en": "What is it about?"},
            "choices": [{"value": "order", "words": {"en": "An order", "zh-CN": "订单"}}, {"value": "other"}],
        },
    ],
}


@pytest_asyncio.fixture(scope="module")
async def site(server: Server) -> AsyncIterator[Site]:
    async with tea_house(server) as running:
        await arrange(running, FORM)
        yield running


@pytest_asyncio.fixture
async def http(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{site.url}/chat/{site.door.address}", timeout=60) as client:
        yield client


async def arrange(site: Site, setup: dict[str, Any]) -> None:
    async with site.house.db.transaction(site.door.workspace_id) as tx:
        await inboxes.arrange(tx, site.door.inbox_id, setup, by=site.agent_id)


async def contact_of(site: Site, text: str) -> Any:
    conversation = await site.heard(text)
    async with site.house.db.reading(site.door.workspace_id) as tx:
        return await tx.fetchrow(
            """select p.* from conversation c join identity d on d.workspace_id = $1 and d.id = c.identity_id
               join contact p on p.workspace_id = $1 and p.id = d.contact_id where c.workspace_id = $1 and c.id = $2""",
            site.door.workspace_id,
            conversation,
        )


async def tell(caller: Caller, text: str, answers: dict[str, Any]) -> httpx.Response:
    said = {"visitor": caller.visitor, "id": str(uuid4()), "content": {"kind": "text", "text": text}}
    return await caller.http.post("/messages", json={**said, "answers": answers})


async def test_the_questions_come_in_the_visitors_language_and_without_what_is_known(
    site: Site, http: httpx.AsyncClient
) -> None:
    form = (await http.post("/hello", json={"language": "zh-CN"})).json()["form"]
    assert form["intro"] == "开始之前："
    assert [one["label"] for one in form["fields"]] == ["您的称呼", "E-mail", "What is it about?"]
    assert form["fields"][2]["choices"] == [{"value": "order", "label": "订单"}, {"value": "other", "label": "other"}]
    token = signed(id="77", name="Chen", email="chen@example.com")
    site.exchange_addresses("10.9.0.1")
    form = (await http.post("/hello", json={"language": "en", "identify": token})).json()["form"]
    assert [one["key"] for one in form["fields"]] == ["about"]


async def test_answers_become_the_contacts_and_are_not_asked_for_again(site: Site, http: httpx.AsyncClient) -> None:
    caller = await come_in(site, http)
    answers = {"name": "Lin", "mail": "lin@example.com", "about": "order", "nobody-asked": "x"}
    assert (await tell(caller, "where is it?", answers)).status_code == 202
    contact = await contact_of(site, "where is it?")
    assert (contact["name"], contact["email"]) == ("Lin", "lin@example.com")
    assert {key: contact["attributes"].get(key) for key in ("about", "nobody-asked")} == {
        "about": "order",
        "nobody-asked": None,
    }
    again = (await http.post("/hello", json={"language": "en", "visitor": caller.browser})).json()
    assert again["form"] is None
    assert again["email"] is None  # we have one


@pytest.mark.parametrize(
    "answers",
    [
        {"mail": ""},
        {"mail": "nobody"},
        {"mail": "a@b.example", "about": "neither"},
        {"mail": "x" * 300 + "@b.example"},
        {"mail": ["a@b.example"]},
    ],
)
async def test_answers_that_cannot_be_are_refused_and_nothing_is_kept(
    site: Site, http: httpx.AsyncClient, answers: dict[str, Any]
) -> None:
    caller = await come_in(site, http)
    refused = await tell(caller, "never heard", answers)
    assert (refused.status_code, refused.json()["error"]) == (422, "answers")
    assert await caller.sees() == []


async def test_what_the_shop_vouches_for_is_kept_up_to_date_but_not_over_an_agents_word(
    site: Site, http: httpx.AsyncClient
) -> None:
    async def speak(text: str, **claims: Any) -> Any:
        site.exchange_addresses(f"10.9.1.{len(text)}")
        hello = (await http.post("/hello", json={"identify": signed(id="88", **claims)})).json()
        await Caller(http, hello["visitor"], hello["browser"]).says(text)
        return await contact_of(site, text)

    first = await speak("one", name="Wang", email="old@example.com", attributes={"level": "silver", "orders": "3"})
    assert (first["email"], first["attributes"]["level"]) == ("old@example.com", "silver")
    async with site.house.db.transaction(site.door.workspace_id) as tx:
        await tx.execute(
            "update contact set name = 'Mr Wang', attributes = attributes || '{\"orders\": \"three\"}' where id = $1",
            first["id"],
        )
    second = await speak("two!", name="WANG", email="new@example.com", attributes={"level": "gold", "orders": "4"})
    assert second["id"] == first["id"]
    assert (second["name"], second["email"]) == ("Mr Wang", "new@example.com")
    assert (second["attributes"]["level"], second["attributes"]["orders"]) == ("gold", "three")


async def test_an_address_left_behind_becomes_the_contacts_with_the_words_agreed_to(
    site: Site, http: httpx.AsyncClient
) -> None:
    caller = await come_in(site, http)
    await tell(caller, "call me, nobody is there", {"name": "Zhou", "mail": "zhou@shop.example"})
    conversation = await site.heard("call me, nobody is there")
    other = await come_in(site, http)
    await other.says("me too")
    told = {"visitor": other.visitor, "id": str(uuid4()), "email": "late@example.com", "consent": "Only to answer."}
    assert (await http.post("/email", json=told)).status_code == 202
    assert (await http.post("/email", json=told)).status_code == 202  # sent again: the same
    mine = await site.heard("me too")

    async def line() -> Any:
        lines = [m for m in await site.messages() if m["conversation_id"] == mine and m["kind"] == "event"]
        return [one for one in lines if one["content"]["what"] == "left_email"]

    found = await eventually(line, 30)
    assert [one["content"]["details"] for one in found] == [{"text": "late@example.com", "consent": "Only to answer."}]
    assert (await contact_of(site, "me too"))["email"] == "late@example.com"
    assert (await contact_of(site, "call me, nobody is there"))["email"] == "zhou@shop.example"
    assert conversation != mine
    assert (await http.post("/email", json={**told, "email": "no address"})).status_code == 422
    assert (await http.post("/email", json={**told, "visitor": "a.b"})).status_code == 401


@pytest.mark.parametrize(
    ("setup", "wrong"),
    [
        ({"asks": True}, {"fields": "missing"}),
        ({"fields": [{"key": "a", "words": {"en": " "}}]}, {"fields.0.words": "missing"}),
        ({"fields": [{"key": "a", "kind": "choice", "words": {"en": "A"}}]}, {"fields.0.choices": "missing"}),
        (
            {"fields": [{"key": "a", "words": {"en": "A"}}, {"key": "a", "words": {"en": "B"}}]},
            {"fields.1.key": "twice"},
        ),
        ({"rules": [{"id": "r"}]}, {"rules.0.words": "missing"}),
        (FORM, {}),
    ],
)
def test_a_setup_that_cannot_work_is_told_where(setup: dict[str, Any], wrong: dict[str, str]) -> None:
    assert webchat.problems(msgspec.convert(setup, WebChatSetup)) == wrong


async def test_admins_arrange_their_own_chats_and_nobody_elses(server: Server) -> None:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            _, people = await front.opens("Arranged")
            _, strangers = await front.opens("Elsewhere")
            boss = people["boss"].http
            made = await boss.post(
                "/api/inboxes", json={"channel": "webchat", "name": "Chat", "secrets": {"visitor_key": "k" * 24}}
            )
            address = f"/api/inboxes/{made.json()['id']}/web-chat"
            assert (await boss.get(address)).json()["fields"] == []
            assert (await boss.put(address, json=FORM)).json()["asks"] is True
            assert (await boss.get(address)).json()["fields"][1]["place"] == "email"
            assert (await boss.put(address, json={"asks": True})).json()["fields"] == {"fields": "missing"}
            assert (await boss.put(address, json={"fields": "x"})).status_code in (400, 422)
            stranger = strangers["boss"].http
            assert (await stranger.get(address)).status_code == 404
            assert (await stranger.put(address, json=FORM)).status_code == 404
