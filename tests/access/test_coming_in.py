"""Where one is signed in, who tried to, the second factor, and the workspace's rules for all of it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from guanxi import access, team
from guanxi.access.rules import totp
from guanxi.infra.postgres import Server
from tests.access.test_sign_in import from_address, link, try_in, with_password
from tests.databases import open_folder
from tests.http.desk import PASSWORD, Agent, Front, open_front

ELSEWHERE = "another-password-9"


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder, trusted_proxies=("127.0.0.1",)) as front:
            yield front


def code_of(front: Front, key: str, later: int = 0) -> str:
    """What the authenticator shows now, by the house's clock."""
    return totp(base64.b32decode(key), int(front.world.clock().timestamp()) // 30 + later)


async def with_code(front: Front, agent: Agent) -> tuple[str, list[str]]:
    """Set a second factor up; (key, recovery codes)."""
    begun = (await agent.post("/api/me/second-factor", {"password": PASSWORD})).json()
    confirmed = await agent.post("/api/me/second-factor/confirm", {"code": code_of(front, begun["key"])})
    assert confirmed.status_code == 200, confirmed.text
    return begun["key"], confirmed.json()["codes"]


async def try_code(browser: httpx.AsyncClient, email: str, code: str) -> httpx.Response:
    return await browser.post("/api/sign-in", json={"email": email, "password": PASSWORD, "code": code})


async def test_one_sees_where_one_is_signed_in_and_ends_any_of_it(front: Front) -> None:
    boss = await with_password(front, "Places")
    others = [from_address(front, f"192.0.2.{n}") for n in (1, 2, 3)]
    for browser in others:
        browser.headers["user-agent"] = "Firefox on a borrowed laptop"
        assert (await try_in(browser, boss.email, PASSWORD)).status_code == 200
    front.world.clock.forward(minutes=5)
    assert (await others[0].get("/api/me")).status_code == 200
    seen = (await boss.get("/api/me/access")).json()["sign_ins"]
    assert [(one["is_this"], one["address"]) for one in seen[:2]] == [(True, ""), (False, "192.0.2.1")]
    assert seen[1]["seen_at"] > seen[1]["created_at"]
    assert seen[1]["device"] == "Firefox on a borrowed laptop"
    gone = next(one for one in seen if one["address"] == "192.0.2.2")
    assert (await boss.delete(f"/api/me/sign-ins/{gone['id']}")).status_code == 200
    assert (await boss.delete(f"/api/me/sign-ins/{gone['id']}")).status_code == 404
    assert [(await browser.get("/api/me")).status_code for browser in others] == [200, 401, 200]
    assert (await boss.post("/api/me/sign-ins/end-others")).status_code == 200
    assert [(await browser.get("/api/me")).status_code for browser in others] == [401, 401, 401]
    assert (await boss.get("/api/me")).status_code == 200


async def test_a_socket_ends_with_the_sign_in_that_opened_it(front: Front) -> None:
    boss = await with_password(front, "Sockets")
    async with boss.socket() as ears:
        browser = from_address(front, "192.0.2.9")
        await try_in(browser, boss.email, PASSWORD)
        csrf = (await browser.get("/api/me")).json()["csrf"]
        answer = await browser.post("/api/me/sign-ins/end-others", headers={"x-csrf": csrf})
        assert answer.status_code == 200
        with pytest.raises(Exception, match="4401"):
            await ears.hear(lambda frame: False, seconds=30)


async def test_admins_read_who_came_and_who_tried_and_nobody_reads_of_another_workspace(front: Front) -> None:
    boss = await with_password(front, "Recorded")
    _, strangers = await front.opens("Strangers", "mei")
    browser = from_address(front, "198.51.100.7")
    await try_in(browser, boss.email, "wrong-password-1")
    front.world.clock.forward(seconds=1)
    await try_in(browser, boss.email, PASSWORD)
    front.world.clock.forward(seconds=1)
    await try_in(browser, "nobody@example.com", PASSWORD)
    told = (await boss.get("/api/sign-ins")).json()
    assert [(one["outcome"], one["address"], one["name"]) for one in told["rows"]] == [
        ("in", "198.51.100.7", "boss"),
        ("wrong_password", "198.51.100.7", "boss"),
    ]
    page = (await boss.get("/api/sign-ins", limit=1)).json()
    rest = (await boss.get("/api/sign-ins", limit=1, after=page["next"])).json()
    assert page["rows"] + rest["rows"] == told["rows"]
    assert (await strangers["boss"].get("/api/sign-ins")).json()["rows"] == []
    assert (await strangers["mei"].get("/api/sign-ins")).status_code == 403
    front.world.clock.forward(days=181)
    async with front.world.house.db.directory() as directory:
        person = await access.find_person(directory, boss.email)
    assert person is not None
    assert person.workspace_id is not None
    async with front.world.house.db.transaction(person.workspace_id) as tx:
        assert await access.forget_old_records(tx, access.RECORD_DAYS, 5000) == 2


async def test_strangers_who_guess_lock_nobody_out_of_where_he_has_been(front: Front) -> None:
    boss = await with_password(front, "Besieged")
    office = from_address(front, "192.0.2.50")
    assert (await try_in(office, boss.email, PASSWORD)).status_code == 200
    answers = [
        (await try_in(from_address(front, f"203.0.113.{n}"), boss.email, f"guess-{n}")).status_code for n in range(8)
    ]
    assert answers == [401] * 5 + [429] * 3
    assert (await try_in(office, boss.email, PASSWORD)).status_code == 200
    # colleagues behind the same address who mistype theirs do not lock him out either
    for n in range(31):
        await try_in(office, f"colleague{n}@example.com", "mistyped-it")
    assert (await try_in(office, "another@example.com", "mistyped-it")).status_code == 429
    assert (await try_in(office, boss.email, PASSWORD)).status_code == 200
    # and whoever sits there and guesses at him is stopped all the same
    answers = [(await try_in(office, boss.email, f"guess-{n}")).status_code for n in range(7)]
    assert answers == [401] * 5 + [429] * 2
    told = [one["outcome"] for one in (await boss.get("/api/sign-ins")).json()["rows"]]
    assert told.count("too_many") == 2  # one line says it, however often it was refused


async def test_a_code_is_asked_for_once_it_is_set_up_and_works_once(front: Front) -> None:
    boss = await with_password(front, "Coded")
    refused = await boss.post("/api/me/second-factor", {"password": "not-the-password"})
    assert refused.json()["fields"] == {"password": "wrong"}
    begun = (await boss.post("/api/me/second-factor", {"password": PASSWORD})).json()
    assert len(begun["picture"]) == len(begun["picture"][0]) >= 29
    wrong = await boss.post("/api/me/second-factor/confirm", {"code": "000000"})
    assert wrong.json()["fields"] == {"code": "wrong"}
    browser = from_address(front, "192.0.2.60")
    assert (await try_in(browser, boss.email, PASSWORD)).status_code == 200  # not confirmed, so not asked for
    key, recovery = await with_code(front, boss)
    assert (await boss.post("/api/me/second-factor", {"password": PASSWORD})).status_code == 409
    asked = await try_in(browser, boss.email, PASSWORD)
    assert (asked.status_code, asked.json()["error"]) == (401, "code_needed")
    used = await try_code(browser, boss.email, code_of(front, key))
    assert used.json()["error"] == "wrong_code"  # it has confirmed the setting up already
    front.world.clock.forward(seconds=60)
    now = code_of(front, key)
    answers = await asyncio.gather(*[try_code(browser, boss.email, now) for _ in range(3)])
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401]
    codes = await asyncio.gather(*[try_code(browser, boss.email, recovery[0].upper()) for _ in range(2)])
    assert sorted(answer.status_code for answer in codes) == [200, 401]
    assert (await boss.get("/api/me/access")).json()["second_factor"]["recovery_codes_left"] == 9
    assert "wrong_code" in [one["outcome"] for one in (await boss.get("/api/sign-ins")).json()["rows"]]
    front.world.clock.forward(minutes=16)
    guesses = [(await try_code(browser, boss.email, f"{n:06d}")).status_code for n in range(7)]
    assert guesses == [401] * 5 + [429] * 2
    front.world.clock.forward(minutes=16)
    assert (await boss.post("/api/me/second-factor/end", {"password": PASSWORD})).status_code == 200
    assert (await try_in(browser, boss.email, PASSWORD)).status_code == 200


