"""Who sees which conversations: an agent whose role shows her own finds nothing of a colleague's behind any door."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from guanxi import access, conversations, routing, views
from guanxi.http.api.app import RIGHTS
from guanxi.infra.postgres import Server
from guanxi.infra.sql import Tx
from guanxi.views import Standing
from guanxi.views.page import START
from guanxi.views.sight import walk
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.http.routes import Route, closed
from tests.http.test_walls import LINE, call, furnish
from tests.world import Shop

SECRET = "quetzalcoatl"  # is said in the colleague's conversation, and nowhere else
# Doors that could show something of a conversation without naming one, and how they are asked here. Who adds a door that
# lists, counts, finds or exports conversations adds it here, and sifts it by `desk.sight`.
SIFTED: dict[str, list[dict[str, Any]]] = {
    "list_conversations": [
        *({"view": view} for view in ("mine", "queue", "all", "late", "snoozed", "resolved", "any")),
        *({"view": "all", "sort": sort} for sort in ("waiting", "due")),
        {"view": "any", "q": SECRET},
        {"view": "all", "q": SECRET, "by": "contact"},
        {"view": "all", "channel": "line"},
        {"view": "all", "assignee": "ANN"},
        {"view": "all", "tag": "theirs"},
        {"saved": "VIEW"},
    ],
    "find": [{"q": SECRET}],
    "counts": [{}],
    "count_saved_views": [{}],
    "get_contact": [{}],
    "list_contact_notes": [{}],
    "find_contact": [{"external_id": "x"}],
    "change_contact": [{}],
    "block_contact": [{}],
    "list_notices": [{}],
    "list_offers": [{}],
    "get_wallboard": [{}],
    "act_on_many": [{}],
}
# Doors that show nothing of conversations: people, settings, what is one's own, numbers, and the cards of contacts.
BESIDES = {
    "list_agents", "change_agent", "set_presence_of", "serve_in", "list_alarm_words", "list_attributes", "list_channels",
    "list_contact_tags", "list_contacts", "list_visits", "list_drafts", "upload_file", "list_hours", "list_inboxes",
    "list_templates", "sign_side_page", "list_languages", "list_macros", "add_macro", "remove_macro", "change_macro",
    "get_me", "change_me", "get_my_access", "leave_workspace", "set_presence", "begin_second_factor",
    "confirm_second_factor", "end_second_factor", "end_other_sign_ins", "revoke_sign_in", "enter_workspace",
    "lengthen_wrap_up", "read_notices", "list_policies", "get_push_key", "push_here", "push_off", "pull", "list_queues",
    "list_phrase_groups", "add_phrase_group", "rename_phrase_group", "remove_phrase_group", "place_phrase_group", "place_quick_phrase",
    "list_quick_phrases", "add_quick_phrase", "remove_quick_phrase", "change_quick_phrase", "get_report", "get_parity",
    "get_report_table", "get_parity_table", "list_roles", "list_saved_views", "add_saved_view", "remove_saved_view", "change_saved_view",
    "sign_out", "list_teams", "list_tokens", "make_token", "revoke_token", "list_workspaces", "found_workspace",
    "get_wrap_ups", "list_passkeys", "begin_passkey", "add_passkey", "remove_passkey",
}  # fmt: skip
NAMING = [
    route for route in closed() if "conversation_id" in route.places and RIGHTS[route.name] not in access.SEES_ALL
]
WIDEST = [right for right in access.RIGHTS if right not in access.SEES_ALL and right != "own"]


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


@dataclass
class Walled:
    """A shop in which mei sees her own conversations only; ann has `theirs`, about which everything says the secret."""

    shop: Shop
    boss: Agent
    mei: Agent
    ann: Agent
    role_id: str
    inbox_id: UUID
    theirs: UUID
    ids: dict[str, str]

    async def moves(self, id_: UUID, to: Agent | None) -> None:
        answer = await self.boss.post(f"/api/conversations/{id_}/assign", {"agent_id": str(to.id) if to else None})
        assert answer.status_code == 200, answer.text

    async def shows(self, sees: str) -> None:
        body = {"name": "Own", "rights": WIDEST, "sees": sees}
        assert (await self.boss.http.put(f"/api/roles/{self.role_id}", json=body)).status_code == 200


@pytest_asyncio.fixture(scope="module")
async def walled(front: Front) -> Walled:
    shop, people = await front.opens("Walled", "mei", "ann")
    boss, mei, ann = (people[name] for name in ("boss", "mei", "ann"))
    ids = await furnish(shop, boss)
    made = await boss.post("/api/roles", {"name": "Own", "rights": WIDEST, "sees": "own"})
    assert (await boss.patch(f"/api/agents/{mei.id}", {"role_id": made.json()["id"]})).status_code == 200
    door = await shop.connects("line", secrets=LINE)
    theirs = await arrives(shop, door.inbox_id, "Itzel", f"{SECRET} one", f"{SECRET} two")
    walled = Walled(shop, boss, mei, ann, made.json()["id"], door.inbox_id, theirs, ids)
    await walled.moves(theirs, ann)
    path = f"/api/conversations/{theirs}"
    await ann.post(f"{path}/notes", {"id": str(uuid4()), "text": f"{SECRET} noted"})
    await ann.post(f"{path}/tags", {"tags": ["theirs"]})
    for other in (mei, ann):  # passed on often, so that the wallboard names it; each was called to it
        await walled.moves(theirs, other)
    view = await boss.post("/api/saved-views", {"name": "t", "conditions": {"tag": "theirs"}, "shared": True})
    detail = (await boss.get(path)).json()
    walled.ids |= {"conversation_id": str(theirs), "contact_id": detail["contact"]["id"], "view_id": view.json()["id"]}
    await front.world.follow_everything(shop.id)
    return walled


def test_every_door_that_shows_something_has_been_decided_about() -> None:
    reachable = {route.name for route in closed() if RIGHTS[route.name] not in access.SEES_ALL}
    named = {route.name for route in NAMING}
    assert not SIFTED.keys() & BESIDES
    assert reachable - named - SIFTED.keys() - BESIDES == set(), "does it show conversations to who may not see them?"


@pytest.mark.parametrize("route", NAMING, ids=lambda route: route.name)
async def test_a_conversation_that_is_not_seen_does_not_exist(walled: Walled, route: Route) -> None:
    before = (await walled.boss.get(f"/api/conversations/{walled.theirs}")).json()
    nowhere = {name: str(uuid4()) if name.endswith("_id") else "1" for name in route.places}
    hers = walled.ids | ({"seq": "2"} if "seq" in route.places else {})
    answers = [await call(walled.mei.http, route, ids) for ids in (hers, nowhere)]
    assert answers[0].status_code == 404, answers[0].text
    assert answers[0].text == answers[1].text
    assert (await walled.boss.get(f"/api/conversations/{walled.theirs}")).json() == before


async def asked(walled: Walled, agent: Agent, route: Route, query: dict[str, Any]) -> str:
    ids = walled.ids
    given = {key: {"ANN": str(walled.ann.id), "VIEW": ids["view_id"]}.get(value, value) for key, value in query.items()}
    body = route.body
    if route.name == "act_on_many":
        act = {"do": "tag", "add": ["touched"]}
        body = {"items": [{"id": str(walled.theirs), "version": 0, "act": act}]}
    elif route.name == "change_contact":
        body = {"version": 1 << 40}
    elif route.name == "find_contact":
        given = {"external_id": "Itzel"}
    json_ = body if route.method not in ("get",) else None
    answer = await agent.http.request(route.method.upper(), route.at(ids), params=given, json=json_)
    assert answer.status_code in (200, 201, 409), (route.name, answer.text)
    return answer.text


DOORS = [(route, query) for route in closed() for query in SIFTED.get(route.name, [])]
# What the boss reads there names the conversation, or what was said in it; the others hold counts, or one's own.
TELL = {
    "list_conversations",
    "find",
    "get_contact",
    "list_contact_notes",
    "find_contact",
    "get_wallboard",
    "act_on_many",
}


@pytest.mark.parametrize(
    ("route", "query"), DOORS, ids=lambda one: getattr(one, "name", None) or "&".join(one.values())
)
async def test_no_list_count_or_search_tells_of_what_is_not_seen(
    walled: Walled, route: Route, query: dict[str, Any]
) -> None:
    told = await asked(walled, walled.mei, route, query)
    rows = json.loads(told)
    if route.name == "act_on_many":
        assert [(one["outcome"], one["row"]) for one in rows["outcomes"]] == [("missing", None)]
    else:
        assert str(walled.theirs) not in told
    assert SECRET not in told
    assert "Itz" not in told or route.name not in ("get_wallboard", "list_notices"), "nor whom it is with"
    all_seen = await asked(walled, walled.boss, route, query)
    holds = query.get("view") not in ("mine", "queue", "late", "snoozed", "resolved") and query.get("sort") != "due"
    if route.name in TELL and holds:
        assert str(walled.theirs) in all_seen or SECRET in all_seen, "the door shows it to who may see it"
    if route.name == "counts":
        assert (rows["all"]["count"], json.loads(all_seen)["all"]["count"]) == (1, 2), "what waits, and not hers"
    if route.name == "count_saved_views":
        mine, his = (json.loads(text)["counts"][walled.ids["view_id"]]["count"] for text in (told, all_seen))
        assert (mine, his) == (0, 1)
    if route.name == "list_notices":
        assert (rows["unread"], rows["rows"]) == (0, [])


async def test_nothing_of_it_goes_over_the_socket_but_that_it_is_gone(front: Front, walled: Walled) -> None:
    async with walled.mei.socket() as ears, walled.ann.socket() as hers:
        await ears.say(type="watch", conversation=walled.theirs)
        await ears.say(type="typing", conversation=walled.theirs, on=True)
        await hers.say(type="watch", conversation=walled.theirs)
        await hers.say(type="typing", conversation=walled.theirs, on=True)
        note = {"id": str(uuid4()), "text": f"{SECRET} again"}
        await walled.ann.post(f"/api/conversations/{walled.theirs}/notes", note)
        contact = (await walled.boss.get(f"/api/contacts/{walled.ids['contact_id']}")).json()
        changed = await walled.boss.patch(
            f"/api/contacts/{contact['id']}", {"version": contact["version"], "name": "Itz"}
        )
        assert changed.status_code == 200
        await hers.hear(lambda frame: frame.get("kind") == "contact.changed" and frame["rows"])
        about = await ears.hear(lambda frame: frame.get("kind") == "contact.changed")
        assert about["rows"] == []
        heard = json.dumps(ears.heard)
        assert not {one for one in (SECRET, str(walled.theirs)) if one in heard}
        assert not any(frame["type"] in ("typing", "viewing") and frame.get("agents") for frame in ears.heard)
        assert not any(one.get("id") == str(walled.mei.id) for frame in hers.heard for one in frame.get("agents", []))
        await walled.moves(walled.theirs, walled.mei)
        came = await ears.hear(lambda frame: frame.get("conversation_id") == str(walled.theirs))
        assert (came["kind"], came["row"]["assignee"]["name"]) == ("conversation.assigned", "mei")
        assert (await walled.mei.get(f"/api/conversations/{walled.theirs}")).status_code == 200
        await walled.moves(walled.theirs, walled.ann)
        gone = await ears.hear(lambda frame: frame.get("conversation_id") == str(walled.theirs))
        assert (gone["kind"], gone["row"], gone["version"]) == ("conversation.hidden", None, came["version"] + 1)
        assert not {one for one in (SECRET, "ann") if one in json.dumps(gone)}
        assert (await walled.mei.get(f"/api/conversations/{walled.theirs}")).status_code == 404
        cursor = ears.hello["cursor"]
        await ears.say(type="resume", cursor=cursor)
        await ears.hear(lambda frame: frame["type"] == "resumed")
        again = json.dumps(ears.heard[ears.heard.index(gone) :])
        assert (SECRET in again, "conversation.hidden" in again) == (False, True), "what was missed is sifted, too"


async def test_who_is_mentioned_is_invited_and_a_wider_role_shows_more_at_once(front: Front, walled: Walled) -> None:
    mei, theirs = walled.mei, f"/api/conversations/{walled.theirs}"
    own = await arrives(walled.shop, walled.inbox_id, "Yolotl", "an other one")
    await walled.moves(own, walled.ann)
    async with mei.socket() as ears:
        note = {"id": str(uuid4()), "text": "@mei look", "mentions": [str(mei.id)]}
        assert (await walled.ann.post(f"/api/conversations/{own}/notes", note)).status_code == 201
        await ears.hear(lambda frame: frame.get("kind") == "note.written" and frame["row"]["id"] == str(own))
        assert (await mei.get(f"/api/conversations/{own}/messages")).status_code == 200
        rows = (await mei.get("/api/conversations", view="all")).json()["rows"]
        assert str(own) in {row["id"] for row in rows}
        assert (await mei.get(theirs)).status_code == 404
        await walled.shows("team")
        await ears.hear(lambda frame: frame.get("kind") == "role.changed")
        assert (await mei.get(theirs)).status_code == 404, "they have no team together"
        named = {"name": f"t{uuid4().hex[:6]}", "agents": [str(mei.id), str(walled.ann.id)]}
        team = (await walled.boss.post("/api/teams", named)).json()
        await ears.hear(lambda frame: frame["type"] == "reset")
        assert (await mei.get(theirs)).status_code == 200
        assert str(walled.theirs) in (await mei.get("/api/conversations", view="all", q=SECRET)).text
        await walled.boss.delete(f"/api/teams/{team['id']}/agents/{walled.ann.id}")
        await ears.hear(lambda frame: frame["type"] == "reset")
        assert (await mei.get(theirs)).status_code == 404
        await walled.shows("all")
        await ears.hear(lambda frame: frame["type"] == "reset")
        assert (await mei.get(theirs)).status_code == 200
        await walled.shows("own")
        await ears.hear(lambda frame: frame["type"] == "reset")
        assert (await mei.get(theirs)).status_code == 404


async def test_she_takes_what_waits_in_queues_that_she_serves_and_no_other(walled: Walled) -> None:
    queue = (await walled.boss.post("/api/queues", {"name": "closed", "everybody": False})).json()["id"]
    waits = await arrives(walled.shop, walled.inbox_id, "Xochitl", "hello")
    path = f"/api/conversations/{waits}"
    assert (await walled.mei.get(path)).status_code == 200, "everybody serves the first queue"
    assert (await walled.boss.post(f"{path}/transfer", {"agent_id": None, "queue_id": queue})).status_code == 200
    assert (await walled.mei.get(path)).status_code == 404
    team = (await walled.boss.post("/api/teams", {"name": "closed", "agents": [str(walled.mei.id)]})).json()["id"]
    given = {"name": "closed", "everybody": False, "teams": [team]}
    assert (await walled.boss.http.put(f"/api/queues/{queue}", json=given)).status_code == 200
    assert (await walled.mei.get(path)).status_code == 200
    assert (await walled.mei.post(f"{path}/assign", {"agent_id": str(walled.mei.id)})).status_code == 200
    lent = await walled.mei.post(f"/api/agents/{walled.mei.id}/queues", {"queue_ids": []})
    assert lent.json()["error"] == "not_allowed", "nobody widens what he sees himself"


async def test_nothing_of_it_comes_by_a_door_that_names_it_beside_one_of_hers(walled: Walled) -> None:
    own = await arrives(walled.shop, walled.inbox_id, "Citlali", "hello")
    await walled.moves(own, walled.mei)
    path, hidden = f"/api/conversations/{own}", str(walled.theirs)
    for verb, body in (("merge", {"others": [hidden]}), ("links", {"other_id": hidden})):
        answer = await walled.mei.post(f"{path}/{verb}", body)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found"), answer.text
    assert (await walled.boss.post(f"{path}/links", {"other_id": hidden})).status_code == 200
    assert SECRET in (await walled.boss.get(path)).text
    detail = await walled.mei.get(path)
    assert (SECRET in detail.text, hidden in detail.text) == (False, False)
    assert (await walled.mei.delete(f"{path}/links/{hidden}")).status_code == 404
    async with walled.mei.socket() as ears:
        await walled.boss.post(f"{path}/tags", {"tags": ["tagged"]})
        heard = await ears.hear(lambda frame: frame.get("conversation_id") == str(own))
        assert (heard["kind"], SECRET in json.dumps(heard)) == ("conversation.tagged", False)


async def test_a_role_that_sets_things_up_sees_everything(walled: Walled) -> None:
    for right in sorted(access.SEES_ALL):
        body = {"name": f"x {right}", "rights": [right], "sees": "team"}
        assert (await walled.boss.post("/api/roles", body)).json()["error"] == "must_see_all"
    roles = (await walled.boss.get("/api/roles")).json()["own"]
    assert {one["name"]: one["sees"] for one in roles}["Own"] == "own"


async def test_the_condition_says_the_same_of_one_conversation_of_a_list_and_of_a_frame(front: Front) -> None:
    """Every mixture of state, assignee, queue and mention, for an agent who sees her own and for one who sees her teams'."""
    shop, people = await front.opens("Mixed", "mei", "ann", "zoe")
    boss, mei, ann, zoe = (people[name] for name in ("boss", "mei", "ann", "zoe"))
    door = await shop.connects("line", secrets=LINE)
    team = (await boss.post("/api/teams", {"name": "t", "agents": [str(mei.id), str(ann.id)]})).json()["id"]
    served, by_team, closed_ = [
        UUID((await boss.post("/api/queues", {"everybody": False, **more})).json()["id"])
        for more in (
            {"name": "served", "agents": [str(mei.id)]},
            {"name": "by_team", "teams": [team]},
            {"name": "closed", "agents": [str(zoe.id)]},
        )
    ]

    async def stands(number: int, state: int, whose: Agent | None, queue: UUID, mentions: bool) -> UUID:
        id_ = await arrives(shop, door.inbox_id, f"c{number}", "hello")
        async with shop.world.house.db.transaction(shop.id) as tx:
            await routing.move(tx, id_, queue, by=None)
            if whose:
                await routing.assign(tx, id_, whose.id, by=boss.id)
            if mentions:
                await conversations.note(tx, id_, id=uuid4(), text="x", agent_id=boss.id, mentions=[mei.id])
            if state == 1:
                await conversations.snooze(tx, id_, until=None, on_reply=True, agent_id=boss.id)
            if state == 2:
                await conversations.resolve(tx, id_, agent_id=boss.id)
        return id_

    async def listed(tx: Tx, sight: views.Sight) -> set[UUID]:
        found = [await walk(tx, sight, "newest", state, START["newest"]) for state in (0, 1, 2)]
        waiting = await walk(tx, sight, "waiting", 0, START["waiting"])
        assert set(waiting.ids) == set(found[0].ids), "all of these wait for an answer"
        return {id_ for one in found for id_ in one.ids}

    mixtures = product((0, 1, 2), (None, mei, ann, zoe), (served, by_team, closed_), (False, True))
    ids = [await stands(number, *mixture) for number, mixture in enumerate(mixtures)]
    counted = {}
    for sees in ("own", "team"):
        role = (await boss.post("/api/roles", {"name": sees, "rights": ["serve"], "sees": sees})).json()["id"]
        assert (await boss.patch(f"/api/agents/{mei.id}", {"role_id": role})).status_code == 200
        async with shop.world.house.db.reading(shop.id) as tx:
            sight = await views.sight_of(tx, mei.id)
            assert sight is not None
            rows = await views.rows_by_id(tx, ids)
            by_frame = {
                id_ for id_, r in rows.items()
                if sight.sees(Standing(r["state"], r["assignee_id"], r["queue_id"], r["mentioned"]))
            }  # fmt: skip
            assert by_frame == await views.seen(tx, sight, ids) == await listed(tx, sight)
        counted[sees] = len(by_frame)
    # all with a mention; of each state and queue hers; what waits in the two queues that she serves; by the team also ann's, and what its queue holds
    assert counted == {"own": 36 + 9 + 4, "team": 36 + 18 + 6 + 2}
