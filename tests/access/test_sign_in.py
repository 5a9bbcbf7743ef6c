"""Coming in: passwords, links, limits; and what is kept of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from guanxi import access
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import PASSWORD, Agent, Front, open_front

WRONG = {"error": "wrong_credentials", "message": "This e-mail and password do not belong together."}


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder, trusted_proxies=("127.0.0.1",)) as front:
            yield front


async def with_password(front: Front, name: str) -> Agent:
    """The admin of a new shop, who has a password."""
    _, people = await front.opens(name)
    boss = people["boss"]
    async with front.world.house.db.directory() as directory:
        person = await access.find_person(directory, boss.email)
        assert person is not None
        await access.set_password(directory, person.id, PASSWORD)
    return boss


def from_address(front: Front, address: str) -> httpx.AsyncClient:
    """A browser behind the trusted proxy."""
    return front.stranger(**{"x-forwarded-for": address})


async def try_in(browser: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await browser.post("/api/sign-in", json={"email": email, "password": password})


async def link(front: Front, purpose: Any, **about: Any) -> str:
    async with front.world.house.db.directory() as directory:
        return await access.make_link(directory, purpose, **about)


async def test_the_right_password_lets_in_and_the_cookie_cannot_be_read_by_scripts(front: Front) -> None:
    boss = await with_password(front, "Right")
    browser = from_address(front, "192.0.2.1")
    answer = await try_in(browser, f"  {boss.email.upper()} ", PASSWORD)
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    me = await browser.get("/api/me")
    assert me.json()["agent"]["id"] == str(boss.id)
    out = await browser.post("/api/sign-out", headers={"x-csrf": me.json()["csrf"]})
    assert out.status_code == 200
    again = front.stranger(cookie=cookie.split(";")[0])
    assert (await again.get("/api/me")).status_code == 401


async def test_an_https_house_sends_its_cookie_over_https_only(server: Server) -> None:
    with open_folder() as folder:
        async with open_front(server, folder, public_url="https://desk.example.com") as front:
            boss = await with_password(front, "Https")
            answer = await try_in(front.stranger(), boss.email, PASSWORD)
            assert "Secure" in answer.headers["set-cookie"]


async def test_nobody_learns_who_has_an_account(front: Front) -> None:
    boss = await with_password(front, "Quiet")
    for n, email in enumerate((boss.email, "nobody@example.com", "no address")):
        answer = await try_in(from_address(front, f"192.0.2.{n + 20}"), email, "not-the-password")
        assert (answer.status_code, answer.json()) == (401, WRONG)


async def test_a_missing_account_takes_as_long_as_a_wrong_password() -> None:
    known = await access.hashed(PASSWORD)
    spent: dict[str | None, list[float]] = {known: [], None: []}
    for _ in range(5):
        for password_hash, times in spent.items():
            begun = perf_counter()
            assert not await access.matches(password_hash, "wrong")
            times.append(perf_counter() - begun)
    assert min(spent[None]) > min(spent[known]) / 2


async def test_the_sixth_failure_of_an_account_is_refused_from_whatever_address(front: Front) -> None:
    boss = await with_password(front, "Guessed")
    name, domain = boss.email.split("@")
    spellings = [boss.email, boss.email.upper(), f"{name}+a@{domain}", f" {boss.email}", f"{name}+b@{domain}"]
    for n, email in enumerate(spellings):
        assert (await try_in(from_address(front, f"198.51.100.{n + 1}"), email, "wrong-password")).status_code == 401
    refused = await try_in(from_address(front, "198.51.100.99"), boss.email, PASSWORD)
    assert (refused.status_code, refused.json()["error"]) == (429, "too_many")
    assert 0 < int(refused.headers["retry-after"]) <= 900
    front.world.clock.forward(minutes=16)
    assert (await try_in(from_address(front, "198.51.100.99"), boss.email, PASSWORD)).status_code == 200


@pytest.mark.parametrize("block", ["203.0.113.7", "2001:db8:1:2::"])
async def test_an_address_that_fails_too_often_is_refused_whoever_it_claims_to_be(front: Front, block: str) -> None:
    answers = []
    for n in range(32):
        address = f"{block}{n + 1:x}" if ":" in block else block
        browser = front.stranger(**{"x-forwarded-for": f"10.9.8.{n}, {address}"})
        answers.append((await try_in(browser, f"somebody{n}@{block[:3]}.example", "wrong-password")).status_code)
    assert answers == [401] * 30 + [429] * 2


async def test_a_hundred_guesses_at_once_are_no_more_than_five(front: Front) -> None:
    boss = await with_password(front, "Parallel")
    browsers = [from_address(front, f"198.18.0.{n}") for n in range(40)]
    answers = await asyncio.gather(
        *[try_in(browser, boss.email, f"guess-number-{n}") for n, browser in enumerate(browsers)]
    )
    assert sum(answer.status_code == 401 for answer in answers) <= 5
    assert {answer.status_code for answer in answers} <= {401, 429}


async def test_a_link_works_once_however_many_use_it_at_once(front: Front) -> None:
    token = await link(front, "owner")
    shown = await front.stranger().get(f"/api/link/{token}")
    assert shown.json() == {
        "purpose": "owner",
        "email": "",
        "workspace_name": "",
        "person_exists": False,
        "asks_code": False,
        "password_length": 10,
    }
    answers = await asyncio.gather(
        *[
            front.stranger().post(
                f"/api/link/{token}",
                json={
                    "name": "Owner",
                    "email": f"owner{n}@example.com",
                    "password": PASSWORD,
                    "workspace_name": "New shop",
                    "language": "zh-CN",
                },
            )
            for n in range(8)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 7
    assert (await front.stranger().get(f"/api/link/{token}")).json()["error"] == "link_gone"
    winner = next(answer for answer in answers if answer.status_code == 200)
    me = await front.stranger(cookie=winner.headers["set-cookie"].split(";")[0]).get("/api/me")
    assert (me.json()["agent"]["role"], me.json()["workspace"]["name"]) == ("admin", "New shop")


async def test_a_link_that_was_filled_in_badly_can_be_used_again(front: Front) -> None:
    token = await link(front, "owner")
    browser = front.stranger()
    short = {"name": "", "email": "x@example.com", "password": "short", "workspace_name": ""}
    answer = await browser.post(f"/api/link/{token}", json=short)
    assert answer.status_code == 422
    assert answer.json()["fields"] == {"name": "missing", "workspace_name": "missing", "password": "too_short"}
    assert (await browser.get(f"/api/link/{token}")).status_code == 200


async def test_an_old_link_is_gone(front: Front) -> None:
    token = await link(front, "owner")
    front.world.clock.forward(days=4)
    assert (await front.stranger().get(f"/api/link/{token}")).status_code == 404
    answer = await front.stranger().post(f"/api/link/{token}", json={"name": "x", "email": "y@example.com"})
    assert answer.status_code == 404


async def test_an_invitation_joins_once_in_its_own_role(front: Front) -> None:
    shop, people = await front.opens("Inviting")
    made = (await people["boss"].post("/api/invitations", {"email": "new@example.com", "role": "agent"})).json()
    token = made["url"].rsplit("/", 1)[1]
    browser = front.stranger()
    shown = (await browser.get(f"/api/link/{token}")).json()
    assert (shown["purpose"], shown["email"], shown["workspace_name"]) == ("invitation", "new@example.com", "Inviting")
    given = {"name": "New", "email": "other@example.com", "password": PASSWORD, "role": "admin"}
    assert (await browser.post(f"/api/link/{token}", json=given)).status_code == 200
    me = (await browser.get("/api/me")).json()
    assert (me["person"]["email"], me["agent"]["role"]) == ("new@example.com", "agent")
    assert me["workspace"]["id"] == str(shop.id)
    names = [agent["name"] for agent in (await people["boss"].get("/api/agents")).json()]
    assert names == ["boss", "New"]


async def test_nobody_becomes_somebody_else_by_an_invitation(front: Front) -> None:
    victim = await with_password(front, "Victim")
    _, people = await front.opens("Luring")
    made = (await people["boss"].post("/api/invitations", {"role": "agent"})).json()
    token = made["url"].rsplit("/", 1)[1]
    browser = from_address(front, "192.0.2.77")
    given = {"name": "Me", "email": victim.email, "password": "another-password"}
    assert (await browser.post(f"/api/link/{token}", json=given)).json()["error"] == "wrong_credentials"
    assert (await browser.post(f"/api/link/{token}", json=given | {"password": PASSWORD})).status_code == 200
    assert (await browser.get("/api/me")).json()["workspace"]["name"] == "Luring"


async def test_a_reset_sets_the_password_and_ends_all_other_sign_ins(front: Front) -> None:
    boss = await with_password(front, "Reset")
    async with front.world.house.db.directory() as directory:
        person = await access.find_person(directory, boss.email)
    assert person is not None
    token = await link(front, "reset", person_id=person.id)
    browser = from_address(front, "192.0.2.88")
    assert (await browser.post(f"/api/link/{token}", json={"password": "a-new-password-1"})).status_code == 200
    assert (await browser.get("/api/me")).status_code == 200
    front.world.clock.forward(seconds=1)
    async with front.world.house.db.directory() as directory:
        assert await access.find_who(directory, access.token_hash(boss.cookie)) is None
    other = from_address(front, "192.0.2.89")
    assert (await try_in(other, boss.email, PASSWORD)).status_code == 401
    assert (await try_in(other, boss.email, "a-new-password-1")).status_code == 200


async def test_a_new_password_needs_the_old_one_and_ends_other_sign_ins(front: Front) -> None:
    boss = await with_password(front, "Changing")
    other = from_address(front, "192.0.2.99")
    assert (await try_in(other, boss.email, PASSWORD)).status_code == 200
    wrong = await boss.patch("/api/me", {"password": {"old": "x", "new": "a-new-password-2"}})
    assert wrong.json()["fields"] == {"password.old": "wrong"}
    weak = await boss.patch("/api/me", {"password": {"old": PASSWORD, "new": "aaaaaaaaaaaa"}})
    assert weak.json()["fields"] == {"password.new": "too_simple"}
    assert (await boss.patch("/api/me", {"password": {"old": PASSWORD, "new": "a-new-password-2"}})).status_code == 200
    assert (await boss.get("/api/me")).status_code == 200
    async with front.world.house.db.directory() as directory:
        cookie = other.cookies["guanxi"]
        assert await access.find_who(directory, access.token_hash(cookie)) is None


async def test_no_token_and_no_password_is_kept_as_it_is(front: Front, server: Server) -> None:
    boss = await with_password(front, "Canary")
    token = await link(front, "sign_in", person_id=None, workspace_id=None)
    owner = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        for table in ("person", "link", "sign_in", "sign_in_attempt", "agent", "event"):
            for row in await owner.fetch(f"select t::text as line from {table} t"):
                assert not any(secret in row["line"] for secret in (token, boss.cookie, PASSWORD)), table
    finally:
        await owner.close()


async def test_a_role_that_was_taken_away_is_gone_with_the_next_request(front: Front) -> None:
    _, people = await front.opens("Demoted", "second")
    boss, second = people["boss"], people["second"]
    assert (await boss.patch(f"/api/agents/{second.id}", {"role": "admin"})).json()["role"] == "admin"
    assert (await second.patch("/api/workspace", {"name": "Mine"})).status_code == 200
    assert (await boss.patch(f"/api/agents/{second.id}", {"role": "agent"})).status_code == 200
    assert (await second.patch("/api/workspace", {"name": "Mine again"})).status_code == 403
    last = await boss.patch(f"/api/agents/{boss.id}", {"role": "agent"})
    assert (last.status_code, last.json()["error"]) == (409, "last_admin")