async def test_a_workspace_that_asks_for_it_lets_nobody_work_without(front: Front) -> None:
    boss = await with_password(front, "Strict")
    assert (await boss.patch("/api/workspace/rules", {"needs_second_factor": True})).status_code == 200
    for path in ("/api/conversations", "/api/workspace/rules", "/api/agents", "/api/tokens"):
        refused = await boss.get(path)
        assert (refused.status_code, refused.json()["error"]) == (403, "second_factor_needed"), path
    assert (await boss.get("/api/me")).json()["lacks_second_factor"] is True
    with pytest.raises(Exception, match="403"):
        async with boss.socket():
            pass
    await with_code(front, boss)
    assert (await boss.get("/api/me")).json()["lacks_second_factor"] is False
    assert (await boss.get("/api/conversations")).status_code == 200


async def test_the_length_that_a_workspace_asks_for_is_asked_of_new_passwords(front: Front) -> None:
    boss = await with_password(front, "Long")
    assert (await boss.patch("/api/workspace/rules", {"password_length": 9})).status_code == 422
    assert (await boss.patch("/api/workspace/rules", {"password_length": 20})).json()["password_length"] == 20
    short = await boss.patch("/api/me", {"password": {"old": PASSWORD, "new": ELSEWHERE}})
    assert short.json()["fields"] == {"password.new": "too_short"}
    made = (await boss.post("/api/invitations", {"role": "agent"})).json()["url"].rsplit("/", 1)[1]
    assert (await front.stranger().get(f"/api/link/{made}")).json()["password_length"] == 20
    given = {"name": "New", "email": "long@example.com", "password": ELSEWHERE}
    joined = await from_address(front, "192.0.2.70").post(f"/api/link/{made}", json=given)
    assert joined.json()["fields"] == {"password": "too_short"}


