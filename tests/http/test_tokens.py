"""Access tokens: programs at the doors of the API, and everything that closes a door again."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

from guanxi import team
from guanxi.access.rules import totp
from guanxi.http import scopes
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Ears, Front, arrives, open_front
from tests.http.routes import OPEN, described, routes

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


async def makes(agent: Agent, *given: str, days: int | None = None) -> str:
    answer = await agent.post("/api/tokens", {"name": "till", "scopes": list(given), "days": days})
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


async def test_a_program_reads_and_writes_without_a_cookie_and_without_csrf(front: Front) -> None:
    shop, people = await front.opens("Tills", "mei")
    door = await shop.connects("line", secrets=LINE)
    talk = await arrives(shop, door.inbox_id, "x", "hello")
    token = await makes(people["mei"], "read", "write")
    program = front.stranger(authorization=f"Bearer {token}")
    assert (await program.get("/api/me")).json()["agent"]["id"] == str(people["mei"].id)
    assert (await program.get("/api/conversations")).json()["rows"][0]["id"] == str(talk)
    note = await program.post(f"/api/conversations/{talk}/notes", json={"id": str(uuid4()), "text": "from the till"})
    assert (note.status_code, note.json()["agent"]["id"]) == (201, str(people["mei"].id))
    shown = (await people["mei"].get("/api/tokens")).json()
    assert [(one["name"], one["start"], one["scopes"]) for one in shown] == [("till", token[:8], ["read", "write"])]
    assert shown[0]["last_used_at"] is not None
    assert token not in str(shown)
    async with front.world.house.db.reading(shop.id) as tx:
        kept = await tx.fetchrow("select t::text as all from access_token t where workspace_id = $1", shop.id)
        assert token not in kept["all"]


async def test_a_token_opens_the_doors_of_its_scopes_and_no_other(front: Front) -> None:
    shop, people = await front.opens("Scopes", "mei")
    door = await shop.connects("line", secrets=LINE)
    talk = await arrives(shop, door.inbox_id, "x", "hello")
    boss = people["boss"]
    reader = front.stranger(authorization=f"Bearer {await makes(boss, 'read')}")
    refused = await reader.post(f"/api/conversations/{talk}/resolve")
    assert (refused.status_code, refused.json()["error"], refused.json()["needed"]) == (403, "scope", "write")
    assert (await reader.patch("/api/workspace", json={"name": "x"})).json()["needed"] == "admin:team"
    writer = front.stranger(authorization=f"Bearer {await makes(boss, 'write', 'admin:team')}")
    assert (await writer.get("/api/conversations")).json()["needed"] == "read"
    assert (await writer.patch("/api/workspace", json={"name": "Tokens"})).status_code == 200
    assert (await writer.delete(f"/api/inboxes/{door.inbox_id}")).json()["needed"] == "admin:inboxes"
    for ask in (
        writer.get("/api/tokens"),
        writer.post("/api/tokens", json={"name": "second", "scopes": ["read"]}),
        writer.patch("/api/me", json={"password": {"old": "a", "new": "b"}}),
        writer.get("/api/nothing-that-anybody-built"),
    ):
        answer = await ask
        assert (answer.status_code, answer.json()["error"]) == (403, "desk_only")
    refused = await people["mei"].post("/api/tokens", {"name": "more than I am", "scopes": ["admin:team"]})
    assert (refused.status_code, refused.json()["fields"]) == (422, {"scopes": "not_allowed"})


async def test_a_token_dies_when_it_is_revoked_runs_out_or_its_agent_goes(front: Front) -> None:
    shop, people = await front.opens("Endings", "mei", "leaver")
    boss, mei, leaver = people["boss"], people["mei"], people["leaver"]

    async def opens(token: str) -> int:
        return (await front.stranger(authorization=f"Bearer {token}").get("/api/me")).status_code

    revoked, short, hers, gone = (
        await makes(mei, "read"), await makes(mei, "read", days=1), await makes(mei, "write"), await makes(leaver, "read", "write")
    )  # fmt: skip
    assert [await opens(one) for one in (revoked, short, gone)] == [200, 200, 200]
    shown = (await boss.get("/api/tokens")).json()
    ids = {(one["agent"]["name"], one["scopes"][0], one["expires_at"]): one["id"] for one in shown}
    theirs = ids["leaver", "read", None]
    assert (await mei.delete(f"/api/tokens/{theirs}")).status_code == 404
    assert [one["agent"]["name"] for one in (await mei.get("/api/tokens")).json()] == ["mei"] * 3
    assert (await boss.delete(f"/api/tokens/{ids['mei', 'read', None]}")).status_code == 200
    assert await opens(revoked) == 401
    front.world.clock.forward(days=2)
    assert await opens(short) == 401
    assert (await boss.patch(f"/api/agents/{leaver.id}", {"removed": True})).status_code == 200
    assert await opens(gone) == 401
    assert (await boss.patch(f"/api/agents/{leaver.id}", {"removed": False})).status_code == 200
    assert await opens(gone) == 401
    # removed in another process, of which this one knows nothing but a token that it saw a moment ago
    program = front.stranger(authorization=f"Bearer {hers}")
    assert (await program.post("/api/quick-phrases", json={"shortcut": "a", "text": "a"})).status_code == 201
    async with front.world.house.db.transaction(shop.id) as tx:
        await team.remove(tx, mei.id, by=boss.id)
    assert (await program.post("/api/quick-phrases", json={"shortcut": "b", "text": "b"})).status_code == 401


async def test_a_token_that_may_read_hears_the_live_socket_until_it_is_revoked(front: Front) -> None:
    shop, people = await front.opens("Listening", "mei")
    _, them = await front.opens("Not listened to")
    mei, boss = people["mei"], people["boss"]
    door = await shop.connects("line", secrets=LINE)
    address = front.base.replace("http", "ws") + "/api/live"

    def opened(token: str) -> connect:
        return connect(address, additional_headers={"authorization": f"Bearer {token}"})

    for wrong in (await makes(mei, "write"), "gxt_nonsense"):
        with pytest.raises(Exception, match="403"):
            async with opened(wrong):
                pass
    token = await makes(mei, "read")
    async with opened(token) as socket:
        ears = Ears(socket)
        assert (await ears.hear(lambda frame: frame["type"] == "hello", 30))["agent_id"] == str(mei.id)
        theirs = await them["boss"].post("/api/quick-phrases", {"shortcut": "x", "text": "theirs"})
        assert theirs.status_code == 201
        talk = await arrives(shop, door.inbox_id, "x", "hello")
        await ears.say(type="watch", conversation=talk)
        await ears.say(type="typing", conversation=talk, on=True)  # may read, so it goes unheard
        await ears.hear(lambda frame: frame.get("conversation_id") == str(talk), 30)
        await ears.say(type="ping")
        await ears.hear(lambda frame: frame["type"] == "pong", 30)
        assert not any(frame.get("kind") == "quick_phrase.changed" for frame in ears.heard)
        viewing = [frame for frame in ears.heard if frame["type"] == "viewing"]
        assert [frame["agents"] for frame in viewing] == [[]] * len(viewing)
        kept = next(one["id"] for one in (await boss.get("/api/tokens")).json() if one["start"] == token[:8])
        assert (await boss.delete(f"/api/tokens/{kept}")).status_code == 200
        with pytest.raises(Exception, match="4401"):
            await ears.hear(lambda frame: False, 30)


async def test_a_token_is_worth_no_more_than_its_agent_where_everybody_needs_a_second_factor(front: Front) -> None:
    _, people = await front.opens("Strict tokens", "mei")
    boss, mei = people["boss"], people["mei"]
    token = await makes(mei, "read", "write")
    program = front.stranger(authorization=f"Bearer {token}")
    assert (await program.get("/api/conversations")).status_code == 200
    assert (await boss.patch("/api/workspace/rules", {"needs_second_factor": True})).status_code == 200
    refused = await program.get("/api/conversations")
    assert (refused.status_code, refused.json()["error"]) == (403, "second_factor_needed")
    assert (await program.post("/api/quick-phrases", json={"shortcut": "a", "text": "a"})).status_code == 403
    with pytest.raises(Exception, match="403"):
        async with connect(front.base.replace("http", "ws") + "/api/live", additional_headers=dict(program.headers)):
            pass
    begun = (await mei.post("/api/me/second-factor", {})).json()
    code = totp(base64.b32decode(begun["key"]), int(front.world.clock().timestamp()) // 30)
    assert (await mei.post("/api/me/second-factor/confirm", {"code": code})).status_code == 200
    assert (await program.get("/api/conversations")).status_code == 200


async def test_another_workspaces_token_sees_its_own_house_only(front: Front) -> None:
    ours, us = await front.opens("Ours too", "mei")
    _, them = await front.opens("Theirs too", "mei")
    door = await ours.connects("line", secrets=LINE)
    talk = await arrives(ours, door.inbox_id, "x", "hello")
    program = front.stranger(authorization=f"Bearer {await makes(them['boss'], 'read', 'write')}")
    assert (await program.get(f"/api/conversations/{talk}")).status_code == 404
    assert (await program.get("/api/conversations")).json()["rows"] == []
    mine = (await us["boss"].post("/api/tokens", {"name": "t", "scopes": ["read"]})).json()["about"]["id"]
    assert (await them["boss"].delete(f"/api/tokens/{mine}")).status_code == 404


async def test_who_calls_too_often_is_told_when_to_come_again(server: Server) -> None:
    with open_folder() as folder:
        async with open_front(server, folder, token_calls=8) as front:
            _, people = await front.opens("Hasty")
            program = front.stranger(authorization=f"Bearer {await makes(people['boss'], 'read')}")
            answers = [await program.get("/api/me") for _ in range(9)]
            assert [answer.status_code for answer in answers] == [200] * 8 + [429]
            assert answers[-1].json()["error"] == "too_many"
            assert 0 < int(answers[-1].headers["retry-after"]) <= 60
            assert (await people["boss"].get("/api/me")).status_code == 200  # nobody else waits
            guesser = front.stranger(authorization="Bearer gxt_guess")
            guesses = [(await guesser.get("/api/me")).status_code for _ in range(61)]
            assert set(guesses[:-1]) == {401}
            assert guesses[-1] == 429


def test_every_door_says_which_scope_opens_it() -> None:
    """Who adds a door decides in http/scopes.py; these here are for people only."""
    closed = {route.name for route in routes() if scopes.needed(route.method.upper(), route.path) is None} - OPEN
    assert closed >= {"list_tokens", "make_token", "revoke_token", "sign_out", "change_me"}
    assert {"reply", "list_conversations", "get_contact"} & closed == set()
    security = described()["components"]["securitySchemes"]
    assert security["token"]["scheme"] == "bearer"
    assert {"token": []} in described()["paths"]["/api/conversations"]["get"]["security"]


@pytest.mark.parametrize(("method", "path", "scope"), [
    ("GET", "/api/me", "read"), ("PATCH", "/api/me", None), ("POST", "/api/me/presence", "write"),
    ("GET", "/api/inboxes", "read"), ("GET", "/api/inboxes/x/quarantine", "admin:inboxes"), ("GET", "/api/tokens", None),
    ("POST", "/api/inboxes/x/check", "admin:inboxes"), ("POST", "/api/invitations", "admin:team"), ("GET", "/api/", None),
])  # fmt: skip
def test_a_door_has_its_scope(method: str, path: str, scope: str | None) -> None:
    assert scopes.needed(method, path) == scope
