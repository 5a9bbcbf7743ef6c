"""Who may do what, for every route that there is: strangers, forged forms, agents, and other workspaces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanxi import access, inboxes, team
from guanxi.http.api.app import RIGHTS
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.http.routes import ADMIN, OWN, SAFE, SUPERVISOR, Route, closed, routes
from tests.world import Shop

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}
# Doors that ask for more than one right, by what is asked of them.
OF_SEVERAL = {"change_agent"}
CLOSED = pytest.mark.parametrize(
    "route", [r for r in closed() if r.name not in ("sign_out", "leave_workspace")], ids=lambda route: route.name
)


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


class Two:
    """Two shops; everything in the second one is a stranger's to the first."""

    def __init__(self, ours: Shop, us: dict[str, Agent], theirs: Shop, them: dict[str, Agent]) -> None:
        self.ours, self.us, self.theirs, self.them = ours, us, theirs, them
        self.their_ids: dict[str, str] = {}
        self.our_ids: dict[str, str] = {}


async def furnish(shop: Shop, agent: Agent) -> dict[str, str]:
    """One of everything that a path can name."""
    door = await shop.connects("line", secrets=LINE)
    conversation_id = await arrives(shop, door.inbox_id, f"canary {shop.id}", f"secret of {shop.id}")
    detail = (await agent.get(f"/api/conversations/{conversation_id}")).json()
    phrase = await agent.post("/api/quick-phrases", {"shortcut": "hi", "text": "hello"})
    group = await agent.post("/api/quick-phrases/groups", {"name": "Sending"})
    hook = await agent.post(
        "/api/webhooks", {"name": "till", "url": "https://a.example", "kinds": ["message.received"]}
    )
    webhook_id = hook.json()["about"]["id"]
    told = await agent.post(f"/api/webhooks/{webhook_id}/test")
    rule = {"name": "r", "kind": "message.received", "conditions": [], "actions": [{"do": "resolve"}]}
    kept = await agent.post("/api/rules", rule)
    token = await agent.post("/api/tokens", {"name": "mine", "scopes": ["read"]})
    attribute = await agent.post("/api/attributes", {"subject": "contact", "name": "Size", "kind": "text"})
    view = await agent.post("/api/saved-views", {"name": "team", "conditions": {}, "shared": True})
    queue = await agent.post("/api/queues", {"name": "refunds"})
    role = await agent.post("/api/roles", {"name": "Reader", "rights": ["look"]})
    named = await agent.post("/api/teams", {"name": "Night", "agents": [str(shop.agents["mei"])]})
    macro = await agent.post("/api/macros", {"name": "m", "actions": [{"do": "note", "text": "n"}]})
    hours = await agent.post("/api/hours", {"name": "day", "time_zone": "Asia/Tokyo", "week": []})
    policy = await agent.post("/api/policies", {"name": "quick", "first_minutes": 5})
    return {
        "role_id": role.json()["id"],
        "queue_id": queue.json()["id"],
        "team_id": named.json()["id"],
        "macro_id": macro.json()["id"],
        "planned_id": await a_plan(conversation_id, agent),
        "hours_id": hours.json()["hours"]["id"],
        "policy_id": policy.json()["policy"]["id"],
        "attribute_id": attribute.json()["id"],
        "view_id": view.json()["id"],
        "conversation_id": str(conversation_id),
        "seq": "1",
        "other_id": str(conversation_id),
        "passkey_id": await a_passkey(shop),
        "contact_id": detail["contact"]["id"],
        "agent_id": str(shop.agents["mei"]),
        "phrase_id": phrase.json()["id"],
        "group_id": group.json()["id"],
        "inbox_id": str(door.inbox_id),
        "sign_in_id": (await agent.get("/api/me/access")).json()["sign_ins"][0]["id"],
        "code_id": await a_code(shop, door.inbox_id),
        "token_id": token.json()["about"]["id"],
        "webhook_id": webhook_id,
        "rule_id": kept.json()["id"],
        "delivery_id": told.json()["delivery_id"],
    }