async def test_a_reset_by_an_admin_takes_the_lost_phone_out_and_reaches_into_no_other_workspace(front: Front) -> None:
    _, people = await front.opens("Resetting", "mei")
    mei = people["mei"]
    async with front.world.house.db.directory() as directory:
        person = await access.find_person(directory, mei.email)
        assert person is not None
        await access.set_password(directory, person.id, PASSWORD)
    key, _ = await with_code(front, mei)
    plain = (await people["boss"].post(f"/api/agents/{mei.id}/reset-link", {})).json()["url"].rsplit("/", 1)[1]
    browser = from_address(front, "192.0.2.80")
    assert (await browser.get(f"/api/link/{plain}")).json()["asks_code"] is True
    refused = await browser.post(f"/api/link/{plain}", json={"password": ELSEWHERE})
    assert refused.json()["error"] == "code_needed"
    front.world.clock.forward(seconds=60)
    given = {"password": ELSEWHERE, "code": code_of(front, key)}
    assert (await browser.post(f"/api/link/{plain}", json=given)).status_code == 200
    lost = await people["boss"].post(f"/api/agents/{mei.id}/reset-link", {"second_factor": True})
    cleared = from_address(front, "192.0.2.81")
    token = lost.json()["url"].rsplit("/", 1)[1]
    assert (await cleared.post(f"/api/link/{token}", json={"password": PASSWORD})).status_code == 200
    assert (await try_in(browser, mei.email, PASSWORD)).status_code == 200
    other, _ = await front.opens("Elsewhere too")
    async with front.world.house.db.directory() as directory:
        await team.join(directory, other.id, person_id=person.id, name="mei", role="agent")
    refused = await people["boss"].post(f"/api/agents/{mei.id}/reset-link", {"second_factor": True})
    assert (refused.status_code, refused.json()["error"]) == (409, "serves_elsewhere")


async def test_a_sign_in_link_asks_for_the_code_as_well(front: Front) -> None:
    boss = await with_password(front, "Linked")
    await with_code(front, boss)
    async with front.world.house.db.directory() as directory:
        person = await access.find_person(directory, boss.email)
    assert person is not None
    token = await link(front, "sign_in", person_id=person.id, workspace_id=person.workspace_id)
    refused = await from_address(front, "192.0.2.90").post(f"/api/link/{token}", json={})
    assert (refused.status_code, refused.json()["error"]) == (401, "code_needed")
