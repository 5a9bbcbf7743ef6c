"""The list of contacts in pages, by words and by tag; attributes that admins define and everybody fills."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest_asyncio

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.http.test_walls import LINE
from tests.world import Shop


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


async def peopled(front: Front, name: str, count: int) -> tuple[Shop, dict[str, Agent], list[UUID]]:
    """A shop to which so many guests have written, a minute apart."""
    shop, agents = await front.opens(name, "mei")
    door = await shop.connects("line", secrets=LINE)
    talks = []
    for number in range(count):
        front.world.clock.forward(minutes=1)
        talks.append(await arrives(shop, door.inbox_id, f"guest {number}", "hello"))
    await front.world.follow_everything(shop.id)
    return shop, agents, talks


async def names(agent: Agent, **query: object) -> list[str]:
    """All names of the list, page by page."""
    found: list[str] = []
    after = None
    while True:
        page = (await agent.get("/api/contacts", limit=2, **query, **({"after": after} if after else {}))).json()
        found += [row["name"] for row in page["rows"]]
        after = page["next"]
        if after is None:
            return found


async def test_contacts_come_in_pages_by_words_and_by_tag_and_only_from_this_house(front: Front) -> None:
    _, agents, talks = await peopled(front, "People", 5)
    await peopled(front, "Others", 3)
    mei = agents["mei"]
    assert await names(mei) == [f"guest {number}" for number in (4, 3, 2, 1, 0)]
    first = (await mei.get(f"/api/conversations/{talks[0]}")).json()["contact"]["id"]
    third = (await mei.get(f"/api/conversations/{talks[2]}")).json()["contact"]["id"]
    for contact, tags in ((first, ["VIP", "late"]), (third, ["VIP"])):
        version = (await mei.get(f"/api/contacts/{contact}")).json()["version"]
        answer = await mei.patch(f"/api/contacts/{contact}", {"version": version, "tags": tags})
        assert answer.status_code == 200
    assert await names(mei, tag="VIP") == ["guest 2", "guest 0"]
    assert (await mei.get("/api/contact-tags")).json() == ["VIP", "late"]
    assert await names(mei, q="guest 3") == ["guest 3"]
    assert await names(mei, q="guest", tag="late") == ["guest 0"]
    await mei.patch(f"/api/contacts/{third}", {"version": version + 1, "tags": []})
    assert await names(mei, tag="VIP") == ["guest 0"]
    row = (await mei.get("/api/contacts", tag="late")).json()["rows"][0]
    assert (row["channels"], row["blocked"], row["last_at"] is not None) == (["line"], False, True)
    assert (await mei.get("/api/contacts", after="nonsense")).status_code == 422


async def test_attributes_are_defined_by_admins_filled_by_agents_and_checked(front: Front) -> None:
    _, agents, talks = await peopled(front, "Attributes", 1)
    boss, mei = agents["boss"], agents["mei"]
    size = {"subject": "contact", "name": "Size", "kind": "choice", "choices": ["S", " L ", "L"]}
    made = (await boss.post("/api/attributes", size)).json()
    assert (made["key"], made["choices"]) == ("size", ["S", "L"])
    due = (await boss.post("/api/attributes", {"subject": "conversation", "name": "Due", "kind": "date"})).json()
    assert [one["key"] for one in (await mei.get("/api/attributes")).json()] == ["size", "due"]
    detail = (await mei.get(f"/api/conversations/{talks[0]}")).json()
    address = f"/api/contacts/{detail['contact']['id']}"
    contact = (await mei.get(address)).json()
    wrong = await mei.patch(address, {"version": contact["version"], "attributes": {"size": "XL"}})
    assert (wrong.status_code, wrong.json()["fields"]) == (422, {"attributes.size": "invalid"})
    right = await mei.patch(address, {"version": contact["version"], "attributes": {"size": "L", "free": " word "}})
    assert right.json()["attributes"] == {"size": "L", "free": "word"}
    talk = f"/api/conversations/{talks[0]}/attributes"
    assert (await mei.post(talk, {"attributes": {"due": "tomorrow"}})).json()["fields"] == {"attributes.due": "invalid"}
    told = (await mei.post(talk, {"attributes": {"due": "2026-12-24"}})).json()
    assert (told["attributes"], told["version"]) == ({"due": "2026-12-24"}, detail["version"] + 1)
    assert (await mei.post(talk, {"attributes": {"due": ""}})).json()["attributes"] == {}
    renamed = await boss.patch(f"/api/attributes/{made['id']}", {"name": "Cup size", "choices": ["M"]})
    assert (renamed.json()["name"], renamed.json()["choices"], renamed.json()["key"]) == ("Cup size", ["M"], "size")
    assert (await boss.delete(f"/api/attributes/{due['id']}")).status_code == 200
    note = {"id": "00000000-0000-4000-8000-000000000001", "text": "fragile"}
    await mei.post(f"/api/conversations/{talks[0]}/notes", note)
    assert [one["text"] for one in (await mei.get(address + "/notes")).json()] == ["fragile"]


async def test_a_contact_is_found_by_what_a_platform_calls_him_where_he_spoke_last_and_only_in_this_house(
    front: Front,
) -> None:
    shop, agents, talks = await peopled(front, "Called", 2)
    await peopled(front, "Others called", 3)
    mei = agents["mei"]
    where = "/api/contacts/of-identity"
    first = (await mei.get(f"/api/conversations/{talks[0]}")).json()["contact"]["id"]
    assert (await mei.get(where, external_id="guest 0")).json()["id"] == first
    assert (await mei.get(where, external_id="guest 2")).status_code == 404  # of the other house alone
    assert (await mei.get(where, external_id="")).status_code == 422
    assert (await front.stranger().get(where, params={"external_id": "guest 0"})).status_code == 401
    door = await shop.connects("line", secrets=LINE)
    front.world.clock.forward(minutes=1)
    later = await arrives(shop, door.inbox_id, "guest 0", "and here")
    second = (await mei.get(f"/api/conversations/{later}")).json()["contact"]["id"]
    assert second != first
    assert (await mei.get(where, external_id="guest 0")).json()["id"] == second