async def a_plan(conversation_id: UUID, agent: Agent) -> str:
    body = {"id": str(uuid4()), "content": {"kind": "text", "text": "later"}, "send_at": None}
    planned = await agent.post(f"/api/conversations/{conversation_id}/planned", body)
    return str(planned.json()["planned"][0]["id"])


async def a_passkey(shop: Shop) -> str:
    """A passkey of the admin's."""
    async with shop.world.house.db.directory() as directory:
        person = await directory.fetchval("select person_id from agent where id = $1", shop.agents["boss"])
        made = (uuid4().bytes, b"key", 0)
        await access.add_passkey(directory, person, "phone", made, b"")
        return str((await access.passkeys_of(directory, person))[0].id)


async def a_code(shop: Shop, inbox_id: UUID) -> str:
    async with shop.world.house.db.transaction(shop.id) as tx:
        made = await inboxes.keep_code(
            tx, inbox_id, name="counter", scene="counter", address="x", media_key="", expires_at=None, by=None
        )
    return str(made)


@pytest_asyncio.fixture(scope="module")
async def two(front: Front) -> Two:
    two = Two(*await front.opens("Ours", "mei"), *await front.opens("Theirs", "mei"))
    two.our_ids = await furnish(two.ours, two.us["boss"])
    two.their_ids = await furnish(two.theirs, two.them["boss"])
    return two


async def call(browser: httpx.AsyncClient, route: Route, ids: dict[str, str], **headers: str) -> httpx.Response:
    return await browser.request(
        route.method.upper(),
        route.at(ids),
        json=route.body if route.method not in SAFE else None,
        headers=headers,
    )


def test_the_description_names_every_route() -> None:
    assert len(routes()) > 40
    assert {route.name for route in routes()} >= ADMIN


@CLOSED
async def test_a_stranger_is_asked_to_sign_in(front: Front, two: Two, route: Route) -> None:
    answer = await call(front.stranger(), route, two.our_ids)
    assert (answer.status_code, answer.json()["error"]) == (401, "not_signed_in")
    forged = await call(front.stranger(cookie="guanxi=" + "A" * 43), route, two.our_ids)
    assert (forged.status_code, forged.text) == (401, answer.text)


@pytest.mark.parametrize("route", [r for r in closed() if r.method not in SAFE], ids=lambda route: route.name)
async def test_a_change_needs_the_word_that_only_the_desk_knows(front: Front, two: Two, route: Route) -> None:
    browser = front.stranger(cookie=f"guanxi={two.us['boss'].cookie}")
    assert (await call(browser, route, two.our_ids)).json()["error"] == "csrf"
    another = {"x-csrf": two.us["mei"].csrf}
    assert (await call(browser, route, two.our_ids, **another)).json()["error"] == "csrf"
    elsewhere = {"x-csrf": two.us["boss"].csrf, "origin": "https://evil.example"}
    answer = await call(browser, route, two.our_ids, **elsewhere)
    assert (answer.status_code, answer.json()["error"]) == (403, "wrong_origin")


@pytest_asyncio.fixture(scope="module")
async def everybody(front: Front) -> dict[str, Agent]:
    """One of each role, in a shop of their own."""
    _, people = await front.opens("Roles", "supervisor", "agent", "viewer")
    for role in ("supervisor", "viewer"):
        changed = await people["boss"].patch(f"/api/agents/{people[role].id}", {"role": role})
        assert changed.json()["role"] == role
    return {"admin": people["boss"]} | {role: people[role] for role in ("supervisor", "agent", "viewer")}


@CLOSED
async def test_each_role_may_do_what_it_may_and_nothing_else(everybody: dict[str, Agent], route: Route) -> None:
    allowed = {
        "admin": True,
        "supervisor": route.name not in ADMIN - SUPERVISOR,
        "agent": route.name not in ADMIN,
        "viewer": route.name not in ADMIN and (route.method in SAFE or route.name in OWN),
    }
    for role, agent in everybody.items():
        nowhere = {name: str(uuid4()) if name.endswith("_id") else "1" for name in route.places}
        answer = await call(agent.http, route, nowhere)
        assert (answer.status_code != 403) is allowed[role], (role, answer.text)
        assert allowed[role] or answer.json()["error"] == "not_allowed"


@pytest.mark.parametrize("right", sorted(set(access.RIGHTS) - {"own"}))
async def test_each_door_opens_by_its_own_right_and_by_no_other(front: Front, right: access.Right) -> None:
    _, people = await front.opens(f"Right to {right}", "mei")
    boss, mei = people["boss"], people["mei"]
    doors = [route for route in closed() if RIGHTS[route.name] == right and route.name not in OF_SEVERAL]
    assert doors or right == "supervise", f"nothing asks for the right {right}"
    path = f"/api/roles/{(await boss.post('/api/roles', {'name': 'Own', 'rights': []})).json()['id']}"
    assert (await boss.patch(f"/api/agents/{mei.id}", {"role_id": path.rpartition("/")[2]})).status_code == 200

    async def refused(*rights: str) -> dict[str, bool]:
        """Which of the doors she finds shut, with these rights: from the moment that they are given."""
        assert (await boss.http.put(path, json={"name": "Own", "rights": rights})).status_code == 200
        found = {}
        for route in doors:
            nowhere = {name: str(uuid4()) if name.endswith("_id") else "1" for name in route.places}
            answer = await call(mei.http, route, nowhere)
            found[route.name] = answer.status_code == 403 and answer.json()["error"] == "not_allowed"
        return found

    if right != "look":  # everybody may
        assert not [name for name, shut in (await refused(*(set(access.RIGHTS) - {right, "own"}))).items() if not shut]
    assert not [name for name, shut in (await refused(right)).items() if shut]


async def test_nobody_gives_takes_or_opens_a_door_to_more_than_he_has(front: Front) -> None:
    _, people = await front.opens("Bounds", "mei", "hr", "bo")
    boss, mei, hr, bo = (people[name] for name in ("boss", "mei", "hr", "bo"))
    made = await boss.post("/api/roles", {"name": "People", "rights": ["team", "serve"]})
    id_ = made.json()["id"]
    mine = {"name": "People", "rights": ["team", "serve"]}
    for agent in (hr, bo):
        assert (await boss.patch(f"/api/agents/{agent.id}", {"role_id": id_})).json()["role_id"] == id_
    small = (await hr.post("/api/roles", {"name": "Small", "rights": ["serve"]})).json()["id"]
    assert (await hr.patch(f"/api/agents/{bo.id}", {"role_id": small})).status_code == 200
    for answer in (
        await hr.patch(f"/api/agents/{hr.id}", {"role": "admin"}),
        await hr.patch(f"/api/agents/{bo.id}", {"role": "supervisor"}),
        await hr.patch(f"/api/agents/{boss.id}", {"role_id": small}),
        await hr.patch(f"/api/agents/{boss.id}", {"removed": True}),
        await hr.post(f"/api/agents/{boss.id}/reset-link"),
        await hr.post("/api/invitations", {"role": "admin"}),
        await hr.post("/api/roles", {"name": "More", "rights": ["audit"]}),
        await hr.http.put(f"/api/roles/{id_}", json={**mine, "rights": ["team", "serve", "audit"]}),
    ):
        assert (answer.status_code, answer.json()["error"]) == (403, "more_than_own")
    assert (await hr.post("/api/invitations", {"role": "viewer", "role_id": small})).status_code == 201
    tokens = await hr.post("/api/tokens", {"name": "x", "scopes": ["admin:inboxes"]})
    assert tokens.json()["fields"] == {"scopes": "not_allowed"}
    # somebody of another workspace, and a role of it, are nobody and nothing
    _, strangers = await front.opens("Elsewhere", "x")
    theirs = (await strangers["boss"].post("/api/roles", {"name": "Theirs", "rights": []})).json()["id"]
    assert (await boss.patch(f"/api/agents/{mei.id}", {"role_id": theirs})).json()["fields"] == {"role_id": "unknown"}
    assert (await boss.delete(f"/api/roles/{id_}")).json()["error"] == "role_in_use"
    assert (await boss.post("/api/roles", mine | {"name": "people"})).json()["error"] == "role_taken"


async def test_a_role_that_is_changed_holds_at_once_for_open_desks(front: Front) -> None:
    shop, people = await front.opens("At once", "mei")
    boss, mei = people["boss"], people["mei"]
    door = await shop.connects("line", secrets=LINE)
    talk = await arrives(shop, door.inbox_id, "x", "hello")
    role = (await boss.post("/api/roles", {"name": "Night", "rights": ["serve", "assign", "resolve"]})).json()
    await boss.patch(f"/api/agents/{mei.id}", {"role_id": role["id"]})
    assert (await mei.post("/api/me/presence", {"presence": "online"})).status_code == 200
    assert (await mei.post(f"/api/conversations/{talk}/assign", {"agent_id": str(mei.id)})).status_code == 200
    async with mei.socket() as ears:
        path = f"/api/roles/{role['id']}"
        assert (await boss.http.put(path, json={"name": "Night", "rights": ["resolve"]})).status_code == 200
        await ears.hear(lambda frame: frame.get("kind") == "role.changed")
        me = (await mei.get("/api/me")).json()
        assert (me["rights"], me["agent"]["presence"]) == (["own", "look", "resolve"], "offline")
        assert (await mei.get(f"/api/conversations/{talk}")).json()["assignee"] is None
        note = await mei.post(f"/api/conversations/{talk}/notes", {"id": str(uuid4()), "text": "me"})
        assert note.json()["error"] == "not_allowed"
        assert (await mei.post(f"/api/conversations/{talk}/resolve")).status_code == 200


async def test_a_supervisor_sets_how_much_but_neither_roles_nor_membership(everybody: dict[str, Agent]) -> None:
    path = f"/api/agents/{everybody['agent'].id}"
    assert (await everybody["supervisor"].patch(path, {"capacity": 3})).json()["capacity"] == 3
    for more in ({"role": "admin"}, {"role": "viewer", "capacity": 4}, {"removed": True}, {"removed": False}):
        assert (await everybody["supervisor"].patch(path, more)).json()["error"] == "not_allowed"
    kept = {one["id"]: one for one in (await everybody["admin"].get("/api/agents")).json()}[str(everybody["agent"].id)]
    assert (kept["role"], kept["capacity"], kept["removed"]) == ("agent", 3, False)


async def test_whoever_only_looks_from_now_on_is_given_nothing_and_gives_back_what_he_has(front: Front) -> None:
    shop, people = await front.opens("Watching", "mei")
    boss, mei = people["boss"], people["mei"]
    door = await shop.connects("line", secrets=LINE)
    id_ = await arrives(shop, door.inbox_id, "x", "hello")
    assert (await mei.post("/api/me/presence", {"presence": "online"})).status_code == 200
    assert (await boss.post(f"/api/conversations/{id_}/assign", {"agent_id": str(mei.id)})).status_code == 200
    async with mei.socket() as hers, boss.socket() as ears:

        async def is_heard() -> bool:
            """Does a colleague hear her typing? What comes after it is heard after it."""
            await hers.say(type="typing", conversation=id_, on=True)
            await hers.say(type="ping")
            await hers.hear(lambda frame: frame["type"] == "pong")
            before, tag = len(ears.heard), uuid4().hex
            await boss.post(f"/api/conversations/{id_}/tags", {"tags": [tag]})
            await ears.hear(lambda frame: tag in str(frame), 30)
            return any(frame["type"] == "typing" for frame in ears.heard[before:])

        assert await is_heard()
        changed = (await boss.patch(f"/api/agents/{mei.id}", {"role": "viewer"})).json()
        assert (changed["role"], changed["presence"], changed["load"]) == ("viewer", "offline", 0)
        row = (await mei.get(f"/api/conversations/{id_}")).json()
        assert row["assignee"] is None
        assert (await boss.post(f"/api/conversations/{id_}/assign", {"agent_id": str(mei.id)})).status_code == 404
        assert (await mei.post("/api/me/presence", {"presence": "online"})).status_code == 403
        async with asyncio.timeout(60):  # the socket that was opened as an agent is a viewer's before long
            while await is_heard():
                await asyncio.sleep(0.2)


async def everything(front: Front, shop: Shop) -> list[Any]:
    """All that a workspace holds."""
    async with front.world.house.db.reading(shop.id) as tx:
        return [
            await tx.fetch(f"select * from {table} t order by t::text")
            for table in (
                "agent",
                "inbox",
                "contact",
                "identity",
                "conversation",
                "message",
                "event",
                "quick_phrase",
                "phrase_group",
                "access_token",
            )
        ]


@pytest.mark.parametrize("route", [r for r in closed() if r.places], ids=lambda route: route.name)
async def test_what_belongs_to_another_workspace_does_not_exist(front: Front, two: Two, route: Route) -> None:
    before = await everything(front, two.theirs)
    nowhere = {name: str(uuid4()) if name.endswith("_id") else "1" for name in route.places}
    answers = [await call(two.us["boss"].http, route, ids) for ids in (two.their_ids, nowhere)]
    assert answers[0].status_code == 404, answers[0].text
    assert answers[0].text == answers[1].text
    assert await everything(front, two.theirs) == before


@pytest.mark.parametrize("verb", ["assign", "transfer"])
async def test_a_conversation_cannot_be_given_to_another_workspaces_agent(two: Two, verb: str) -> None:
    path = f"/api/conversations/{two.our_ids['conversation_id']}"
    before = (await two.us["boss"].get(path)).json()
    answer = await two.us["boss"].post(f"{path}/{verb}", {"agent_id": two.their_ids["agent_id"], "note": "x"})
    assert answer.status_code == 404
    assert (await two.us["boss"].get(path)).json() == before


async def test_a_file_of_another_workspace_cannot_be_sent(two: Two) -> None:
    kept = (await two.them["boss"].http.post("/api/files", files={"file": ("a.pdf", b"%PDF-1.4 x")})).json()
    path = f"/api/conversations/{two.our_ids['conversation_id']}/replies"
    said = {"id": str(uuid4()), "content": {"kind": "image", "media": {"key": kept["key"]}}}
    assert (await two.us["boss"].post(path, said)).status_code == 422
    stolen = kept["url"].replace(str(two.theirs.id), str(two.ours.id))
    assert (await two.us["boss"].http.get(stolen)).status_code == 404


async def test_an_id_of_a_reply_that_is_another_workspaces_is_free_to_use(two: Two) -> None:
    id_ = str(uuid4())
    for people, ids in ((two.them, two.their_ids), (two.us, two.our_ids)):
        path = f"/api/conversations/{ids['conversation_id']}/notes"
        assert (await people["boss"].post(path, {"id": id_, "text": "mine"})).json()["content"]["text"] == "mine"


async def test_no_list_shows_anything_of_another_workspace(two: Two) -> None:
    boss = two.us["boss"]
    for path in (
        "/api/conversations?view=all", "/api/conversations?view=resolved", "/api/conversations?view=any&q=secret",
        f"/api/conversations?assignee={two.their_ids['agent_id']}", "/api/agents", "/api/inboxes",
        "/api/quick-phrases", "/api/quick-phrases/groups", "/api/me", "/api/counts", "/api/tokens", "/api/webhooks", "/api/rules",
    ):  # fmt: skip
        answer = await boss.http.get(path)
        assert answer.status_code == 200
        assert not any(id_ in answer.text for name, id_ in two.their_ids.items() if name != "seq"), path


async def test_members_that_nobody_may_set_are_ignored_or_refused(front: Front, two: Two) -> None:
    mei, path = two.us["mei"], f"/api/conversations/{two.our_ids['conversation_id']}"
    await mei.patch("/api/me", {"name": "mei", "role": "admin", "id": str(uuid4()), "load": -5, "capacity": 1000})
    await mei.patch("/api/me", {"settings": {"density": "tight"}, "workspace_id": str(two.theirs.id)})
    me = (await mei.get("/api/me")).json()
    assert (me["agent"]["role"], me["agent"]["id"], me["agent"]["capacity"]) == ("agent", str(mei.id), 8)
    assert me["workspace"]["id"] == str(two.ours.id)
    note = {"id": str(uuid4()), "text": "x", "author": "contact", "agent_id": str(two.us["boss"].id), "seq": 99}
    written = (await mei.post(f"{path}/notes", note)).json()
    assert (written["author"], written["agent"]["id"], written["seq"]) != ("contact", str(two.us["boss"].id), 99)
    assert written["agent"]["id"] == str(mei.id)
    contact = (await mei.get(f"/api/contacts/{two.our_ids['contact_id']}")).json()
    given = {"version": contact["version"], "name": "n", "id": str(uuid4()), "blocked": True, "created_at": "1999"}
    changed = (await mei.patch(f"/api/contacts/{contact['id']}", given)).json()
    assert (changed["id"], changed["blocked"], changed["created_at"]) == (contact["id"], False, contact["created_at"])


QUERIES = [route for route in closed() if route.queries]


@pytest.mark.parametrize("route", QUERIES, ids=lambda route: route.name)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data())
async def test_no_filter_breaks_the_server(two: Two, route: Route, data: st.DataObject) -> None:
    odd = st.one_of(
        st.text(max_size=40),
        st.sampled_from(["", "0", "-1", "1e9", "9" * 30, "null", "true", "' or 1=1 --", "%00", "\x00", "{}", "[]"]),
        st.sampled_from(
            ["bm90IG91cnM", "n1:" + "0" * 32, "any", "waiting", "99999999999999999999", "2099-01-01", "退"]
        ),
    )
    chosen = data.draw(st.dictionaries(st.sampled_from(route.queries), odd, min_size=1, max_size=3))
    answer = await two.us["boss"].http.get(route.at(two.our_ids), params=chosen)
    assert answer.status_code in (200, 400, 404, 422), (chosen, answer.text)


BODIES = [
    route for route in closed() if isinstance(route.body, dict) and route.body and route.name != "check_before_saving"
]


@pytest.mark.parametrize("route", BODIES, ids=lambda route: route.name)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data())
async def test_no_body_breaks_the_server(two: Two, route: Route, data: st.DataObject) -> None:
    odd = st.one_of(
        st.none(), st.booleans(), st.integers(-(1 << 70), 1 << 70), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=30),
        st.just("\x00"), st.just("0001-01-01T00:00:00+14:00"), st.just("9999-12-31T23:59:59-14:00"),
        st.lists(st.text(max_size=5), max_size=3), st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
    )  # fmt: skip
    body = dict(route.body) | data.draw(st.dictionaries(st.sampled_from(sorted(route.body)), odd, max_size=2))
    answer = await two.us["boss"].http.request(route.method.upper(), route.at(two.our_ids), json=body)
    assert answer.status_code < 500, (body, answer.text)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"text":"\\ud800"}', b"[" * 5000])
async def test_a_body_that_is_no_json_is_refused(two: Two, body: bytes) -> None:
    path = f"/api/conversations/{two.our_ids['conversation_id']}/notes"
    answer = await two.us["boss"].http.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["error"] in ("bad_request", "invalid")


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(two: Two) -> None:
    path = f"/api/conversations/{two.our_ids['conversation_id']}/notes"
    answer = await two.us["boss"].http.post(path, json={"id": str(uuid4()), "text": "x" * 2_000_000})
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


@pytest.mark.parametrize("path", ["/api/nothing", "/api", "/api/conversations/x", "/api/agents/../me/x"])
async def test_paths_that_are_not_there_say_so_in_the_same_shape(two: Two, path: str) -> None:
    answer = await two.us["boss"].http.get(path)
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


async def tables(connection: Any) -> list[str]:
    rows = await connection.fetch(
        """select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
           where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
             and c.relname not in ('link', 'sign_in') order by 1"""
    )
    return [row["relname"] for row in rows]


async def test_without_any_where_the_application_still_sees_one_workspace(
    front: Front, two: Two, server: Server
) -> None:
    owner = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        names = await tables(owner)
        assert len(names) > 15
        for name in names:
            forced = await owner.fetchval("select relforcerowsecurity from pg_class where oid = $1::regclass", name)
            assert forced, f"{name} does not force row-level security"
    finally:
        await owner.close()
    async with front.world.house.db.reading(two.ours.id) as tx:
        for name in names:
            seen = {row["workspace_id"] for row in await tx.fetch(f"select workspace_id from {name}")}
            assert seen <= {two.ours.id}, name
        assert [row["id"] for row in await tx.fetch("select id from workspace")] == [two.ours.id]
        assert await tx.fetchval("select count(*) from message") > 0
    connection = await asyncpg.connect(**server.connect_args("guanxi_app"))
    try:
        for name in names:
            assert await connection.fetchval(f"select count(*) from {name}") == 0, name
    finally:
        await connection.close()


async def test_the_application_cannot_write_into_another_workspace(front: Front, two: Two) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with front.world.house.db.transaction(two.ours.id) as tx:
            await tx.execute(
                "insert into quick_phrase (workspace_id, id, shortcut, text, created_at) values ($1, $2, 'x', 'x', $3)",
                two.theirs.id,
                uuid4(),
                tx.now,
            )
    async with front.world.house.db.transaction(two.ours.id) as tx:
        assert (
            await tx.execute("update conversation set version = version + 1 where workspace_id = $1", two.theirs.id)
            == 0
        )


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("guanxi_accept", "select * from inbound_event"),
        ("guanxi_accept", "update inbound_event set state = 1"),
        ("guanxi_accept", "delete from inbound_event"),
        ("guanxi_accept", "select * from person"),
        (
            "guanxi_accept",
            "insert into person (id, email, name, created_at) values (gen_random_uuid(), 'a', 'a', now())",
        ),
        ("guanxi_app", "select * from person"),
        ("guanxi_app", "select * from sign_in"),
        ("guanxi_app", "select * from link"),
        ("guanxi_app", "insert into workspace (id, name, created_at) values (gen_random_uuid(), 'a', now())"),
        ("guanxi_app", "set role guanxi_owner"),
        ("guanxi_app", "alter table message disable row level security"),
        ("guanxi_directory", "select * from message"),
        ("guanxi_directory", "select * from contact"),
        ("guanxi_directory", "select body from inbound_event"),
        ("guanxi_directory", "select * from event"),
    ],
)
async def test_each_role_can_do_its_own_work_only(server: Server, role: str, statement: str) -> None:
    connection = await asyncpg.connect(**server.connect_args(role))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_who_is_removed_while_he_works_changes_nothing_after_it(front: Front, two: Two) -> None:
    shop, people = await front.opens("Leaving", "leaver")
    leaver = people["leaver"]
    door = await shop.connects("line", secrets=LINE)
    id_ = await arrives(shop, door.inbox_id, "x", "hello")

    async def notes(n: int) -> list[int]:
        path = f"/api/conversations/{id_}/notes"
        return [(await leaver.post(path, {"id": str(uuid4()), "text": "me"})).status_code for _ in range(n)]

    assert await notes(1) == [201]
    async with leaver.socket() as ears:
        assert (await people["boss"].patch(f"/api/agents/{leaver.id}", {"removed": True})).status_code == 200
        assert await notes(5) == [401] * 5
        with pytest.raises(Exception, match="4401"):
            await ears.hear(lambda frame: False)
    # an agent removed by another process, of which this one knows nothing but a cached sign-in
    shop2, people2 = await front.opens("Elsewhere", "leaver")
    assert (await people2["leaver"].get("/api/me")).status_code == 200
    async with front.world.house.db.transaction(shop2.id) as tx:
        await team.remove(tx, people2["leaver"].id, by=people2["boss"].id)
    answer = await people2["leaver"].post("/api/quick-phrases", {"shortcut": "x", "text": "x"})
    assert answer.status_code == 401
